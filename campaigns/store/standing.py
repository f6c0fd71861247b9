"""What holds for a campaign and a number at a moment: its schedule, and what was done to it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.calendar import Calendar, DayKind
from campaigns.calling_hours import read_hours, read_zone
from campaigns.disposition import RULES, Disposition
from campaigns.errors import InvalidInput
from campaigns.governor import SURVEYS, ContactHistory, GovernorPolicy
from campaigns.peaks import read_peaks_of
from campaigns.questionnaire.model import CampaignKind
from campaigns.schedule import Schedule
from campaigns.store.tables import AttemptRow, CalendarOverrideRow, CampaignRow

_UNCOUNTED = [
    *(name.value for name, rule in RULES.items() if not rule.counts),
    Disposition.INVALID_NUMBER.value,
    Disposition.OUT_OF_SERVICE.value,
]
_BEFORE, _AHEAD = timedelta(days=2), timedelta(days=70)
_TWO_DAYS = timedelta(days=2)


async def read_schedule(
    session: AsyncSession, campaign: CampaignRow, at: datetime
) -> Schedule | None:
    """Return when a campaign may call from `at` on; None when its hours cannot be read."""
    try:
        hours, zone = read_hours(campaign.calling_hours), read_zone(campaign.time_zone)
    except InvalidInput:
        return None
    begin = max(at, campaign.not_before) if campaign.not_before else at
    first, last = (begin - _BEFORE).date(), (begin + _AHEAD).date()
    overrides = await session.execute(
        select(CalendarOverrideRow.day, CalendarOverrideRow.kind).where(
            CalendarOverrideRow.day.between(first, last)
        )
    )
    return Schedule(
        hours=hours,
        zone=zone,
        calendar=Calendar({day: DayKind(kind) for day, kind in overrides}),
        not_before=campaign.not_before,
        not_after=campaign.not_after,
        peaks=await read_peaks_of(session, CampaignKind(campaign.kind), first, last),
    )


async def read_history(
    session: AsyncSession, numbers: Collection[bytes], now: datetime, policy: GovernorPolicy
) -> ContactHistory:
    """Return what was done to a person's numbers in all campaigns, as far back as the limits
    reach; a number that is not in use disturbed nobody."""
    since = now - max(policy.survey_rest, policy.gap, _TWO_DAYS)
    found = await session.execute(
        select(AttemptRow.started_at, AttemptRow.ended_at, AttemptRow.disposition, CampaignRow.kind)
        .join(CampaignRow, CampaignRow.id == AttemptRow.campaign_id)
        .where(
            AttemptRow.number_index.in_(numbers),
            AttemptRow.started_at > since,
            ~AttemptRow.rehearsal,
            ~AttemptRow.failed_over,
            or_(AttemptRow.disposition.is_(None), AttemptRow.disposition.not_in(_UNCOUNTED)),
        )
    )
    attempts = found.all()
    surveyed = (
        ended_at
        for _, ended_at, disposition, kind in attempts
        if ended_at and disposition == Disposition.COMPLETED and CampaignKind(kind) in SURVEYS
    )
    return ContactHistory(
        attempts=tuple(started_at for started_at, _, _, _ in attempts),
        call_backs=tuple(
            started_at for started_at, _, _, kind in attempts if kind == CampaignKind.CALL_BACK
        ),
        surveyed_at=max(surveyed, default=None),
    )
