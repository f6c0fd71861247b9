"""Recordings of real people for peers to play: 8 kHz 16-bit mono, not part of the project."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from tests.peers import g711

WORDS = Path(__file__).parents[3] / "shared" / "audio" / "words"

needs_recordings = pytest.mark.skipif(
    not WORDS.is_dir(),
    reason="the recordings of real people are absent: put 8 kHz WAV files of single words into "
    "../shared/audio/words beside the project",
)


def word(text: str) -> bytes:
    """Return the recording of a word as s16le mono at 8000 Hz."""
    with wave.open(str(WORDS / f"{text}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return bytes(file.readframes(file.getnframes()))


def again_and_again(pcm: bytes, after_s: float, every_s: float, times: int) -> bytes:
    """Return a track that says `pcm` first after `after_s`, then every `every_s` seconds."""
    silence = bytes(round(after_s * 8000) * 2)
    gap = bytes(max(0, round(every_s * 8000) * 2 - len(pcm)))
    return silence + (pcm + gap) * times


def write_wav(path: Path, pcm: bytes) -> Path:
    """Write s16le mono at 8000 Hz as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(pcm)
    return path


def write_alaw(path: Path, pcm: bytes) -> Path:
    """Write PCM as raw A-law bytes."""
    path.write_bytes(g711.encode(pcm))
    return path
