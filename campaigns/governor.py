"""The contact governor: how often one person may be called, over all campaigns (FIELD: MIIT 2020).

Rehearsal calls ring nobody's phone: they neither count here nor are they held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.questionnaire.model import CampaignKind
from campaigns.schedule import Closed, Schedule

SURVEYS = frozenset({CampaignKind.SATISFACTION, CampaignKind.QUESTIONNAIRE})
"""The kinds of campaign that ask a person's opinion: after one, no other for a while."""


@dataclass(frozen=True, slots=True)
class GovernorPolicy:
    """The limits of an installation.

    A lost caller asked for the call: `call_backs_per_day` and `call_back_gap` hold for calling
    back instead of the general limits, which count these calls all the same.

    `survey_rest`: after a completed survey, how long that person is asked nothing else. Calls
    that inform, follow up or call back are not held back by it.
    """

    attempts_per_day: int = 2
    gap: timedelta = timedelta(hours=2)
    attempts_per_case: int = 5
    survey_rest: timedelta = timedelta(days=90)
    call_backs_per_day: int = 3
    call_back_gap: timedelta = timedelta(minutes=10)


STANDARD_POLICY = GovernorPolicy()


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """What was done to a person in all campaigns: when the attempts that count were begun, which
    of them were call-backs, and when a survey was last completed."""

    attempts: tuple[datetime, ...] = ()
    surveyed_at: datetime | None = None
    call_backs: tuple[datetime, ...] = ()


def earliest(
    at: datetime,
    history: ContactHistory,
    policy: GovernorPolicy,
    zone: ZoneInfo,
    kind: CampaignKind | None = None,
    *,
    promised: bool = False,
) -> datetime:
    """Return the first moment from `at` on that keeps the gap and the limit of a local day.

    A call the person asked for (`promised`) need not keep the gap; calling back has limits of
    its own.
    """
    owed = kind is CampaignKind.CALL_BACK
    gap = policy.call_back_gap if owed else policy.gap
    most = policy.call_backs_per_day if owed else policy.attempts_per_day
    if history.attempts and not promised:
        at = max(at, max(history.attempts) + gap)
    day = at.astimezone(zone).date()
    counted = history.call_backs if owed else history.attempts
    made = sum(1 for attempt in counted if attempt.astimezone(zone).date() == day)
    if made < most:
        return at
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def rests_until(
    kind: CampaignKind, history: ContactHistory, policy: GovernorPolicy
) -> datetime | None:
    """Return until when a person is asked nothing more; None: no such rest holds for this kind."""
    if kind not in SURVEYS or history.surveyed_at is None:
        return None
    return history.surveyed_at + policy.survey_rest


def due_time(
    at: datetime,
    schedule: Schedule,
    history: ContactHistory,
    policy: GovernorPolicy,
    kind: CampaignKind | None = None,
    *,
    promised: bool = False,
) -> datetime | Closed:
    """Return the first moment from `at` on that schedule and governor both allow."""
    while True:
        allowed = earliest(at, history, policy, schedule.zone, kind, promised=promised)
        opening = schedule.next_open(allowed)
        if isinstance(opening, Closed) or opening == allowed:
            return opening
        at = opening
