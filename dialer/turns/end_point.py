"""When a turn is over: silence and meaning together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds of silence that end a turn: after a whole valid answer, after anything else, after
    free text. `check_s`: when to find out whether it is whole, so that it is known in time.
    `longest_s` bounds a turn whatever is said."""

    check_s: float = 0.2
    whole_s: float = 0.25
    unfinished_s: float = 0.7
    free_text_s: float = 1.2
    longest_s: float = 30.0


class EndPoint(StrEnum):
    """What to do now."""

    WAIT = "wait"
    CHECK = "check"
    """Silence has lasted long enough for a whole answer: find out whether it is one."""
    END = "end"


def end_point(
    silence_s: float, spoken_s: float, whole: bool | None, *, free_text: bool, pauses: Pauses
) -> EndPoint:
    """Decide after `silence_s` of silence and `spoken_s` since the turn began.

    `whole`: whether the words so far are a whole valid answer, None while nobody has looked.
    """
    if spoken_s >= pauses.longest_s:
        return EndPoint.END
    if whole and silence_s >= pauses.whole_s:
        return EndPoint.END
    if free_text:
        return EndPoint.END if silence_s >= pauses.free_text_s else EndPoint.WAIT
    if silence_s >= pauses.unfinished_s:
        return EndPoint.END
    if whole is None and silence_s >= pauses.check_s:
        return EndPoint.CHECK
    return EndPoint.WAIT
