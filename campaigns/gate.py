"""The gate: every rule that is checked in the transaction before a call is placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.caller_id import CallerId
from campaigns.caller_id_rule import check_caller_id
from campaigns.campaign import NO_MORE_CALLS, CampaignState
from campaigns.governor import ContactHistory, GovernorPolicy, due_time, rests_until
from campaigns.questionnaire.model import ANSWERING, CampaignKind
from campaigns.refusal import Refusal
from campaigns.schedule import Closed, Schedule
from campaigns.trunk import Trunk, is_loopback

_SOON = timedelta(minutes=1)
_COMPLAINT_RECHECK = timedelta(hours=4)
_A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules judge by, read in the same transaction that commits the attempt.

    `approved`: for real telephones. `consent`: why they may be called is on record. `schedule`
    None: it cannot be read. `do_not_call`: the reason noted, None when not listed.
    `promised`: the person asked to be called at this time. `history` is left empty for
    rehearsals, which no limit on real people holds back. `got_through`: of a lost caller, that an
    agent answered since.
    """

    now: datetime
    state: CampaignState
    approved: bool
    consent: bool
    kind: CampaignKind
    attempts_made: int
    max_attempts: int
    do_not_call: str | None
    number_in_call: bool
    caller: CallerId | None
    trunk: Trunk
    schedule: Schedule | None
    history: ContactHistory
    policy: GovernorPolicy
    promised: bool = False
    got_through: bool = False
    complaint_open: bool = False


def check(facts: Facts) -> Refusal | None:
    """Return the first rule that forbids the call, None when it may be placed."""
    rules = (
        _campaign_running,
        _attempts_left,
        _not_on_do_not_call,
        _consented,
        _still_owed,
        _caller_id,
        _rehearsal_stays_home,
        _approved,
        _within_hours,
        _no_complaint_open,
        _rested,
        _not_too_often,
        _number_free,
    )
    return next((refusal for rule in rules if (refusal := rule(facts))), None)


def most_attempts(wanted: int, policy: GovernorPolicy, *, rehearsal: bool) -> int:
    """Return how many attempts a task gets: what its campaign wants, within the installation's
    limit of a case."""
    return wanted if rehearsal else min(wanted, policy.attempts_per_case)


def number_in_call(now: datetime) -> Refusal:
    """The refusal of a number that is in another call."""
    return Refusal("number_in_call", "the number is in another call now", now + _SOON)


def no_slot(now: datetime, trunk: str) -> Refusal:
    """The refusal when a trunk carries as many calls as it may."""
    return Refusal(
        "trunk_slot", f"all lines of trunk {trunk} are in use", now + timedelta(seconds=3)
    )


def trunk_pace(now: datetime, trunk: str, next_call_at: datetime) -> Refusal:
    """The refusal when a trunk was given a call a moment ago."""
    retry_at = max(next_call_at, now + _A_MOMENT)
    return Refusal("trunk_pace", f"trunk {trunk} takes its next call in a moment", retry_at)


def trunk_broken(trunk: str, open_until: datetime) -> Refusal:
    """The refusal when too many calls over a trunk failed."""
    return Refusal("trunk_broken", f"too many calls over trunk {trunk} failed", open_until)


def trunk_tried(now: datetime, trunk: str) -> Refusal:
    """The refusal while one call tries whether a trunk works again."""
    reason = f"one call tries whether trunk {trunk} works again"
    return Refusal("trunk_broken", reason, now + timedelta(seconds=5))


def trunk_down(now: datetime, trunk: str, detail: str) -> Refusal:
    """The refusal when a trunk no longer answers OPTIONS."""
    reason = f"trunk {trunk} does not answer OPTIONS ({detail})"
    return Refusal("trunk_down", reason, now + timedelta(seconds=15))


def no_route(now: datetime) -> Refusal:
    """The refusal of a number that no trunk of the campaign takes."""
    reason = "no trunk of the campaign takes this number: see the trunks' prefixes"
    return Refusal("no_route", reason, now + timedelta(minutes=10))


def _campaign_running(facts: Facts) -> Refusal | None:
    if facts.state is CampaignState.RUNNING:
        return None
    retry_at = None if facts.state in NO_MORE_CALLS else facts.now + _SOON
    return Refusal("campaign", f"the campaign is {facts.state.value}", retry_at)


def _attempts_left(facts: Facts) -> Refusal | None:
    limit = most_attempts(facts.max_attempts, facts.policy, rehearsal=facts.trunk.rehearsal)
    if facts.attempts_made < limit:
        return None
    return Refusal("max_attempts", f"{facts.attempts_made} attempts were made", None)


def _not_on_do_not_call(facts: Facts) -> Refusal | None:
    if facts.do_not_call is None:
        return None
    return Refusal("do_not_call", f"the number is not to be called: {facts.do_not_call}", None)


def _consented(facts: Facts) -> Refusal | None:
    if facts.trunk.rehearsal or facts.consent:
        return None
    reason = (
        "nothing on record says why the people of this list may be called: record it with "
        "`outbound contacts consent`"
    )
    return Refusal("consent", reason, facts.now + _SOON, stops_campaign=True)


def _no_complaint_open(facts: Facts) -> Refusal | None:
    """Who complained is left in peace until that is settled, save by those who settle it."""
    if facts.trunk.rehearsal or not facts.complaint_open or facts.kind in ANSWERING:
        return None
    return Refusal(
        "complaint_open", "a complaint of this person is open", facts.now + _COMPLAINT_RECHECK
    )


def _still_owed(facts: Facts) -> Refusal | None:
    if not facts.got_through:
        return None
    return Refusal("got_through", "the person called again and was answered", None)


def _caller_id(facts: Facts) -> Refusal | None:
    return check_caller_id(facts.caller, facts.kind, facts.now)


def _rehearsal_stays_home(facts: Facts) -> Refusal | None:
    if not facts.trunk.rehearsal or _stays_home(facts.trunk):
        return None
    reason = f"trunk {facts.trunk.name} is for rehearsals and does not lead to loopback"
    return Refusal("rehearsal_trunk", reason, facts.now + _SOON, stops_campaign=True)


def _stays_home(trunk: Trunk) -> bool:
    return is_loopback(trunk.host) and not trunk.outbound_proxy


def _approved(facts: Facts) -> Refusal | None:
    """A rehearsal's trunk may have become a real one after the launch."""
    if facts.trunk.rehearsal or facts.approved:
        return None
    reason = "nobody approved this campaign for real telephones: copy it and have it approved"
    return Refusal("approval", reason, facts.now + _SOON, stops_campaign=True)


def _within_hours(facts: Facts) -> Refusal | None:
    if facts.trunk.rehearsal:
        return None
    opening = facts.schedule.next_open(facts.now) if facts.schedule else Closed.NO_HOURS
    if opening == facts.now:
        return None
    if isinstance(opening, Closed):
        return _closed(opening, facts.now)
    return Refusal("calling_hours", "outside the calling hours", opening, closes_campaign=True)


def _closed(why: Closed, now: datetime) -> Refusal:
    if why is Closed.OVER:
        return Refusal("campaign_window", "the campaign's window is over", None)
    if why is Closed.CALENDAR:
        reason = (
            "the calendar does not know which of the next days are workdays: import them with "
            "`outbound calendar import`"
        )
        return Refusal("calendar", reason, now + _SOON, stops_campaign=True)
    reason = "the campaign has no calling hours that can be read: correct them"
    return Refusal("calling_hours", reason, now + _SOON, stops_campaign=True)


def _rested(facts: Facts) -> Refusal | None:
    """A person who rests is left out of this campaign, which would otherwise wait for months."""
    until = rests_until(facts.kind, facts.history, facts.policy)
    if facts.trunk.rehearsal or until is None or until <= facts.now:
        return None
    return Refusal("survey_rest", f"a survey was completed: rest until {until:%Y-%m-%d}", None)


def _not_too_often(facts: Facts) -> Refusal | None:
    if facts.trunk.rehearsal or facts.schedule is None:
        return None
    due = due_time(
        facts.now,
        facts.schedule,
        facts.history,
        facts.policy,
        facts.kind,
        promised=facts.promised,
    )
    if due == facts.now:
        return None
    if isinstance(due, Closed):
        return _closed(due, facts.now)
    return Refusal("contact_governor", "the person was called too recently or often", due)


def _number_free(facts: Facts) -> Refusal | None:
    return number_in_call(facts.now) if facts.number_in_call else None
