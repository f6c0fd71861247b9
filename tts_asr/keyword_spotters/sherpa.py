"""Keyword spotting with sherpa-onnx: the transducer decodes along the phrases only."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sherpa_onnx
from pypinyin import Style, lazy_pinyin

from tts_asr.audio import RECOGNITION_RATE, Samples, Upsampler, samples_of
from tts_asr.ports import Keyword

_SCORE = 1.5
_THRESHOLD = 0.1
_END_PADDING_S = 0.8


class SherpaKeywordSpotter:
    """The model in `folder`, one thread for each decoding; `phrases` in Chinese characters."""

    name = "sherpa-kws"

    def __init__(self, folder: Path, phrases: Sequence[str]) -> None:
        known = _tokens(folder / "tokens.txt")
        self._phrases = tuple(each for each in phrases if set(tokens_of(each)) <= known)
        with tempfile.TemporaryDirectory() as scratch:
            keywords = Path(scratch) / "keywords.txt"
            lines = (
                f"{' '.join(tokens_of(phrase))} @{index}"
                for index, phrase in enumerate(self._phrases)
            )
            keywords.write_text("\n".join(lines) + "\n", encoding="utf-8")
            self._spotter = sherpa_onnx.KeywordSpotter(
                tokens=str(folder / "tokens.txt"),
                encoder=str(next(folder.glob("encoder-*.onnx"))),
                decoder=str(next(folder.glob("decoder-*.onnx"))),
                joiner=str(next(folder.glob("joiner-*.onnx"))),
                keywords_file=str(keywords),
                num_threads=1,
                sample_rate=RECOGNITION_RATE,
                keywords_score=_SCORE,
                keywords_threshold=_THRESHOLD,
            )

    def open(self) -> SherpaKeywordStream:
        """Start listening."""
        return SherpaKeywordStream(self._spotter, self._phrases)


class SherpaKeywordStream:
    """One stretch of sound."""

    def __init__(self, spotter: sherpa_onnx.KeywordSpotter, phrases: tuple[str, ...]) -> None:
        self._spotter = spotter
        self._phrases = phrases
        self._stream = spotter.create_stream()
        self._upsampler = Upsampler()

    def feed(self, pcm: bytes) -> tuple[Keyword, ...]:
        """Take PCM; the phrases that are new."""
        return self._accept(self._upsampler.feed(samples_of(pcm)))

    def finish(self) -> tuple[Keyword, ...]:
        """The sound is over; the phrases that come out only now."""
        padding = np.zeros(int(_END_PADDING_S * RECOGNITION_RATE), dtype=np.float32)
        return self._accept(np.concatenate((self._upsampler.finish(), padding)))

    def _accept(self, samples: Samples) -> tuple[Keyword, ...]:
        self._stream.accept_waveform(RECOGNITION_RATE, samples)
        found = []
        while self._spotter.is_ready(self._stream):
            self._spotter.decode_stream(self._stream)
            if index := self._spotter.get_result(self._stream):
                found.append(Keyword(self._phrases[int(index)], 1.0))
                self._spotter.reset_stream(self._stream)
        return tuple(found)


def tokens_of(phrase: str) -> tuple[str, ...]:
    """The model's tokens of a phrase: initials and finals with tone marks."""
    initials = lazy_pinyin(phrase, style=Style.INITIALS, strict=False)
    finals = lazy_pinyin(phrase, style=Style.FINALS_TONE, strict=False)
    pairs = zip(initials, finals, strict=True)
    return tuple(token for pair in pairs for token in pair if token)


def _tokens(path: Path) -> set[str]:
    return {line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line}
