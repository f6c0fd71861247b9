"""Transfers as people set them up and look at them: the rules of campaigns, and who waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.caller_ids import plain_number
from campaigns.clock import Clock
from campaigns.errors import InvalidInput, NotFound, Problem
from campaigns.phone_number import mask
from campaigns.store.database import Database
from campaigns.store.tables import (
    AnswerRow,
    AttemptRow,
    CallerIdRow,
    CampaignRow,
    ContactRow,
    TrunkRow,
    UtteranceRow,
)
from campaigns.store.transfer_desk import AGENT_PURPOSE
from campaigns.store.transfer_tables import TransferAgentRow, TransferRow, TransferRuleRow
from campaigns.transfers.rule import TransferMode, TransferRule, check, plain_agent
from campaigns.transfers.state import TransferState
from campaigns.vault import Vault


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A campaign's rule for display: agents are masked."""

    campaign_id: UUID
    trunk: str
    caller_number: str
    agents: tuple[str, ...]
    queue: str
    mode: TransferMode
    ring_s: int
    hours: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """An answer so far."""

    question_id: str
    value: Any
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one side said so far."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer with the caller's context: what an agent needs to see while the phone rings."""

    id: UUID
    attempt_id: UUID
    campaign_id: UUID
    campaign: str
    state: TransferState
    number_masked: str
    agent_masked: str
    wish: str
    requested_at: datetime
    ringing_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    failure: str
    answers: tuple[Given, ...]
    transcript: tuple[Said, ...]


class Transfers:
    """Set the rules of campaigns and read transfers."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def put_rule(self, campaign_id: UUID, rule: TransferRule) -> ShownRule:
        """Let a campaign put people through like this from now on. Raises NotFound,
        InvalidInput."""
        rule = replace(
            rule,
            agents=tuple(plain_agent(each) for each in rule.agents),
            caller_number=plain_number(rule.caller_number),
        )
        check(rule)
        async with self._database.transaction() as session:
            if await session.get(CampaignRow, campaign_id) is None:
                raise NotFound(f"there is no campaign {campaign_id}")
            caller_id = await _known(session, rule)
            await session.execute(
                delete(TransferAgentRow).where(TransferAgentRow.campaign_id == campaign_id)
            )
            values = {
                "trunk": rule.trunk,
                "caller_id": caller_id,
                "queue": rule.queue,
                "mode": rule.mode.value,
                "ring_s": rule.ring_s,
                "hours": rule.hours,
            }
            await session.execute(
                insert(TransferRuleRow)
                .values(campaign_id=campaign_id, **values)
                .on_conflict_do_update(index_elements=[TransferRuleRow.campaign_id], set_=values)
            )
            session.add_all(
                self._agent(campaign_id, place, number)
                for place, number in enumerate(rule.agents, start=1)
            )
        return await self.rule(campaign_id)

    async def rule(self, campaign_id: UUID) -> ShownRule:
        """Return a campaign's rule. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(TransferRuleRow, campaign_id)
            if row is None:
                raise NotFound(f"campaign {campaign_id} puts nobody through")
            caller = await session.get_one(CallerIdRow, row.caller_id)
            agents = await session.scalars(
                select(TransferAgentRow.number_masked)
                .where(TransferAgentRow.campaign_id == campaign_id)
                .order_by(TransferAgentRow.position)
            )
            return ShownRule(
                campaign_id,
                row.trunk,
                caller.number,
                tuple(agents),
                row.queue,
                TransferMode(row.mode),
                row.ring_s,
                row.hours,
            )

    async def drop_rule(self, campaign_id: UUID) -> None:
        """Let a campaign put nobody through any more. Raises NotFound."""
        await self.rule(campaign_id)
        async with self._database.transaction() as session:
            await session.execute(
                delete(TransferRuleRow).where(TransferRuleRow.campaign_id == campaign_id)
            )

    async def list(
        self, state: TransferState | None = None, *, limit: int = 100
    ) -> tuple[Transfer, ...]:
        """Return transfers, the newest first, with what was said and answered so far."""
        query = _QUERY.order_by(TransferRow.requested_at.desc()).limit(limit)
        if state is not None:
            query = query.where(TransferRow.state == state.value)
        async with self._database.transaction() as session:
            found = (await session.execute(query)).all()
            return tuple([await _transfer(session, *each) for each in found])

    async def get(self, transfer_id: UUID) -> Transfer:
        """Return one transfer. Raises NotFound."""
        async with self._database.transaction() as session:
            found = (
                await session.execute(_QUERY.where(TransferRow.id == transfer_id))
            ).one_or_none()
            if found is None:
                raise NotFound(f"there is no transfer {transfer_id}")
            return await _transfer(session, *found)

    def _agent(self, campaign_id: UUID, place: int, number: str) -> TransferAgentRow:
        return TransferAgentRow(
            campaign_id=campaign_id,
            position=place,
            number_sealed=self._vault.seal(number.encode(), AGENT_PURPOSE),
            number_index=self._vault.index(number),
            number_masked=mask(number),
        )


_QUERY = (
    select(
        TransferRow,
        CampaignRow.name,
        func.coalesce(func.nullif(AttemptRow.number_masked, ""), ContactRow.number_masked),
    )
    .join(CampaignRow, CampaignRow.id == TransferRow.campaign_id)
    .join(AttemptRow, AttemptRow.id == TransferRow.attempt_id)
    .join(ContactRow, ContactRow.id == AttemptRow.contact_id)
)


async def _transfer(session: AsyncSession, row: TransferRow, campaign: str, who: str) -> Transfer:
    answers = await session.scalars(
        select(AnswerRow)
        .where(AnswerRow.attempt_id == row.attempt_id, ~AnswerRow.superseded)
        .order_by(AnswerRow.id)
    )
    said = await session.scalars(
        select(UtteranceRow)
        .where(UtteranceRow.attempt_id == row.attempt_id)
        .order_by(UtteranceRow.start_s, UtteranceRow.id)
    )
    return Transfer(
        id=row.id,
        attempt_id=row.attempt_id,
        campaign_id=row.campaign_id,
        campaign=campaign,
        state=TransferState(row.state),
        number_masked=who,
        agent_masked=row.agent_masked,
        wish=row.wish,
        requested_at=row.requested_at,
        ringing_at=row.ringing_at,
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        failure=row.failure,
        answers=tuple(Given(each.question_id, each.value, each.words) for each in answers),
        transcript=tuple(Said(each.speaker, each.text) for each in said),
    )


async def _known(session: AsyncSession, rule: TransferRule) -> UUID:
    """Return the caller ID's row. Raises InvalidInput when it or the trunk is not known."""
    caller_id: UUID | None = await session.scalar(
        select(CallerIdRow.id).where(CallerIdRow.number == rule.caller_number)
    )
    problems = []
    if await session.get(TrunkRow, rule.trunk) is None:
        problems.append(Problem(f"there is no trunk {rule.trunk!r}"))
    if caller_id is None:
        problems.append(Problem(f"caller number {rule.caller_number} is not in the registry"))
    if problems or caller_id is None:
        raise InvalidInput("people cannot be put through like this", tuple(problems))
    return caller_id
