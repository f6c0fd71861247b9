"""The transfer desk on PostgreSQL: begins transfers, claims agents, notes what came of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.caller_id_rule import check_caller_id
from campaigns.calling_hours import read_hours, read_zone
from campaigns.clock import Clock
from campaigns.errors import InvalidInput, NotFound
from campaigns.questionnaire.model import CampaignKind
from campaigns.refusal import Refusal
from campaigns.schedule import Schedule
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.lines import free_slot, take_line
from campaigns.store.tables import AttemptRow, CallerIdRow, CampaignRow, TrunkRow
from campaigns.store.transfer_tables import TransferAgentRow, TransferRow, TransferRuleRow
from campaigns.store.work_orders import read_calendar
from campaigns.transfers.planned import AgentCall, NoAgent, PlannedTransfer
from campaigns.transfers.rule import TransferMode, queue_user
from campaigns.transfers.state import RUNNING, TransferEvent, TransferState, next_state
from campaigns.trunk import is_loopback
from campaigns.vault import Vault

AGENT_PURPOSE = "agent-number"
_RUNNING = sorted(RUNNING)
_TRY_NUMBER = text("SELECT pg_try_advisory_xact_lock(hashtextextended(encode(:number, 'hex'), 0))")


class PostgresTransferDesk:
    """`campaigns.ports.TransferDesk` on PostgreSQL."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def begin(self, attempt_id: UUID, wish: str) -> PlannedTransfer | NoAgent:
        """Note that a person waits for a human. Raises NotFound for an unknown attempt."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            attempt = await session.get(AttemptRow, attempt_id)
            if attempt is None:
                raise NotFound(f"there is no attempt {attempt_id}")
            rule = await session.get(TransferRuleRow, attempt.campaign_id)
            if rule is None:
                return NoAgent("the campaign has no agents")
            if not attempt.rehearsal and not await at_work(session, rule, now):
                return NoAgent("the agents are not at work now")
            await session.execute(
                insert(TransferRow)
                .values(
                    attempt_id=attempt_id,
                    campaign_id=attempt.campaign_id,
                    wish=wish,
                    requested_at=now,
                )
                .on_conflict_do_nothing(index_elements=[TransferRow.attempt_id])
            )
            row = (
                await session.scalars(
                    select(TransferRow).where(TransferRow.attempt_id == attempt_id)
                )
            ).one()
            if row.state != TransferState.WAITING:
                return NoAgent(f"the person's transfer is {row.state} already")
            return PlannedTransfer(row.id, TransferMode(rule.mode), float(rule.ring_s))

    async def next_agent(self, transfer_id: UUID) -> AgentCall | NoAgent:
        """Claim the next agent who was not tried and is in no other call, and a line to ring
        them on; what was claimed before is given back. One transaction."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await _row(session, transfer_id)
            if row.state != TransferState.WAITING:
                return NoAgent(f"the transfer is {row.state}")
            await free_slot(session, row.id)
            row.agent_index = None
            await session.flush()
            attempt = await session.get_one(AttemptRow, row.attempt_id)
            rule = await session.get_one(TransferRuleRow, row.campaign_id)
            caller = await session.get_one(CallerIdRow, rule.caller_id)
            refusal = await _refusal(session, attempt, rule, caller, now)
            if refusal is not None:
                return NoAgent(refusal)
            number = await self._claim(session, row, rule)
            if isinstance(number, NoAgent):
                return number
            trunk = rows.trunk(await session.get_one(TrunkRow, rule.trunk), self._vault)
            line = await take_line(session, [trunk], row.id, now)
            if isinstance(line, Refusal):
                row.agent_index, row.tried = None, row.tried[:-1]
                return NoAgent(line.reason, busy=True)
            row.ringing_at, row.trunk = now, trunk.name
            return AgentCall(
                number, trunk.address(), caller.number, caller.display_name, rule.queue
            )

    async def move(self, transfer_id: UUID, event: TransferEvent, why: str = "") -> None:
        """Note what became of a transfer; telling it again changes nothing. Raises NotFound,
        Conflict."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await _row(session, transfer_id)
            if _happened(row, event):
                return
            settle(row, event, now, why)
            if row.state != TransferState.CONNECTED:
                await free_slot(session, row.id)

    async def _claim(
        self, session: AsyncSession, row: TransferRow, rule: TransferRuleRow
    ) -> str | NoAgent:
        """Return the number to be dialled and take it for this transfer."""
        if rule.queue:
            if row.tried:
                return NoAgent("the queue did not answer")
            row.tried = [0]
            row.agent_masked = queue_user(rule.queue)
            return row.agent_masked
        waiting = list(
            await session.scalars(
                select(TransferAgentRow)
                .where(
                    TransferAgentRow.campaign_id == row.campaign_id,
                    TransferAgentRow.position.not_in(row.tried),
                )
                .order_by(TransferAgentRow.position)
            )
        )
        for agent in waiting:
            if await _in_use(session, agent.number_index):
                continue
            row.agent_index, row.agent_masked = agent.number_index, agent.number_masked
            row.tried = [*row.tried, agent.position]
            return self._vault.open(agent.number_sealed, AGENT_PURPOSE).decode()
        if waiting:
            return NoAgent("all agents are in calls", busy=True)
        return NoAgent("no agent answered")


def settle(row: TransferRow, event: TransferEvent, now: datetime, why: str = "") -> None:
    """Move a transfer on."""
    row.state = next_state(TransferState(row.state), event).value
    if row.state == TransferState.CONNECTED:
        row.connected_at = now
        return
    row.ended_at = now
    row.failure = why


async def at_work(session: AsyncSession, rule: TransferRuleRow, now: datetime) -> bool:
    """Return whether a campaign's agents are at work."""
    schedule = await read_agents_schedule(session, rule, now)
    return schedule is not None and schedule.is_open(now)


