"""Recognition with Whisper: the fallback where no streaming model can be had."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from tts_asr.audio import RECOGNITION_RATE, TELEPHONE_RATE, resample, samples_of
from tts_asr.errors import RecognitionClosed
from tts_asr.normalization import simplified, speakable
from tts_asr.pinyin import syllables_of
from tts_asr.ports import Transcript, Word
from tts_asr.voice_activity import SpeechSpans

_LONGEST_S = 28.0
"""Whisper hears 30 s at most; of a longer utterance the end is heard."""

_USUAL = ("您好", "满意", "不满意", "可以", "没有", "解决了", "人工", "再见")
"""Words in simplified characters where a question gives no hints; a prompt in sentences would be
repeated in the transcript of a short answer."""

_NOT_SPEECH = 0.6
"""Whisper's own doubt above which an unlikely text is dropped as invented."""
_UNLIKELY_LOG_PROB = -1.0


class WhisperRecognizer:
    """The CTranslate2 model in `folder` in int8: about 1.7 CPU-seconds for each utterance,
    however short, and no partials."""

    name = "whisper"
    streaming = False

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self._model = WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            local_files_only=True,
        )

    def open(self, hints: Sequence[str] = ()) -> WhisperStream:
        """Start an utterance; hints are given to the model as likely words."""
        return WhisperStream(self._model, tuple(hints))


class WhisperStream:
    """One utterance: kept until it is finished, then recognised at once."""

    def __init__(self, model: WhisperModel, hints: tuple[str, ...]) -> None:
        self._model = model
        self._hints = hints
        self._pcm = bytearray()
        self._transcript: Transcript | None = None

    def feed(self, pcm: bytes) -> Transcript:
        """Keep the audio; nothing is recognised before `finish`."""
        if self._transcript is not None:
            raise RecognitionClosed("this utterance is finished: open a new one")
        self._pcm += pcm
        return Transcript(text="", syllables=(), confidence=0.0)

    def finish(self) -> Transcript:
        """Recognise; an utterance without speech is not shown to Whisper, which would invent."""
        if self._transcript is None:
            self._transcript = self._recognize()
            self._pcm.clear()
        return self._transcript

    def _recognize(self) -> Transcript:
        nothing = Transcript(text="", syllables=(), confidence=0.0, final=True)
        pcm = bytes(self._pcm)
        span = SpeechSpans().around(pcm)
        if span is None:
            return nothing
        start_s, end_s = span
        start_s = max(start_s, end_s - _LONGEST_S)
        samples = samples_of(pcm[_byte_at(start_s) : _byte_at(end_s)])
        segments, _ = self._model.transcribe(
            resample(samples, TELEPHONE_RATE, RECOGNITION_RATE),
            language="zh",
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            hotwords="，".join(self._hints or _USUAL),
            word_timestamps=False,
            without_timestamps=True,
        )
        return _transcript(list(segments), start_s, end_s) or nothing


def _transcript(segments: Iterable[Any], start_s: float, end_s: float) -> Transcript | None:
    """Join segments; None when none of them is to be believed."""
    kept = [
        segment
        for segment in segments
        if segment.no_speech_prob < _NOT_SPEECH or segment.avg_logprob > _UNLIKELY_LOG_PROB
    ]
    # Digits become characters so that 8分 matches 八分.
    text = simplified(speakable("".join(segment.text for segment in kept)))
    text = text.strip(" ，。,.！？!?")
    syllables = syllables_of(text)
    if not syllables:
        return None
    confidence = math.exp(float(np.mean([segment.avg_logprob for segment in kept])))
    return Transcript(
        text=text,
        syllables=syllables,
        words=(Word(text, round(start_s, 3), round(end_s, 3)),),
        confidence=round(min(1.0, confidence), 3),
        final=True,
    )


def _byte_at(seconds: float) -> int:
    return 2 * int(seconds * TELEPHONE_RATE)
