"""One meaning out of several ways to hear a remark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from dialogs.understanding.understood import Understood


@dataclass(frozen=True, slots=True)
class Way:
    """What one way to hear a remark of so many syllables means (None: nothing) and how likely
    that way is."""

    meaning: Understood | None
    share: float
    length: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`heard`: so likely the meaning must be among all ways to hear the remark to be taken (the
    first for one syllable, then for two, for more), and `heard_at_all` to be read back; `clear`
    and `leading`: the same among the ways that mean something."""

    heard: tuple[float, ...] = (0.25, 0.05, 0.02)
    heard_at_all: float = 0.0005
    clear: float = 0.85
    leading: float = 0.6


_UNSURE = 0.5


def weigh(ways: Sequence[Way], thresholds: Thresholds | None = None) -> Understood | None:
    """Return the meaning most of the probability is on: as sure as the ways say that mean it,
    only to be read back when other meanings are nearly as likely or when most of the probability
    means nothing, None when that is not enough either."""
    limits = thresholds or Thresholds()
    shares: dict[Hashable, float] = defaultdict(float)
    sure: dict[Hashable, float] = defaultdict(float)
    values: dict[Hashable, Any] = {}
    longest: dict[Hashable, int] = defaultdict(int)
    for way in ways:
        if way.meaning is not None and way.share > 0:
            key = _key(way.meaning.value)
            values[key] = way.meaning.value
            shares[key] += way.share
            sure[key] += way.share * way.meaning.confidence
            longest[key] = max(longest[key], way.length)
    if not shares:
        return None
    best = max(shares, key=lambda key: shares[key])
    heard, lead = shares[best], shares[best] / sum(shares.values())
    if heard < limits.heard_at_all or lead < limits.leading:
        return None
    confidence = sure[best] / heard
    least = limits.heard[min(max(longest[best], 1), len(limits.heard)) - 1]
    if heard < least or lead < limits.clear:
        confidence = min(confidence, _UNSURE)
    return Understood(values[best], confidence)


def _key(value: Any) -> Hashable:
    return (type(value).__name__, tuple(value) if isinstance(value, list) else value)
