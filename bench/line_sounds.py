"""The default cases: announcements, tones and music, people and machines, rendered here.

Each text is spoken by two of Kokoro's voices, and each case is loud, soft (−30 dBFS) or noisy
(20 dB SNR) in turn. espeak's Mandarin is of no use here: no recogniser understands it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import numpy as np

from bench.announcements import ADVERTS, ANNOUNCEMENTS, ENGLISH, MACHINES, PEOPLE
from bench.cases import Case
from bench.recordings import audio_folder, recordings
from tests.peers import progress_tones as sounds
from tts_asr.prompt_cache import PromptCache
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

_VOICES_APART = 3


class Speakers:
    """Says texts in many voices; clips are kept in the cache folder."""

    def __init__(self, settings: SpeechSettings) -> None:
        synthesizer = load_synthesizer(settings)
        self._cache = PromptCache(settings.cache_dir / "bench" / "voices", synthesizer)
        self._voices = synthesizer.voices
        self._texts = [text for _, text in ANNOUNCEMENTS]
        self._texts += [*ADVERTS, *PEOPLE, *(text for text, _ in MACHINES)]

    def say(self, text: str, take: int = 0) -> bytes:
        """Return the text in the voice of its turn, another one for each take."""
        turn = self._texts.index(text) + take * _VOICES_APART
        return self._cache.render(text, self._voices[turn % len(self._voices)]).pcm


def early_media_cases(settings: SpeechSettings) -> Iterator[Case]:
    """What networks play before the answer."""
    yield from _tone_cases()
    yield from _undecided_cases(speakers := Speakers(settings))
    for number, (expected, text) in enumerate(ANNOUNCEMENTS):
        for take in (0, 1):
            name = f"{expected}-{number:02}-{take}.wav"
            yield Case(name, expected, _played(number + take, expected, speakers.say(text, take)))


def answer_cases(settings: SpeechSettings) -> Iterator[Case]:
    """What is heard in the first seconds after the answer."""
    speakers = Speakers(settings)
    for number, text in enumerate(PEOPLE):
        for take in (0, 1):
            spoken = sounds.silence(0.4 + 0.3 * (number % 4)) + speakers.say(text, take)
            pcm = _roughened(number + take, spoken + sounds.silence(2.5))
            yield Case(f"person-{number:02}-{take}.wav", "person", pcm)
    for number, (text, beeps) in enumerate(MACHINES):
        for take in (0, 1):
            pcm = sounds.silence(0.5) + speakers.say(text, take) + sounds.silence(0.4)
            if beeps:
                hertz = (425.0, 1000.0, 1400.0, 850.0)[number % 4]
                pcm += sounds.pcm(sounds.sine(hertz, 0.4, -18.0)) + sounds.silence(1.0)
            pcm = _roughened(number + take, pcm)
            yield Case(f"machine-{number:02}-{take}.wav", "machine", pcm)
    yield Case("person-silent.wav", "person", sounds.silence(4.0))
    yield Case("person-street.wav", "person", sounds.pcm(sounds.noise(4.0, -32.0)))
    if folder := audio_folder():
        for recording in recordings(folder):
            pcm = sounds.silence(0.5) + recording.pcm + sounds.silence(2.0)
            yield Case(f"person-{recording.kind}-{recording.name}.wav", "person", pcm)


def _tone_cases() -> Iterator[Case]:
    meanings = {
        "ring_back": "ringing",
        "call_waiting": "ringing",
        "busy": "busy",
        "congestion": "congestion",
        "unobtainable": "invalid_number",
    }
    for tone, expected in meanings.items():
        for hertz in (430.0, 450.0, 470.0):
            for number, dbfs in enumerate((-10.0, -20.0, -30.0)):
                pcm = sounds.tone(tone, 10.0, hertz, dbfs)
                if number == 1:
                    pcm = sounds.noisy(pcm[2400:], 20.0)
                yield Case(f"tone-{tone}-{hertz:.0f}-{-dbfs:.0f}.wav", expected, pcm)


def _undecided_cases(speakers: Speakers) -> Iterator[Case]:
    yield Case("silence.wav", "undecided", sounds.silence(6.0))
    yield Case("dial-tone.wav", "undecided", sounds.pcm(sounds.sine(450.0, 6.0, -18.0)))
    for number, text in enumerate(ADVERTS):
        for take in (0, 1):
            yield Case(f"advert-{number}-{take}.wav", "undecided", speakers.say(text, take))
    for seed in range(4):
        yield Case(f"music-{seed}.wav", "ringing", sounds.music(12.0, seed))


def _played(turn: int, expected: str, spoken: bytes) -> bytes:
    """As the network plays it: alone, after ring-back, after music, or again in English."""
    match turn % 4:
        case 1:
            spoken = sounds.tone("ring_back", 6.5) + spoken
        case 2 if expected in ENGLISH:
            spoken = spoken + sounds.silence(0.4) + _english(ENGLISH[expected])
        case 3:
            spoken = sounds.music(5.0, turn) + sounds.silence(0.3) + spoken
    return _roughened(turn // 2, spoken)


def _roughened(turn: int, pcm: bytes) -> bytes:
    match turn % 3:
        case 1:
            return sounds.noisy(sounds.at_level(pcm, -4.0), 20.0, turn)
        case 2:
            return sounds.at_level(pcm, -10.0)
        case _:
            return sounds.at_level(pcm, 4.0)


def _english(text: str) -> bytes:
    done = subprocess.run(
        ["espeak-ng", "-v", "en", "--stdout", text], capture_output=True, timeout=20, check=True
    )
    samples = np.frombuffer(done.stdout[done.stdout.index(b"data") + 8 :], "<i2")
    narrow = np.interp(np.arange(0, samples.size, 22050 / 8000), np.arange(samples.size), samples)
    return sounds.pcm(narrow / 32768.0 * 0.4)
