"""Editing and copying campaigns, and reading what was done to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.caller_ids import plain_number
from campaigns.campaign import PLANNED, Campaign, CampaignEvent, CampaignState, NewCampaign
from campaigns.campaign_book import home_trunk, problems_of
from campaigns.campaign_changes import KEEPS_PROMISES, refusals
from campaigns.clock import Clock
from campaigns.errors import Conflict, InvalidInput
from campaigns.store.campaign_moves import move
from campaigns.store.campaign_rows import find_campaign, read_campaign
from campaigns.store.campaign_tables import CampaignHistoryRow
from campaigns.store.database import Database
from campaigns.store.standing import read_schedule
from campaigns.store.tables import (
    CallerIdRow,
    CampaignRow,
    ContactListRow,
    QuestionnaireRow,
    TaskRow,
)

_NOT_COPIED = frozenset({
    "id", "name", "state", "closed_until", "failure", "prompts_total", "prompts_ready",
    "created_by", "approved_by", "created_at", "launched_at", "finished_at",
})  # fmt: skip
_MOST_PROMISES = 10_000


@dataclass(frozen=True, slots=True)
class CampaignStep:
    """One step of a campaign's life: who did what, when and why; `changes` holds each edited
    field's value before and after."""

    at: datetime
    by: str
    event: str
    from_state: str
    to_state: str
    reason: str
    changes: Mapping[str, Any]


class CampaignEditing:
    """Change campaigns where that breaks no promise; copy them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def edit(
        self, campaign_id: UUID, changes: Mapping[str, Any], by: str = "", reason: str = ""
    ) -> Campaign:
        """Change fields of `NewCampaign` by name. A campaign that was checked or approved is a
        draft again.

        Raises NotFound, Conflict when the state or a promise forbids it, InvalidInput.
        """
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id, lock=True)
            state = CampaignState(row.state)
            before = _decided(await read_campaign(session, row))
            made = {name: _value(name, value) for name, value in changes.items()}
            made = {name: value for name, value in made.items() if value != before[name]}
            refused = refusals(state, before, made)
            if refused:
                raise Conflict("; ".join(problem.message for problem in refused))
            if not made:
                return await read_campaign(session, row)
            await _write(session, row, NewCampaign(**{**before, **made}))
            if KEEPS_PROMISES & set(made) and state not in PLANNED:
                await self._keep_promises(session, row)
            moves = {name: [_shown(before[name]), _shown(made[name])] for name in made}
            move(session, row, CampaignEvent.EDIT, self._clock.now(), by, reason, moves)
            if state in PLANNED:
                row.approved_by = ""
            row.closed_until = None
            return await read_campaign(session, row)

    async def copy(self, campaign_id: UUID, name: str, by: str = "") -> Campaign:
        """Make a draft with the same settings and people. Raises NotFound, InvalidInput."""
        if not name.strip():
            raise InvalidInput("the copy needs a name")
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id)
            columns = [each.key for each in CampaignRow.__table__.columns]
            same = {key: getattr(row, key) for key in columns if key not in _NOT_COPIED}
            now = self._clock.now()
            copied = CampaignRow(**same, name=name.strip(), created_by=by, created_at=now)
            session.add(copied)
            await session.flush()
            await session.refresh(copied)
            session.add(_copy_entry(copied, row))
            return await read_campaign(session, copied)

    async def history(self, campaign_id: UUID) -> tuple[CampaignStep, ...]:
        """Return the steps of a campaign's life, the first one first. Raises NotFound."""
        entry = CampaignHistoryRow
        async with self._database.transaction() as session:
            await find_campaign(session, campaign_id)
            found = await session.scalars(
                select(entry).where(entry.campaign_id == campaign_id).order_by(entry.id)
            )
            return tuple(
                CampaignStep(
                    at=row.at,
                    by=row.by,
                    event=row.event,
                    from_state=row.from_state,
                    to_state=row.to_state,
                    reason=row.reason,
                    changes=row.changes,
                )
                for row in found
            )

    async def _keep_promises(self, session: AsyncSession, row: CampaignRow) -> None:
        """Raise Conflict when a call somebody was promised would no longer be allowed."""
        schedule = await read_schedule(session, row, self._clock.now())
        promised = await session.scalars(
            select(TaskRow.next_at)
            .where(
                TaskRow.campaign_id == row.id,
                TaskRow.state.in_(("ready", "leased")),
                TaskRow.priority > 0,
            )
            .limit(_MOST_PROMISES)
        )
        broken = sum(1 for at in promised if schedule is None or not schedule.is_open(at))
        if broken:
            raise Conflict(f"{broken} people were promised a call at a time this would forbid")


def _decided(campaign: Campaign) -> dict[str, Any]:
    decided = {each.name: getattr(campaign, each.name) for each in fields(NewCampaign)}
    return {**decided, "trunk": ""} if campaign.trunk_group else decided


def _value(name: str, value: Any) -> Any:
    if name == "caller_number":
        return plain_number(value)
    return tuple(value) if isinstance(value, list) else value


def _shown(value: Any) -> Any:
    return value if isinstance(value, int | float | dict | tuple | None) else str(value)


async def _write(session: AsyncSession, row: CampaignRow, new: NewCampaign) -> None:
    script = await session.get(QuestionnaireRow, new.questionnaire_id)
    contacts = await session.get(ContactListRow, new.contact_list_id)
    home, trunk_problems = await home_trunk(session, new)
    caller = await session.scalar(
        select(CallerIdRow).where(CallerIdRow.number == new.caller_number)
    )
    problems = [*problems_of(new, script, contacts, caller), *trunk_problems]
    if problems or script is None or caller is None:
        raise InvalidInput("the campaign cannot be changed so", tuple(problems))
    row.kind, row.caller_id = script.kind, caller.id
    new = replace(new, name=new.name.strip())
    for each in fields(NewCampaign):
        if each.name not in ("caller_number", "trunk"):
            value = getattr(new, each.name)
            setattr(row, each.name, list(value) if isinstance(value, tuple) else value)
    row.trunk = home
    await session.flush()


def _copy_entry(copied: CampaignRow, origin: CampaignRow) -> CampaignHistoryRow:
    return CampaignHistoryRow(
        campaign_id=copied.id,
        at=copied.created_at,
        by=copied.created_by,
        event="create",
        from_state="",
        to_state=copied.state,
        reason=f"a copy of {origin.name}",
    )
