"""Tones and pauses in time: which call progress tone is being played (YD/T 1098, GB 3380)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import cycle, islice

from dialer.early_media.tone import Kind, Measured
from dialer.ports import FRAME_S

_OTHER_FRAMES = 3
"""One or two frames that are neither tone nor silence are the edge of a tone."""
_KEPT_SPANS = 12
_UNOBTAINABLE = (*((True, 0.1), (False, 0.1)) * 3, (True, 0.4), (False, 0.4))
_SAME_HZ = 14.0
_SAME_DB = 5.0


class Tone(StrEnum):
    """The tones a caller may hear."""

    RING_BACK = "ring_back"
    CALL_WAITING = "call_waiting"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of tone or of silence; `hertz` and `dbfs` are the tone's means."""

    on: bool
    frames: int
    hertz: float = 0.0
    dbfs: float = 0.0

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.frames * FRAME_S


class Cadence:
    """Takes every frame; tells the tone when its cadence is certain."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._others = 0

    def feed(self, measured: Measured) -> Tone | None:
        """Take 20 ms; the tone that they make certain, if any."""
        if measured.kind is Kind.OTHER:
            self._others += 1
            if self._others >= _OTHER_FRAMES:
                self._spans.clear()
                return None
        else:
            self._others = 0
        self._grow(measured)
        return tone_of(self._spans)

    def _grow(self, measured: Measured) -> None:
        on = measured.kind is Kind.TONE
        if not self._spans or self._spans[-1].on is not on:
            if on or self._spans:
                self._spans.append(Span(on, 1, measured.hertz, measured.dbfs))
            del self._spans[:-_KEPT_SPANS]
            return
        last = self._spans[-1]
        share = 1.0 / (last.frames + 1)
        self._spans[-1] = replace(
            last,
            frames=last.frames + 1,
            hertz=last.hertz + share * (measured.hertz - last.hertz),
            dbfs=last.dbfs + share * (measured.dbfs - last.dbfs),
        )


def tone_of(spans: Sequence[Span]) -> Tone | None:
    """Return the tone of stretches of tone and silence in turn, the last of them unfinished.

    The first stretch may have begun before we listened: repeating tones are judged on the last
    whole ones.
    """
    if not spans or not _steady(spans):
        return None
    whole = spans[:-1]
    if _all_near(whole[-4:], 0.35, 0.07, 4):
        return Tone.BUSY
    if _all_near(whole[-3:], 0.7, 0.1, 3) and spans[-1].seconds >= 0.55:
        return Tone.CONGESTION
    if _unobtainable(whole[-7:]):
        return Tone.UNOBTAINABLE
    return _long_pause(spans)


def _long_pause(spans: Sequence[Span]) -> Tone | None:
    """A tone followed by a pause too long for a repeating one."""
    if len(spans) < 2 or spans[-1].on:
        return None
    tone_s, pause_s = spans[-2].seconds, spans[-1].seconds
    if 0.85 <= tone_s <= 1.3 and 1.0 <= pause_s <= 4.6:
        return Tone.RING_BACK
    if 0.32 <= tone_s <= 0.46 and 2.5 <= pause_s <= 4.6:
        return Tone.CALL_WAITING
    return None


def _unobtainable(whole: Sequence[Span]) -> bool:
    """Three times .1 on .1 off, then .4 on .4 off, joined anywhere."""
    if len(whole) < 7:
        return False
    return any(
        all(
            span.on is on and abs(span.seconds - seconds) <= 0.05
            for span, (on, seconds) in zip(
                whole, islice(cycle(_UNOBTAINABLE), at, at + 7), strict=True
            )
        )
        for at in range(len(_UNOBTAINABLE))
    )


def _all_near(spans: Sequence[Span], seconds: float, tolerance: float, count: int) -> bool:
    return len(spans) == count and all(
        abs(span.seconds - seconds) <= tolerance + 1e-9 for span in spans
    )


def _steady(spans: Sequence[Span]) -> bool:
    """Whether the tones are one tone: equally high and equally loud."""
    tones = [span for span in spans if span.on and span.frames >= 3]
    if not tones:
        return False
    heights, levels = [span.hertz for span in tones], [span.dbfs for span in tones]
    return max(heights) - min(heights) <= _SAME_HZ and max(levels) - min(levels) <= _SAME_DB