async def read_agents_schedule(
    session: AsyncSession, rule: TransferRuleRow, now: datetime
) -> Schedule | None:
    """Return when a campaign's agents are at work; None when that cannot be read."""
    campaign = await session.get_one(CampaignRow, rule.campaign_id)
    try:
        hours, zone = read_hours(rule.hours), read_zone(campaign.time_zone)
    except InvalidInput:
        return None
    return Schedule(hours, zone, await read_calendar(session, now))


async def _refusal(
    session: AsyncSession,
    attempt: AttemptRow,
    rule: TransferRuleRow,
    caller: CallerIdRow,
    now: datetime,
) -> str | None:
    """Return the rule that forbids ringing an agent now: as for any call."""
    campaign = await session.get_one(CampaignRow, rule.campaign_id)
    trunk = await session.get_one(TrunkRow, rule.trunk)
    refused = check_caller_id(rows.caller_id(caller), CampaignKind(campaign.kind), now)
    if refused is not None:
        return refused.reason
    if attempt.rehearsal and not (trunk.rehearsal and is_loopback(trunk.host)):
        return f"trunk {trunk.name} is not for rehearsals: no agent's phone is rung for one"
    if not attempt.rehearsal and trunk.rehearsal:
        return f"trunk {trunk.name} is for rehearsals: no agent is on it"
    if not attempt.rehearsal and not await at_work(session, rule, now):
        return "the agents are not at work now"
    return None


async def _in_use(session: AsyncSession, number_index: bytes) -> bool:
    """Return whether a transfer rings or has this agent, or a call of ours is with them; who is
    being chosen by another transfer at this moment is in use, too."""
    if not await session.scalar(_TRY_NUMBER, {"number": number_index}):
        return True
    row = TransferRow
    rung = exists().where(row.agent_index == number_index, row.state.in_(_RUNNING))
    called = exists().where(AttemptRow.number_index == number_index, AttemptRow.state == "open")
    return bool(await session.scalar(select(rung | called)))


async def _row(session: AsyncSession, transfer_id: UUID) -> TransferRow:
    row = await session.get(TransferRow, transfer_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no transfer {transfer_id}")
    return row


def _happened(row: TransferRow, event: TransferEvent) -> bool:
    reached = {
        TransferEvent.CONNECT: TransferState.CONNECTED,
        TransferEvent.HAND_OVER: TransferState.HANDED_OVER,
        TransferEvent.END: TransferState.ENDED,
        TransferEvent.FAIL: TransferState.FAILED,
        TransferEvent.LEAVE: TransferState.ABANDONED,
    }
    return row.state == reached[event]
