"""Who is to be called back on a day, and who was: the definition of indicator 12, pure.

A number's day is one line of moments: a call was lost when it ended unanswered, the person got
through when an agent answered, a call-back was made when it was dialled. The last loss is the
anchor; what comes first after it decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from campaigns.call_backs.inbound_call import InboundCall
from campaigns.call_backs.local_day import LocalDay
from campaigns.disposition import RULES, Disposition


@dataclass(frozen=True, slots=True)
class CallBack:
    """A call-back that was dialled; no disposition: it is still in progress."""

    attempt_id: UUID
    caller: bytes
    started_at: datetime
    connected_at: datetime | None = None
    disposition: Disposition | None = None

    @property
    def counts(self) -> bool:
        """Whether it is an attempt at all: our own line's faults are none."""
        return self.disposition is None or RULES[self.disposition].counts


class CallBackState(StrEnum):
    """How a lost caller's case stands."""

    DUE = "due"
    CALLED_BACK = "called_back"
    CONNECTED = "connected"
    GOT_THROUGH = "got_through"
    """The person called again and was answered before any call-back: nothing is owed."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One lost number's day with the evidence: its lost calls in order, the last one being the
    anchor, the answer that settled it, the call-backs after the anchor."""

    caller: bytes
    number_masked: str
    state: CallBackState
    lost: tuple[InboundCall, ...]
    answered: InboundCall | None
    call_backs: tuple[CallBack, ...]

    @property
    def anchor(self) -> InboundCall:
        """The last lost call."""
        return self.lost[-1]


@dataclass(frozen=True, slots=True)
class CallBackDay:
    """A day's obligations by the time of the anchor; withheld callers and callers who still wait
    stand apart and count nowhere."""

    day: LocalDay
    obligations: tuple[Obligation, ...]
    withheld: tuple[InboundCall, ...]
    waiting: tuple[InboundCall, ...]

    def count(self, *states: CallBackState) -> int:
        """Return how many numbers are in one of these states."""
        return sum(each.state in states for each in self.obligations)

    @property
    def owed(self) -> int:
        """The denominator: numbers that are to be called back."""
        return len(self.obligations) - self.count(CallBackState.GOT_THROUGH)

    @property
    def called_back(self) -> int:
        """The numerator: numbers with a call-back after their last lost call."""
        return self.count(CallBackState.CALLED_BACK, CallBackState.CONNECTED)

    @property
    def connected(self) -> int:
        """Numbers whose call-back was answered."""
        return self.count(CallBackState.CONNECTED)

    @property
    def rate(self) -> Fraction | None:
        """Indicator 12 as a fraction of one; None when nothing was owed."""
        return Fraction(self.called_back, self.owed) if self.owed else None

    @property
    def connected_rate(self) -> Fraction | None:
        """The share of the owed numbers that were reached; None when nothing was owed."""
        return Fraction(self.connected, self.owed) if self.owed else None


def call_back_day(
    calls: Sequence[InboundCall], call_backs: Iterable[CallBack], day: LocalDay
) -> CallBackDay:
    """Return a day's obligations from all reports of calls (one a call and system, the newest
    revision) and all call-backs that may belong to it."""
    made = defaultdict[bytes, list[CallBack]](list)
    for each in sorted(call_backs, key=lambda each: each.started_at):
        if each.counts and day.holds(each.started_at):
            made[each.caller].append(each)
    of_caller = defaultdict[bytes, list[InboundCall]](list)
    for call in calls:
        if call.caller is not None:
            of_caller[call.caller].append(call)
    found = (
        _obligation(caller, reports, made[caller], day) for caller, reports in of_caller.items()
    )
    return CallBackDay(
        day,
        tuple(sorted((each for each in found if each), key=lambda each: _order(each.anchor))),
        tuple(call for call in calls if call.caller is None and day.holds(call.lost_at)),
        tuple(call for call in calls if call.waiting and day.holds(call.transferred_at)),
    )


def _obligation(
    caller: bytes, reports: Sequence[InboundCall], made: Sequence[CallBack], day: LocalDay
) -> Obligation | None:
    lost = sorted(
        (
            call
            for call in reports
            if day.holds(call.lost_at) and not _answered_elsewhere(call, reports)
        ),
        key=_order,
    )
    if not lost:
        return None
    anchor_at = _moment(lost[-1].lost_at)
    after = tuple(each for each in made if each.started_at > anchor_at)
    answered = _answer_between(reports, anchor_at, after, day)
    return Obligation(
        caller=caller,
        number_masked=lost[-1].number_masked,
        state=_state(answered, after),
        lost=tuple(lost),
        answered=answered,
        call_backs=after,
    )


def _answered_elsewhere(lost: InboundCall, reports: Sequence[InboundCall]) -> bool:
    """Two systems report one call, one of them its leg that nobody answered."""
    return any(
        other.source != lost.source and other.answered_at is not None and other.overlaps(lost)
        for other in reports
    )


def _answer_between(
    reports: Sequence[InboundCall], anchor_at: datetime, after: Sequence[CallBack], day: LocalDay
) -> InboundCall | None:
    """Return the first answered call after the anchor and before the first call-back."""
    until = after[0].started_at if after else day.end
    settling = (
        call
        for call in reports
        if call.answered_at is not None and anchor_at < call.answered_at < until
    )
    return min(settling, key=_answer_order, default=None)


def _state(answered: InboundCall | None, after: Sequence[CallBack]) -> CallBackState:
    if answered is not None:
        return CallBackState.GOT_THROUGH
    if any(each.connected_at is not None for each in after):
        return CallBackState.CONNECTED
    return CallBackState.CALLED_BACK if after else CallBackState.DUE


def _order(call: InboundCall) -> tuple[datetime, str, str]:
    return _moment(call.lost_at), call.source, call.switch_call_id


def _answer_order(call: InboundCall) -> tuple[datetime, str, str]:
    return _moment(call.answered_at), call.source, call.switch_call_id


def _moment(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment
