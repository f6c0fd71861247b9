"""Recordings with their texts, and how far what was heard is from them."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers import g711
from tts_asr.pinyin import syllables_of

_BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "audio"


@dataclass(frozen=True, slots=True)
class Recording:
    """What somebody said: s16le mono PCM at 8 kHz after A-law, as it comes off a telephone."""

    name: str
    kind: str
    text: str
    pcm: bytes

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.pcm) / 16000

    @property
    def syllables(self) -> tuple[str, ...]:
        """What should be heard: toneless pinyin."""
        return syllables_of(self.text)


def audio_folder() -> Path | None:
    """Folder of recordings with a `transcripts.tsv`: OUTBOUND_TEST_AUDIO, or the one beside the
    project; None when it is not there."""
    folder = Path(os.environ.get("OUTBOUND_TEST_AUDIO") or _BESIDE)
    return folder if (folder / "transcripts.tsv").is_file() else None


def recordings(folder: Path) -> Iterator[Recording]:
    """Every recording of the folder; `kind` is the folder it is in."""
    lines = (folder / "transcripts.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for file, text in (line.split("\t") for line in lines):
        path = folder / file
        with wave.open(str(path)) as clip:
            pcm = clip.readframes(clip.getnframes())
        yield Recording(path.stem, path.parent.name, text, g711.decode(g711.encode(pcm)))


def edits(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest insertions, deletions and substitutions between the two (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for index, want in enumerate(wanted, 1):
        above, row[0] = row[0], index
        for at, got in enumerate(heard, 1):
            above, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, above + (want != got))
    return row[-1]
