"""The day's call-backs as stored: who is owed one, who had one, and a list of those due."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.call_backs.inbound_calls import read_calls
from campaigns.call_backs.local_day import SHANGHAI, LocalDay
from campaigns.call_backs.obligation import (
    CallBack,
    CallBackDay,
    CallBackState,
    Obligation,
    call_back_day,
)
from campaigns.consent import ConsentBasis
from campaigns.disposition import RULES, Disposition
from campaigns.errors import Conflict
from campaigns.questionnaire.model import CampaignKind
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.inbound_tables import InboundCallRow
from campaigns.store.tables import (
    AttemptRow,
    CampaignRow,
    ContactListRow,
    ContactRow,
    TaskRow,
    TrunkRow,
)
from campaigns.task import TaskState
from campaigns.vault import Vault

LOST_AT = "lost_at"
"""The attribute that says when the call was lost, as it is spoken: 上午9点5分."""
_NOON = 12
_HALVES = ("凌晨", "上午", "下午", "晚上")
_HOURS_OF_A_QUARTER = 6
_LAST = datetime.max.replace(tzinfo=UTC)
_OUR_OWN_FAULTS = [each.value for each, rule in RULES.items() if not rule.counts]


class CallBacks:
    """Report a day's call-backs, and list the numbers that are still owed one."""

    def __init__(self, database: Database, vault: Vault, zone: ZoneInfo = SHANGHAI) -> None:
        self._database = database
        self._vault = vault
        self._zone = zone

    async def day(self, day: date) -> CallBackDay:
        """Return a local day's obligations with the evidence for each number.

        Call-backs are the attempts of call-back campaigns on real trunks.
        """
        async with self._database.transaction() as session:
            return await _day(session, LocalDay(day, self._zone))

    async def list_due(self, day: date) -> UUID:
        """Make a contact list of the numbers that are due and that no call-back campaign takes
        care of, latest lost first, each with when it was lost; return the list's id.

        Raises Conflict when there is none.
        """
        async with self._database.transaction() as session:
            found = await _day(session, LocalDay(day, self._zone))
            due = [each for each in found.obligations if each.state is CallBackState.DUE]
            planned = await _planned_since(session, found.day, {each.caller for each in due})
            due = [each for each in reversed(due) if not _is_planned(each, planned)]
            if not due:
                raise Conflict(f"nobody is left to be called back for {day}")
            return await self._store(session, day, due)

    async def _store(self, session: AsyncSession, day: date, due: Sequence[Obligation]) -> UUID:
        list_id = uuid4()
        session.add(
            ContactListRow(
                id=list_id,
                name=f"呼损回拨 {day}",
                columns=[LOST_AT],
                accepted=len(due),
                consent_basis=ConsentBasis.OWN_REQUEST.value,
                consent_evidence="their own call to the hotline, which nobody answered",
                consent_on=day,
                consent_by="call-backs",
            )
        )
        await session.flush()
        numbers = await _sealed_numbers(session, {each.caller for each in due})
        for place, each in enumerate(due, start=1):
            session.add(self._contact(list_id, place, each, numbers[each.caller]))
        return list_id

    def _contact(self, list_id: UUID, place: int, due: Obligation, number: bytes) -> ContactRow:
        assert due.anchor.lost_at is not None
        attributes = {LOST_AT: spoken_time(due.anchor.lost_at.astimezone(self._zone))}
        return ContactRow(
            list_id=list_id,
            source_row=place,
            number_sealed=number,
            number_index=due.caller,
            number_masked=due.number_masked,
            attributes_sealed=self._vault.seal(
                json.dumps(attributes, ensure_ascii=False).encode(), rows.ATTRIBUTES_PURPOSE
            ),
        )


def spoken_time(local: datetime) -> str:
    """Return a local time of the day as it is said: 下午3点20分, 上午9点."""
    half = _HALVES[local.hour // _HOURS_OF_A_QUARTER]
    hour = local.hour if local.hour <= _NOON else local.hour - _NOON
    return f"{half}{hour}点" + (f"{local.minute}分" if local.minute else "")


async def _day(session: AsyncSession, day: LocalDay) -> CallBackDay:
    callers = _lost_callers(day)
    row = InboundCallRow
    calls = await read_calls(
        session,
        or_(
            row.number_index.in_(callers),
            row.withheld & (row.ended_at >= day.start) & (row.ended_at < day.end),
            row.ended_at.is_(None) & (row.transferred_at >= day.start),
        ),
    )
    return call_back_day(calls, await _call_backs(session, day, callers), day)


def _lost_callers(day: LocalDay) -> Select[bytes | None]:
    row = InboundCallRow
    return select(row.number_index).where(
        row.number_index.is_not(None),
        row.transferred_at.is_not(None),
        row.answered_at.is_(None),
        row.ended_at >= day.start,
        row.ended_at < day.end,
    )


async def _call_backs(
    session: AsyncSession, day: LocalDay, callers: Select[bytes | None]
) -> list[CallBack]:
    found = await session.scalars(
        select(AttemptRow)
        .join(CampaignRow, CampaignRow.id == AttemptRow.campaign_id)
        .where(
            CampaignRow.kind == CampaignKind.CALL_BACK.value,
            AttemptRow.rehearsal.is_(False),
            AttemptRow.started_at >= day.start,
            AttemptRow.started_at < day.end,
            AttemptRow.number_index.in_(callers),
        )
    )
    return [
        CallBack(
            attempt_id=row.id,
            caller=row.number_index,
            started_at=row.started_at,
            connected_at=row.answered_at,
            disposition=Disposition(row.disposition) if row.disposition else None,
        )
        for row in found
    ]


async def _planned_since(
    session: AsyncSession, day: LocalDay, callers: set[bytes]
) -> dict[bytes, datetime]:
    """Return until when each number's losses are taken care of: by a call that waits, all of
    them; by one that is over, whatever came of it, those before its campaign was made. A call
    that failed on our own line takes care of nothing."""
    waits = TaskRow.state.in_((TaskState.READY, TaskState.LEASED))
    found = await session.execute(
        select(TaskRow.number_index, CampaignRow.created_at, waits)
        .join(CampaignRow, CampaignRow.id == TaskRow.campaign_id)
        .join(TrunkRow, TrunkRow.name == CampaignRow.trunk)
        .where(
            CampaignRow.kind == CampaignKind.CALL_BACK.value,
            TrunkRow.rehearsal.is_(False),
            TaskRow.number_index.in_(callers),
            or_(
                waits & or_(CampaignRow.not_after.is_(None), CampaignRow.not_after > day.start),
                ~waits & func.coalesce(TaskRow.disposition, "").not_in(_OUR_OWN_FAULTS),
            ),
        )
    )
    until: dict[bytes, datetime] = {}
    for caller, created_at, waiting in found:
        until[caller] = max(until.get(caller, created_at), _LAST if waiting else created_at)
    return until


def _is_planned(due: Obligation, until: Mapping[bytes, datetime]) -> bool:
    lost_at = due.anchor.lost_at
    return lost_at is not None and due.caller in until and lost_at <= until[due.caller]


async def _sealed_numbers(session: AsyncSession, callers: set[bytes]) -> dict[bytes, bytes]:
    row = InboundCallRow
    found = await session.execute(
        select(row.number_index, row.number_sealed).where(row.number_index.in_(callers))
    )
    return {index: sealed for index, sealed in found if index and sealed}
