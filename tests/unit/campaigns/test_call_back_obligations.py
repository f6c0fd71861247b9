"""Who is owed a call-back: scenarios, and the same count by an independent brute force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.call_backs.inbound_call import InboundCall
from campaigns.call_backs.local_day import LocalDay
from campaigns.call_backs.obligation import (
    CallBack,
    CallBackDay,
    CallBackState,
    Obligation,
    call_back_day,
)
from campaigns.disposition import Disposition

DAY = LocalDay(date(2026, 3, 2))
NINE = 9 * 60
MIDNIGHT = 24 * 60


def at(minute: int) -> datetime:
    """A moment so many minutes after midnight in Shanghai."""
    return datetime(2026, 3, 1, 16, tzinfo=UTC) + timedelta(minutes=minute)


_NO = "no answer"


def call(
    start: int,
    answered: int | str | None = _NO,
    end: int | None = None,
    *,
    caller: bytes | None = b"A",
    source: str = "pbx",
) -> InboundCall:
    """A transferred call; lost after a minute unless it says otherwise."""
    answered_at = at(answered) if isinstance(answered, int) else None
    return InboundCall(
        source=source,
        switch_call_id=f"{start}-{answered}-{end}",
        caller=caller,
        number_masked="138****8000",
        transferred_at=at(start),
        answered_at=answered_at,
        ended_at=at(start + 1 if end is None else end),
    )


def answered(start: int, *, source: str = "pbx", caller: bytes = b"A") -> InboundCall:
    return call(start, start + 1, start + 5, source=source, caller=caller)


def call_back(
    minute: int,
    connected: int | None = None,
    disposition: Disposition | None = Disposition.NO_ANSWER,
    caller: bytes = b"A",
) -> CallBack:
    return CallBack(
        UUID(int=minute + 1000),
        caller,
        at(minute),
        None if connected is None else at(connected),
        disposition,
    )


def counts(calls: list[InboundCall], made: Iterable[CallBack] = ()) -> tuple[int, int]:
    """Numerator and denominator."""
    found = call_back_day(calls, made, DAY)
    return found.called_back, found.owed


def only(calls: list[InboundCall], made: Iterable[CallBack] = ()) -> Obligation:
    (found,) = call_back_day(calls, made, DAY).obligations
    return found


def test_a_lost_call_is_owed_a_call_back() -> None:
    found = only([call(NINE)])
    assert found.state is CallBackState.DUE
    assert counts([call(NINE)]) == (0, 1)
    assert counts([call(NINE)], [call_back(NINE + 9)]) == (1, 1)


def test_lost_twice_is_owed_once_for_the_last() -> None:
    found = only([call(NINE + 30), call(NINE)])
    assert [each.lost_at for each in found.lost] == [at(NINE + 1), at(NINE + 31)]
    assert found.anchor.lost_at == at(NINE + 31)


def test_lost_twice_then_answered_is_owed_nothing() -> None:
    calls = [call(NINE), call(NINE + 5), answered(NINE + 10)]
    assert only(calls).state is CallBackState.GOT_THROUGH
    assert only(calls).answered == calls[2]
    assert counts(calls) == (0, 0)


def test_answered_before_the_loss_settles_nothing() -> None:
    assert counts([answered(NINE), call(NINE + 10)]) == (0, 1)


def test_lost_called_back_and_lost_again_is_owed_another() -> None:
    calls, made = [call(NINE), call(NINE + 30)], [call_back(NINE + 10)]
    assert only(calls, made).state is CallBackState.DUE
    assert only(calls, made).call_backs == ()
    assert counts(calls, [*made, call_back(NINE + 40)]) == (1, 1)


def test_answered_while_the_call_back_rings_stays_called_back() -> None:
    calls = [call(NINE), answered(NINE + 10)]
    assert counts(calls, [call_back(NINE + 10, disposition=None)]) == (1, 1)
    assert counts(calls, [call_back(NINE + 11)]) == (1, 1), "the call-back of that very moment"
    assert counts(calls, [call_back(NINE + 12)]) == (0, 0), "answered first"


def test_connected_stands_beside_called_back() -> None:
    found = call_back_day(
        [call(NINE), call(NINE, caller=b"B"), call(NINE, caller=b"C")],
        [
            call_back(NINE + 5),
            call_back(NINE + 90, NINE + 91, Disposition.COMPLETED),
            call_back(NINE + 5, caller=b"B"),
        ],
        DAY,
    )
    assert found.rate == Fraction(2, 3)
    assert found.connected_rate == Fraction(1, 3)


def test_a_fault_of_our_own_line_is_no_call_back() -> None:
    made = [call_back(NINE + 5, disposition=Disposition.CONGESTION)]
    assert counts([call(NINE)], made) == (0, 1)


def test_withheld_numbers_stand_apart() -> None:
    hidden = call(NINE, caller=None)
    found = call_back_day([hidden, call(MIDNIGHT + 5, caller=None)], [], DAY)
    assert (found.obligations, found.withheld) == ((), (hidden,))
    assert (found.rate, found.connected_rate) == (None, None)


def test_the_day_ends_at_midnight_where_the_hotline_is() -> None:
    late = call(MIDNIGHT - 2, end=MIDNIGHT - 1)
    assert counts([late], [call_back(MIDNIGHT)]) == (0, 1), "the next day is too late"
    assert counts([late, answered(MIDNIGHT)]) == (0, 1), "an answer of the next day as well"
    over = call(MIDNIGHT - 2, end=MIDNIGHT)
    assert counts([over]) == (0, 0), "lost on the next day"
    tomorrow = call_back_day([over], [], LocalDay(date(2026, 3, 3)))
    assert tomorrow.owed == 1


def test_two_systems_report_the_same_lost_call() -> None:
    calls = [call(NINE), call(NINE, source="ivr")]
    assert counts(calls, [call_back(NINE + 5)]) == (1, 1)


def test_a_leg_nobody_answered_of_a_call_that_was_answered_elsewhere_is_not_lost() -> None:
    assert counts([call(NINE), answered(NINE, source="acd")]) == (0, 0)
    assert call_back_day([call(NINE), answered(NINE, source="acd")], [], DAY).obligations == ()
    assert counts([call(NINE + 5), answered(NINE, source="acd")]) == (0, 1), "it was over"
    assert counts([call(NINE + 2), answered(NINE)]) == (0, 1), "a second line of one system"


def test_calls_without_transfer_or_end_are_not_lost() -> None:
    menu_only = InboundCall("pbx", "1", b"A", "", None, None, at(NINE))
    waiting = InboundCall("pbx", "2", b"B", "", at(NINE), None, None)
    found = call_back_day([menu_only, waiting], [], DAY)
    assert (found.obligations, found.waiting) == ((), (waiting,))


def brute_force(calls: list[InboundCall], made: list[CallBack]) -> tuple[int, int, int]:
    """Count (numerator, denominator, connected) by replaying each number's day event by event."""
    numerator = denominator = connected = 0
    for caller in {each.caller for each in calls if each.caller}:
        events: list[tuple[datetime, int]] = []  # 0 dialled, 1 answered, 2 lost
        for each in calls:
            if each.caller != caller:
                continue
            if each.answered_at:
                events.append((each.answered_at, 1))
            elif each.ended_at and not any(
                other.source != each.source
                and other.caller == caller
                and other.answered_at
                and minutes(other) & minutes(each)
                for other in calls
            ):
                events.append((each.ended_at, 2))
        dialled = {each.started_at: each for each in made if each.caller == caller}
        events += [(moment, 0) for moment in dialled]
        state, reached = "", False
        for moment, kind in sorted(events):
            if moment.astimezone(DAY.zone).date() != DAY.date:
                continue
            if kind == 2:
                state, reached = "owed", False
            elif kind == 1 and state == "owed":
                state = ""
                reached = False
            elif kind == 0 and state:
                state = "called"
                reached = reached or dialled[moment].connected_at is not None
        denominator += state != ""
        numerator += state == "called"
        connected += reached
    return numerator, denominator, connected


