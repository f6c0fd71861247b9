"""Beam search over a transducer: the most likely token sequences with their probabilities.

At most one token a row ("modified" beam search as in k2); sequences that meet are one, their
probabilities add up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tts_asr.pinyin import Token
from tts_asr.recognizers.zipformer import ROW_S, Row

LogProbs = Callable[[Row, Sequence[tuple[int, int]]], Row]
_BLANK = 0
_UNKNOWN = 2
_SILENT = frozenset({_BLANK, _UNKNOWN})
_START = (-1, 0)


@dataclass(slots=True)
class Path:
    """A token sequence: its logarithmic probability so far, and the time in seconds and the
    logarithmic probability of each token."""

    tokens: tuple[int, ...]
    log_prob: float
    times: tuple[float, ...] = ()
    log_probs: tuple[float, ...] = ()

    @property
    def context(self) -> tuple[int, int]:
        first, second = (*_START, *self.tokens[-2:])[-2:]
        return first, second

    def heard(self, names: Sequence[str]) -> list[Token]:
        """Return the tokens by name."""
        each = zip(self.tokens, self.times, self.log_probs, strict=True)
        return [Token(names[token], at, log_prob) for token, at, log_prob in each]


class BeamSearch:
    """Follows the `width` most likely paths that are not `beam` below the best (natural
    logarithm)."""

    def __init__(self, log_probs: LogProbs, width: int = 8, beam: float = 12.0) -> None:
        self._log_probs = log_probs
        self._width = width
        self._beam = beam
        self._rows = 0
        self.paths: list[Path] = [Path((), 0.0)]
        """Best first."""

    def feed(self, row: Row) -> None:
        """Take the next 40 ms."""
        at_s = round(self._rows * ROW_S, 2)
        self._rows += 1
        each = self._log_probs(row, [path.context for path in self.paths])
        total = each + np.array([path.log_prob for path in self.paths], dtype=np.float32)[:, None]
        flat = total.ravel()
        most = min(2 * self._width, flat.size)
        likely = np.argpartition(flat, -most)[-most:]
        likely = likely[np.argsort(-flat[likely])]
        floor = float(flat[likely[0]]) - self._beam
        found: dict[tuple[int, ...], Path] = {}
        for place in likely:
            log_prob = float(flat[place])
            if log_prob < floor:
                break
            before, token = divmod(int(place), each.shape[1])
            _add(
                found, _moved(self.paths[before], token, log_prob, float(each[before, token]), at_s)
            )
        ranked = sorted(found.values(), key=lambda path: -path.log_prob)
        self.paths = ranked[: self._width]


def _moved(path: Path, token: int, log_prob: float, own: float, at_s: float) -> Path:
    if token in _SILENT:
        return Path(path.tokens, log_prob, path.times, path.log_probs)
    return Path((*path.tokens, token), log_prob, (*path.times, at_s), (*path.log_probs, own))


def _add(found: dict[tuple[int, ...], Path], path: Path) -> None:
    """Keep a path, or give its probability to the better one with the same tokens."""
    known = found.get(path.tokens)
    if known is None:
        found[path.tokens] = path
    else:
        known.log_prob = float(np.logaddexp(known.log_prob, path.log_prob))
