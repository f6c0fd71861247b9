"""Streaming Mandarin recognition with sherpa-onnx and a model that writes pinyin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sherpa_onnx

from tts_asr.audio import RECOGNITION_RATE, Samples, Upsampler, samples_of
from tts_asr.errors import RecognitionClosed
from tts_asr.pinyin import Token, join_tokens
from tts_asr.pinyin_text import PinyinText, warm_up
from tts_asr.ports import Transcript, Word

_END_PADDING_S = 0.4
"""Silence after the last sample: the model looks ahead and would miss the last syllable without
it; a longer one makes it hear syllables that were not said."""


_DITHER = 10 ** (-75 / 20)
"""Noise at −75 dBFS under everything: in perfect digital silence, as lines with silence
suppression send it, the model hears 我们."""


class SherpaRecognizer:
    """The transducer in `folder`, one thread for each decoding, RTF about 0.02.

    Hints choose between characters that sound alike. They do not bias the decoding: with this
    model a bias strong enough to help the digits spoils other words.
    """

    name = "sherpa"
    streaming = True

    def __init__(self, folder: Path) -> None:
        self._recognizer = sherpa_onnx.OnlineRecognizer.from_transducer(
            tokens=str(folder / "tokens.txt"),
            encoder=str(_one(folder, "encoder-*.onnx")),
            decoder=str(_one(folder, "decoder-*.onnx")),
            joiner=str(_one(folder, "joiner-*.onnx")),
            num_threads=1,
            sample_rate=RECOGNITION_RATE,
            decoding_method="modified_beam_search",
        )
        warm_up()

    def open(self, hints: Sequence[str] = ()) -> SherpaStream:
        """Start an utterance."""
        return SherpaStream(self._recognizer, PinyinText(hints))


class SherpaStream:
    """One utterance; partials move on every 320 ms of audio."""

    def __init__(self, recognizer: sherpa_onnx.OnlineRecognizer, writer: PinyinText) -> None:
        self._recognizer = recognizer
        self._stream = recognizer.create_stream()
        self._upsampler = Upsampler()
        self._noise = np.random.default_rng(seed=0)
        self._writer = writer
        self._transcript = Transcript(text="", syllables=(), confidence=0.0)
        self._finished = False

    def feed(self, pcm: bytes) -> Transcript:
        """Take PCM at 8 kHz; the transcript is the same object until something new is heard."""
        if self._finished:
            raise RecognitionClosed("this utterance is finished: open a new one")
        self._accept(self._upsampler.feed(samples_of(pcm)))
        if self._decode():
            self._transcript = self._read(final=False)
        return self._transcript

    def finish(self) -> Transcript:
        """Decode what is left; a second call returns the same transcript."""
        if not self._finished:
            self._finished = True
            padding = np.zeros(int(_END_PADDING_S * RECOGNITION_RATE), dtype=np.float32)
            self._accept(np.concatenate((self._upsampler.finish(), padding)))
            self._stream.input_finished()
            self._decode()
            self._transcript = self._read(final=True)
        return self._transcript

    def _accept(self, samples: Samples) -> None:
        noise = self._noise.standard_normal(samples.size, dtype=np.float32) * np.float32(_DITHER)
        self._stream.accept_waveform(RECOGNITION_RATE, samples + noise)

    def _decode(self) -> bool:
        """Decode what can be; whether there was anything."""
        moved = False
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)
            moved = True
        return moved

    def _read(self, final: bool) -> Transcript:
        result = self._recognizer.get_result_all(self._stream)
        tokens = [
            Token(text, at, log_prob)
            for text, at, log_prob in zip(
                result.tokens, result.timestamps, result.ys_probs, strict=True
            )
        ]
        syllables = join_tokens(tokens)
        heard = tuple(syllable.pinyin for syllable in syllables)
        characters = self._writer.characters(heard)
        return Transcript(
            text="".join(characters),
            syllables=heard,
            words=tuple(
                Word(character, syllable.start_s, syllable.end_s)
                for character, syllable in zip(characters, syllables, strict=True)
            ),
            confidence=_confidence(tokens),
            final=final,
        )


def _confidence(tokens: Sequence[Token]) -> float:
    """The geometric mean of the tokens' probabilities; 0 when nothing was heard."""
    if not tokens:
        return 0.0
    return round(math.exp(sum(token.log_prob for token in tokens) / len(tokens)), 3)


def _one(folder: Path, pattern: str) -> Path:
    return next(iter(sorted(folder.glob(pattern))))