def minutes(each: InboundCall) -> set[datetime]:
    """The minutes in which a call is in progress."""
    assert each.transferred_at
    assert each.ended_at
    length = int((each.ended_at - each.transferred_at) / timedelta(minutes=1))
    return {each.transferred_at + timedelta(minutes=past) for past in range(length)}


_CALLERS = st.sampled_from([b"A", b"B"])
_MINUTES = st.integers(MIDNIGHT - 40, MIDNIGHT + 4) | st.integers(-10, 30)


@st.composite
def _calls(draw: st.DrawFn) -> InboundCall:
    start, waits, talks = draw(_MINUTES), draw(st.integers(1, 6)), draw(st.integers(1, 6))
    caller, source = draw(_CALLERS), draw(st.sampled_from(["pbx", "ivr"]))
    if draw(st.booleans()):
        return call(start, start + waits, start + waits + talks, caller=caller, source=source)
    return call(start, end=start + waits, caller=caller, source=source)


@st.composite
def _call_backs(draw: st.DrawFn) -> CallBack:
    start = draw(_MINUTES)
    return call_back(start, draw(st.none() | st.just(start + 1)), caller=draw(_CALLERS))


@settings(max_examples=400, deadline=None)
@given(
    st.lists(_calls(), max_size=12),
    st.lists(_call_backs(), max_size=6, unique_by=lambda each: (each.caller, each.started_at)),
)
def test_the_count_is_that_of_replaying_the_day(
    calls: list[InboundCall], made: list[CallBack]
) -> None:
    found: CallBackDay = call_back_day(calls, made, DAY)
    assert (found.called_back, found.owed, found.connected) == brute_force(calls, made)


@settings(max_examples=100, deadline=None)
@given(st.lists(_calls(), max_size=10), st.lists(_call_backs(), max_size=5), st.randoms())
def test_the_order_of_arrival_does_not_matter(
    calls: list[InboundCall], made: list[CallBack], random: object
) -> None:
    unique = list({each.identity: each for each in calls}.values())
    shuffled = unique.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = call_back_day(unique, made, DAY), call_back_day(shuffled, made, DAY)
    assert {each.caller: each for each in first.obligations} == {
        each.caller: each for each in second.obligations
    }


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_local_day_holds_its_hours(hour: int) -> None:
    assert DAY.holds(at(hour * 60))
    assert not DAY.holds(at(hour * 60 + MIDNIGHT))
    assert not DAY.holds(None)
