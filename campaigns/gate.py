"""The gate: every rule that is checked in the transaction before a call is placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.caller_id import CallerId
from campaigns.caller_id_rule import check_caller_id
from campaigns.calling_hours import CallingHours
from campaigns.campaign import ENDED, CampaignState
from campaigns.questionnaire.model import CampaignKind
from campaigns.refusal import Refusal
from campaigns.trunk import Trunk, is_loopback

_SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules judge by, read in the same transaction that commits the attempt.

    `hours` None: they cannot be read. `do_not_call`: the reason noted, None when not listed.
    """

    now: datetime
    state: CampaignState
    kind: CampaignKind
    attempts_made: int
    max_attempts: int
    do_not_call: str | None
    number_in_call: bool
    caller: CallerId | None
    trunk: Trunk
    hours: CallingHours | None
    zone: ZoneInfo


def check(facts: Facts) -> Refusal | None:
    """Return the first rule that forbids the call, None when it may be placed."""
    rules = (
        _campaign_running,
        _attempts_left,
        _not_on_do_not_call,
        _caller_id,
        _rehearsal_stays_home,
        _within_hours,
        _number_free,
    )
    return next((refusal for rule in rules if (refusal := rule(facts))), None)


def number_in_call(now: datetime) -> Refusal:
    """The refusal of a number that is in another call."""
    return Refusal("number_in_call", "the number is in another call now", now + _SOON)


def no_slot(now: datetime, trunk: str) -> Refusal:
    """The refusal when a trunk carries as many calls as it may."""
    return Refusal(
        "trunk_slot", f"all lines of trunk {trunk} are in use", now + timedelta(seconds=3)
    )


def _campaign_running(facts: Facts) -> Refusal | None:
    if facts.state is CampaignState.RUNNING:
        return None
    retry_at = None if facts.state in ENDED else facts.now + _SOON
    return Refusal("campaign", f"the campaign is {facts.state.value}", retry_at)


def _attempts_left(facts: Facts) -> Refusal | None:
    if facts.attempts_made < facts.max_attempts:
        return None
    return Refusal("max_attempts", f"{facts.attempts_made} attempts were made", None)


def _not_on_do_not_call(facts: Facts) -> Refusal | None:
    if facts.do_not_call is None:
        return None
    return Refusal("do_not_call", f"the number is not to be called: {facts.do_not_call}", None)


def _caller_id(facts: Facts) -> Refusal | None:
    return check_caller_id(facts.caller, facts.kind, facts.now)


def _rehearsal_stays_home(facts: Facts) -> Refusal | None:
    if not facts.trunk.rehearsal or is_loopback(facts.trunk.host):
        return None
    reason = f"trunk {facts.trunk.name} is for rehearsals and does not lead to loopback"
    return Refusal("rehearsal_trunk", reason, facts.now + _SOON, stops_campaign=True)


def _within_hours(facts: Facts) -> Refusal | None:
    if facts.trunk.rehearsal:
        return None
    opening = facts.hours.next_opening(facts.now, facts.zone) if facts.hours else None
    if opening is None:
        reason = "the campaign has no calling hours that can be read: correct them"
        return Refusal("calling_hours", reason, facts.now + _SOON, stops_campaign=True)
    if opening == facts.now:
        return None
    return Refusal("calling_hours", "outside the calling hours", opening)


def _number_free(facts: Facts) -> Refusal | None:
    return number_in_call(facts.now) if facts.number_in_call else None
