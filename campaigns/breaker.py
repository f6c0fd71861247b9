"""The circuit breaker of a trunk: when calls stop going out over it, and when they try again.

Pure: the state is stored with the trunk and shared by all dialers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from campaigns.disposition import Disposition
from campaigns.errors import Conflict

FAILURES = frozenset({Disposition.CONGESTION, Disposition.TRUNK_FAULT})
"""How an attempt ends by the trunk's fault."""


class BreakerState(StrEnum):
    """Whether calls go out over a trunk."""

    CLOSED = "closed"
    OPEN = "open"
    """None do."""
    HALF_OPEN = "half_open"
    """One does, to see."""


class BreakerEvent(StrEnum):
    """What moves a breaker."""

    TRIP = "trip"
    """Too many of the last calls failed."""
    PROBE = "probe"
    """Its time is over, or the probe was lost with its dialer: one call tries."""
    SUCCEED = "succeed"
    FAIL = "fail"
    RESET = "reset"
    """By hand."""


_S, _E = BreakerState, BreakerEvent
TRANSITIONS: dict[tuple[BreakerState, BreakerEvent], BreakerState] = {
    (_S.CLOSED, _E.TRIP): _S.OPEN,
    (_S.CLOSED, _E.RESET): _S.CLOSED,
    (_S.OPEN, _E.PROBE): _S.HALF_OPEN,
    (_S.OPEN, _E.RESET): _S.CLOSED,
    (_S.HALF_OPEN, _E.PROBE): _S.HALF_OPEN,
    (_S.HALF_OPEN, _E.SUCCEED): _S.CLOSED,
    (_S.HALF_OPEN, _E.FAIL): _S.OPEN,
    (_S.HALF_OPEN, _E.RESET): _S.CLOSED,
}


def next_state(state: BreakerState, event: BreakerEvent) -> BreakerState:
    """Return the state an event leads to. Raises Conflict where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError as error:
        raise Conflict(f"a breaker that is {state.value} does not take `{event.value}`") from error


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens: `share` of the calls that ended within `window` failed, and they were
    `least_calls` or more. It stays open for `open_for`, doubled with each probe that fails, up to
    `longest`."""

    share: float = 0.5
    least_calls: int = 5
    window: timedelta = timedelta(seconds=60)
    open_for: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=10)

    def trips(self, calls: int, failed: int) -> bool:
        """Return whether so many calls and failures within the window open the breaker."""
        return calls >= self.least_calls and failed >= self.share * calls

    def rest(self, openings: int) -> timedelta:
        """Return how long it stays open after being opened `openings` times in a row."""
        return min(self.open_for * (1 << min(max(openings - 1, 0), 16)), self.longest)


STANDARD_BREAKER = BreakerPolicy()
