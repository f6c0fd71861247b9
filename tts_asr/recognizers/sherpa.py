"""Streaming Mandarin recognition with the small sherpa model that writes pinyin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from tts_asr.audio import RECOGNITION_RATE, Samples, Upsampler, samples_of
from tts_asr.errors import RecognitionClosed
from tts_asr.pinyin import Token, join_tokens
from tts_asr.pinyin_text import PinyinText, warm_up
from tts_asr.ports import Reading, Transcript, Word
from tts_asr.recognizers.beam_search import BeamSearch
from tts_asr.recognizers.phrase_search import PhraseTree, find_phrases
from tts_asr.recognizers.zipformer import Listener, Row, Zipformer

_END_PADDING_S = 0.4
"""Silence after the last sample: the model looks ahead and would miss the last syllable without
it; a longer one makes it hear syllables that were not said."""
_DITHER = 10 ** (-75 / 20)
"""Noise at −75 dBFS under everything: in perfect digital silence, as lines with silence
suppression send it, the model hears 我们."""
_LEAST_LIKELY = 1e-5
"""Readings less probable than this are left out."""
_MOST_READINGS = 8
"""Of each kind: found freely, found among the hints."""
_SHORT = 6
"""Syllables; in longer remarks hints are not searched for."""
_TREES_KEPT = 256


class SherpaRecognizer:
    """The transducer in `folder`, one thread for each decoding, RTF about 0.03.

    Hints choose between characters that sound alike. They do not bias the decoding: with this
    model a bias strong enough to help the digits spoils other words. In a short remark they are
    searched for by themselves, and what is found is told among the readings, however unlikely.
    """

    name = "sherpa"
    streaming = True

    def __init__(self, folder: Path) -> None:
        self._model = Zipformer(folder)
        self._tree = lru_cache(maxsize=_TREES_KEPT)(self._make_tree)
        warm_up()

    def open(self, hints: Sequence[str] = ()) -> SherpaStream:
        """Start an utterance."""
        tree = self._tree(tuple(hints)) if hints else None
        return SherpaStream(self._model, PinyinText(hints), tree)

    def _make_tree(self, hints: tuple[str, ...]) -> PhraseTree:
        return PhraseTree(hints, self._model.tokens)


class SherpaStream:
    """One utterance; partials move on every 320 ms of audio."""

    def __init__(self, model: Zipformer, writer: PinyinText, tree: PhraseTree | None) -> None:
        self._model = model
        self._tree = tree
        self._rows: list[Row] = []
        self._listener = Listener(model)
        self._search = BeamSearch(model.log_probs)
        self._upsampler = Upsampler()
        self._noise = np.random.default_rng(seed=0)
        self._writer = writer
        self._transcript = Transcript(text="", syllables=(), confidence=0.0)
        self._finished = False

    def feed(self, pcm: bytes) -> Transcript:
        """Take PCM at 8 kHz; the transcript is the same object until something new is heard."""
        if self._finished:
            raise RecognitionClosed("this utterance is finished: open a new one")
        if self._accept(self._upsampler.feed(samples_of(pcm))):
            self._transcript = self._read(final=False)
        return self._transcript

    def finish(self) -> Transcript:
        """Decode what is left; a second call returns the same transcript."""
        if not self._finished:
            self._finished = True
            padding = np.zeros(int(_END_PADDING_S * RECOGNITION_RATE), dtype=np.float32)
            self._accept(np.concatenate((self._upsampler.finish(), padding)))
            self._transcript = self._read(final=True)
        return self._transcript

    def _accept(self, samples: Samples) -> bool:
        """Decode what can be; whether there was anything."""
        noise = self._noise.standard_normal(samples.size, dtype=np.float32) * np.float32(_DITHER)
        moved = False
        for row in self._listener.accept(samples + noise):
            self._search.feed(row)
            self._rows.append(row)
            moved = True
        return moved

    def _read(self, final: bool) -> Transcript:
        tokens = self._search.paths[0].heard(self._model.tokens)
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
            readings=self._readings(len(heard)) if final else (),
        )

    def _readings(self, length: int) -> tuple[Reading, ...]:
        """What the free search found, then the hints that may have been said as well."""
        free = {path.tokens: path.log_prob for path in self._search.paths}
        hinted: dict[tuple[int, ...], float] = {}
        if self._tree is not None and length <= _SHORT:
            found = find_phrases(self._rows, self._tree, self._model.log_probs)
            hinted = {tokens: log_prob for tokens, log_prob in found if tokens not in free}
        best = max((*free.values(), *hinted.values()))
        total = sum(math.exp(log_prob - best) for log_prob in (*free.values(), *hinted.values()))
        scale = best + math.log(total)
        return (*self._shares(free, scale), *self._shares(hinted, scale))

    def _shares(
        self, log_probs: Mapping[tuple[int, ...], float], scale: float
    ) -> tuple[Reading, ...]:
        """Token sequences as syllables; those that differ only in an unfinished syllable are
        one."""
        shares: dict[tuple[tuple[str, ...], str], float] = {}
        for tokens, log_prob in log_probs.items():
            syllables = join_tokens([Token(self._model.tokens[each], 0.0) for each in tokens])
            heard = tuple(each.pinyin for each in syllables), "".join(e.tone for e in syllables)
            shares[heard] = shares.get(heard, 0.0) + math.exp(log_prob - scale)
        ranked = sorted(shares.items(), key=lambda each: -each[1])
        return tuple(
            Reading(heard, tones, round(share, 6))
            for (heard, tones), share in ranked
            if share >= _LEAST_LIKELY
        )[:_MOST_READINGS]


def _confidence(tokens: Sequence[Token]) -> float:
    """The geometric mean of the tokens' probabilities; 0 when nothing was heard."""
    if not tokens:
        return 0.0
    return round(math.exp(sum(token.log_prob for token in tokens) / len(tokens)), 3)
