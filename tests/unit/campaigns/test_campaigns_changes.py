"""What may be changed of a campaign, and who may approve it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.approval import check_approver, launch_steps
from campaigns.calling_hours import STANDARD, CallingHours, is_within, read_hours
from campaigns.campaign import ENDED, PLANNED, CampaignEvent, CampaignState
from campaigns.campaign_changes import UNDER_WAY, refusals, rules
from campaigns.errors import Conflict, InvalidInput

MORNING = {"windows": [{"days": [1, 2], "from": "09:30", "to": "11:00"}]}
LONG_DAY = {"windows": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "17:30"}]}
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
BEFORE: dict[str, Any] = {
    "name": "a",
    "trunk": "carrier",
    "max_attempts": 3,
    "calling_hours": {},
    "not_before": None,
    "not_after": NOW,
}


def refused(state: CampaignState, **changes: Any) -> list[str | None]:
    return [problem.column for problem in refusals(state, BEFORE, changes)]


@pytest.mark.parametrize("state", PLANNED)
def test_a_planned_campaign_is_free(state: CampaignState) -> None:
    assert refused(state, name="b", trunk="other", max_attempts=1, calling_hours=LONG_DAY) == []


@pytest.mark.parametrize("state", set(CampaignState) - PLANNED - ENDED - {"finishing"})
def test_a_launched_campaign_keeps_what_was_promised(state: CampaignState) -> None:
    kept = {"name": "b", "max_attempts": 4, "calling_hours": MORNING}
    assert refused(state, **kept, not_before=NOW, not_after=NOW - timedelta(days=1)) == []
    assert refused(state, max_attempts=2) == ["max_attempts"]
    assert refused(state, calling_hours=LONG_DAY) == ["calling_hours"]
    assert refused(state, not_after=NOW + timedelta(days=1)) == ["not_after"]
    assert refused(state, not_after=None) == ["not_after"]
    assert refused(state, trunk="other") == ["trunk"]
    assert refused(state, trunk="carrier") == []


def test_what_is_over_stays_as_it_is() -> None:
    for state in ENDED:
        assert refused(state, name="b") == ["name"]
    assert refused(CampaignState.FINISHING, name="b", max_attempts=4) == ["max_attempts"]


def test_every_state_has_its_rules() -> None:
    for state, field in product(CampaignState, UNDER_WAY):
        allowed = rules(state)
        assert (allowed is None) is (state in PLANNED)
        if state is CampaignState.RUNNING:
            assert allowed is not None
            assert field in allowed


@st.composite
def hours(draw: st.DrawFn) -> CallingHours:
    windows = []
    for _ in range(draw(st.integers(1, 4))):
        opens = draw(st.integers(0, 22))
        closes = draw(st.integers(opens + 1, 23))
        days = draw(st.sets(st.integers(1, 7), min_size=1))
        windows.append({"days": list(days), "from": f"{opens:02}:00", "to": f"{closes:02}:00"})
    return read_hours({"windows": windows})


def opened(what: CallingHours) -> set[tuple[int, int]]:
    return {
        (day, hour)
        for window in what.windows
        for day in window.days
        for hour in range(window.opens.hour, window.closes.hour)
    }


@given(hours(), hours())
def test_within_means_every_open_moment(inner: CallingHours, outer: CallingHours) -> None:
    assert is_within(inner, outer) is (opened(inner) <= opened(outer))


def test_the_standard_hours_are_within_themselves() -> None:
    assert is_within(STANDARD, STANDARD)


@pytest.mark.parametrize("name", ["Wang", " wang ", "WANG"])
def test_nobody_approves_their_own(name: str) -> None:
    with pytest.raises(Conflict, match="second person"):
        check_approver(name, {"wang", "li"})


def test_an_approval_needs_names() -> None:
    check_approver("zhao", {"wang"})
    with pytest.raises(InvalidInput, match="name"):
        check_approver("  ", {"wang"})
    with pytest.raises(Conflict, match="nobody knows"):
        check_approver("zhao", set())


def test_only_a_waiver_launches_what_nobody_approved() -> None:
    for state in (CampaignState.DRAFT, CampaignState.CHECKED):
        with pytest.raises(Conflict, match="second person"):
            launch_steps(state, None)
        assert launch_steps(state, "rehearsal")[-1] is CampaignEvent.LAUNCH
    assert launch_steps(CampaignState.APPROVED, None) == (CampaignEvent.LAUNCH,)
