"""A recogniser that hears what it is told: for tests and trials without models."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from tts_asr.audio import TELEPHONE_RATE, level_dbfs, samples_of
from tts_asr.errors import RecognitionClosed
from tts_asr.pinyin import syllables_of
from tts_asr.ports import Transcript, Word

_SPEECH_DBFS = -35.0


class ScriptedRecognizer:
    """Each opened utterance hears the next text, one syllable for each `syllable_s` of audio
    louder than −35 dBFS; an utterance without any is empty and uses up no text."""

    name = "scripted"
    streaming = True

    def __init__(self, texts: Iterable[str], syllable_s: float = 0.2) -> None:
        self.texts = deque(texts)
        self.hints: list[tuple[str, ...]] = []
        """The hints of each opened utterance, in order."""
        self._syllable_s = syllable_s

    def open(self, hints: Sequence[str] = ()) -> ScriptedStream:
        """Start an utterance."""
        self.hints.append(tuple(hints))
        return ScriptedStream(self.texts, self._syllable_s)


class ScriptedStream:
    """One utterance of the script."""

    def __init__(self, texts: deque[str], syllable_s: float) -> None:
        self._texts = texts
        self._syllable_s = syllable_s
        self._text: str | None = None
        self._fed_s = 0.0
        self._loud_s = 0.0
        self._began_s = 0.0
        self._finished: Transcript | None = None

    def feed(self, pcm: bytes) -> Transcript:
        """Take PCM at 8 kHz and reveal as many syllables as have been spoken."""
        if self._finished is not None:
            raise RecognitionClosed("this utterance is finished: open a new one")
        seconds = len(pcm) / 2 / TELEPHONE_RATE
        if level_dbfs(samples_of(pcm)) > _SPEECH_DBFS:
            if self._text is None:
                self._text = self._texts.popleft() if self._texts else ""
                self._began_s = self._fed_s
            self._loud_s += seconds
        self._fed_s += seconds
        return self._transcript(int(self._loud_s / self._syllable_s + 1e-6), final=False)

    def finish(self) -> Transcript:
        """The whole text if anything was said."""
        if self._finished is None:
            self._finished = self._transcript(len(self._text or ""), final=True)
        return self._finished

    def _transcript(self, count: int, final: bool) -> Transcript:
        text = (self._text or "")[:count]
        words = tuple(
            Word(
                character,
                round(self._began_s + index * self._syllable_s, 3),
                round(self._began_s + (index + 1) * self._syllable_s, 3),
            )
            for index, character in enumerate(text)
        )
        return Transcript(
            text=text,
            syllables=syllables_of(text),
            words=words,
            confidence=0.9 if text else 0.0,
            final=final,
        )
