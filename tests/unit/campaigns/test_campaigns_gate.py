from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns import gate
from campaigns.calendar import Calendar
from campaigns.caller_id import CallerId, CallerIdStatus
from campaigns.caller_id_rule import check_caller_id, is_presentable
from campaigns.calling_hours import STANDARD, CallingHours
from campaigns.campaign import CampaignState
from campaigns.errors import InvalidInput
from campaigns.governor import STANDARD_POLICY, ContactHistory
from campaigns.questionnaire.model import CampaignKind
from campaigns.schedule import Schedule
from campaigns.trunk import Trunk, is_loopback
from campaigns.trunk_rule import check

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai
CALLER = CallerId(
    "077112366",
    "南宁税务",
    "南宁市税务局",
    CallerIdStatus.VERIFIED,
    NOW - timedelta(days=1),
    NOW + timedelta(days=1),
)
SCHEDULE = Schedule(STANDARD, ZoneInfo("Asia/Shanghai"), Calendar())
HOUR = timedelta(hours=1)
NEXT_YEAR = datetime(2027, 3, 2, 2, 0, tzinfo=UTC)  # not announced yet
LASTING = replace(CALLER, valid_to=datetime(2099, 1, 1, tzinfo=UTC))
FACTS = gate.Facts(
    now=NOW,
    state=CampaignState.RUNNING,
    approved=True,
    consent=True,
    kind=CampaignKind.SATISFACTION,
    attempts_made=0,
    max_attempts=3,
    do_not_call=None,
    number_in_call=False,
    caller=CALLER,
    trunk=Trunk("carrier", "192.0.2.1", 5060, 10),
    schedule=SCHEDULE,
    history=ContactHistory(),
    policy=STANDARD_POLICY,
)
REHEARSAL = Trunk("rehearsal", "127.0.0.1", 5090, 10, rehearsal=True)


def test_a_call_with_nothing_against_it_may_be_placed() -> None:
    assert gate.check(FACTS) is None


@pytest.mark.parametrize(
    ("changes", "rule", "for_good", "stops"),
    [
        ({"state": CampaignState.PAUSED}, "campaign", False, False),
        ({"state": CampaignState.CANCELLED}, "campaign", True, False),
        ({"state": CampaignState.FINISHING}, "campaign", True, False),
        ({"approved": False}, "approval", False, True),
        ({"consent": False}, "consent", False, True),
        ({"complaint_open": True}, "complaint_open", False, False),
        ({"attempts_made": 3}, "max_attempts", True, False),
        ({"do_not_call": "asked"}, "do_not_call", True, False),
        ({"caller": None}, "caller_id", False, True),
        ({"number_in_call": True}, "number_in_call", False, False),
        ({"schedule": None}, "calling_hours", False, True),
        ({"schedule": replace(SCHEDULE, hours=CallingHours(()))}, "calling_hours", False, True),
        ({"schedule": replace(SCHEDULE, not_after=NOW)}, "campaign_window", True, False),
        (
            {"now": datetime(2027, 3, 2, 2, 0, tzinfo=UTC), "caller": LASTING},
            "calendar",
            False,
            True,
        ),
        ({"history": ContactHistory((NOW - HOUR,))}, "contact_governor", False, False),
        ({"history": ContactHistory((), NOW - HOUR)}, "survey_rest", True, False),
        ({"attempts_made": 5, "max_attempts": 20}, "max_attempts", True, False),
        ({"now": NOW.replace(hour=13)}, "calling_hours", False, False),
        ({"trunk": replace(REHEARSAL, host="192.0.2.1")}, "rehearsal_trunk", False, True),
    ],
)
def test_each_rule_refuses_by_name(
    changes: dict[str, object], rule: str, for_good: bool, stops: bool
) -> None:
    refusal = gate.check(replace(FACTS, **changes))
    assert refusal is not None
    assert (refusal.rule, refusal.retry_at is None) == (rule, for_good)
    assert refusal.stops_campaign is stops
    assert refusal.retry_at is None or refusal.retry_at > NOW


def test_outside_the_hours_the_whole_campaign_waits_for_the_opening() -> None:
    evening = replace(FACTS, now=NOW.replace(hour=13))
    refusal = gate.check(evening)
    assert refusal is not None
    assert refusal.closes_campaign
    assert refusal.retry_at == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", [CampaignKind.CALL_BACK, CampaignKind.FOLLOW_UP])
def test_who_complained_is_called_about_the_complaint(kind: CampaignKind) -> None:
    assert gate.check(replace(FACTS, complaint_open=True, kind=kind)) is None


@pytest.mark.parametrize("changes", [{"approved": False}, {"consent": False}])
def test_a_rehearsal_needs_no_papers(changes: dict[str, object]) -> None:
    assert gate.check(replace(FACTS, trunk=REHEARSAL, **changes)) is None


def test_a_rest_after_a_survey_holds_back_surveys_only() -> None:
    surveyed = replace(FACTS, history=ContactHistory((), NOW - HOUR))
    assert gate.check(replace(surveyed, kind=CampaignKind.NOTIFICATION)) is None


def test_a_promised_call_need_not_keep_the_gap() -> None:
    recent = replace(FACTS, history=ContactHistory((NOW - HOUR,)))
    assert gate.check(replace(recent, promised=True)) is None


def test_only_rehearsals_are_exempt_from_the_hours() -> None:
    night = replace(FACTS, now=NOW.replace(hour=13), trunk=REHEARSAL, schedule=None)
    assert gate.check(night) is None


def test_a_person_who_said_no_is_not_called_in_a_rehearsal_either() -> None:
    refusal = gate.check(replace(FACTS, trunk=REHEARSAL, do_not_call="asked"))
    assert refusal is not None
    assert refusal.rule == "do_not_call"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": CallerIdStatus.PENDING}, "not verified"),
        ({"status": CallerIdStatus.SUSPENDED}, "not verified"),
        ({"status": CallerIdStatus.REVOKED}, "not verified"),
        ({"valid_from": NOW + timedelta(seconds=1)}, "not valid before"),
        ({"valid_to": NOW}, "expired"),
        ({"kinds": (CampaignKind.NOTIFICATION,)}, "not allowed for satisfaction"),
        ({"number": "1234;user=x"}, "cannot be sent"),
        ({"display_name": '税务" <sip:x@y>'}, "cannot be sent"),
        ({"display_name": "税务\r\nX-Evil: 1"}, "cannot be sent"),
    ],
)
def test_a_caller_id_that_is_not_surely_right_is_refused(
    changes: dict[str, object], why: str
) -> None:
    refusal = check_caller_id(replace(CALLER, **changes), CampaignKind.SATISFACTION, NOW)
    assert refusal is not None
    assert why in refusal.reason


def test_every_status_but_verified_is_refused() -> None:
    allowed = [
        status
        for status in CallerIdStatus
        if check_caller_id(replace(CALLER, status=status), CampaignKind.SATISFACTION, NOW) is None
    ]
    assert allowed == [CallerIdStatus.VERIFIED]


def test_names_and_numbers_that_can_stand_in_a_header() -> None:
    assert is_presentable("12366", "南宁税务 12366")
    assert not is_presentable("+8612366", "")
    assert not is_presentable("12366\n", "")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "0.0.0.0", "example.org", "127.0.0.1.example.org"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_a_trunk_that_cannot_work_is_refused_with_every_reason() -> None:
    with pytest.raises(InvalidInput) as caught:
        check(Trunk("Big Trunk", "sip host", 0, 0, transport="sctp", rehearsal=True))
    assert len(caught.value.problems) == 6
