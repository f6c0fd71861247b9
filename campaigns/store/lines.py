"""Taking a line out: the first trunk that may carry a call now, its pace and one of its slots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns import gate
from campaigns.breaker import BreakerEvent, BreakerState, next_state
from campaigns.refusal import Refusal
from campaigns.store.tables import AttemptRow, TrunkSlotRow
from campaigns.store.trunk_tables import TrunkConditionRow
from campaigns.trunk import Trunk
from campaigns.trunk_health import Health, Ping, PingRecord


@dataclass(frozen=True, slots=True)
class Line:
    """A slot of a trunk, taken."""

    trunk: Trunk
    slot: int


async def take_line(
    session: AsyncSession, candidates: Sequence[Trunk], attempt_id: UUID, now: datetime
) -> Line | Refusal:
    """Take a slot of the first candidate that is healthy, not too fast and not full.

    The refusal is that of the trunk that may be tried again soonest. The conditions of all
    candidates are locked in the order of names until the transaction ends, so that no two
    dialers count on the same turn.
    """
    conditions = await _locked(session, candidates)
    refusals: list[Refusal] = []
    for trunk in candidates:
        condition = conditions[trunk.name]
        refusal = await _forbidden(session, trunk, condition, now)
        if refusal is None:
            slot = await _claim_slot(session, trunk, attempt_id)
            if slot is not None:
                _set_out(trunk, condition, attempt_id, now)
                return Line(trunk, slot)
            refusal = gate.no_slot(now, trunk.name)
        refusals.append(refusal)
    return min(refusals, key=lambda each: each.retry_at or now)


async def free_slot(session: AsyncSession, attempt_id: UUID) -> None:
    """Give the trunk slot of an attempt back."""
    await session.execute(
        update(TrunkSlotRow)
        .where(TrunkSlotRow.attempt_id == attempt_id)
        .values(attempt_id=None)
        .execution_options(synchronize_session=False)
    )


def pings_of(condition: TrunkConditionRow) -> PingRecord:
    """Read what is known of a trunk from its pings."""
    last = None
    if condition.pinged_at is not None:
        alive = condition.ping_misses == 0
        last = Ping(condition.pinged_at, alive, condition.ping_detail, condition.ping_s or 0.0)
    return PingRecord(Health(condition.health), condition.ping_misses, last)


async def _locked(
    session: AsyncSession, candidates: Sequence[Trunk]
) -> dict[str, TrunkConditionRow]:
    found = await session.scalars(
        select(TrunkConditionRow)
        .where(TrunkConditionRow.trunk.in_([trunk.name for trunk in candidates]))
        .order_by(TrunkConditionRow.trunk)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.trunk: row for row in found}


async def _forbidden(
    session: AsyncSession, trunk: Trunk, condition: TrunkConditionRow, now: datetime
) -> Refusal | None:
    match BreakerState(condition.breaker):
        case BreakerState.OPEN if condition.open_until and now < condition.open_until:
            return gate.trunk_broken(trunk.name, condition.open_until)
        case BreakerState.HALF_OPEN if await _is_open(session, condition.probe_id):
            return gate.trunk_tried(now, trunk.name)
    if pings_of(condition).is_down(now, trunk.options_every_s):
        return gate.trunk_down(now, trunk.name, condition.ping_detail)
    if condition.next_call_at is not None and now < condition.next_call_at:
        return gate.trunk_pace(now, trunk.name, condition.next_call_at)
    return None


async def _is_open(session: AsyncSession, attempt_id: UUID | None) -> bool:
    """Whether a probe is still out; one lost with its dialer is replaced."""
    is_open = exists().where(AttemptRow.id == attempt_id, AttemptRow.state == "open")
    return bool(await session.scalar(select(is_open)))


def _set_out(trunk: Trunk, condition: TrunkConditionRow, attempt_id: UUID, now: datetime) -> None:
    """Note the call: the next one comes a gap later, and an open breaker waits for this one."""
    state = BreakerState(condition.breaker)
    if state is not BreakerState.CLOSED:
        condition.breaker = next_state(state, BreakerEvent.PROBE).value
        condition.probe_id = attempt_id
    condition.next_call_at = (
        now + timedelta(seconds=1.0 / trunk.calls_per_second) if trunk.calls_per_second else None
    )


async def _claim_slot(session: AsyncSession, trunk: Trunk, attempt_id: UUID) -> int | None:
    free = (
        select(TrunkSlotRow.slot)
        .where(
            TrunkSlotRow.trunk == trunk.name,
            TrunkSlotRow.attempt_id.is_(None),
            TrunkSlotRow.slot <= trunk.max_calls,
        )
        .order_by(TrunkSlotRow.slot)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    slot: int | None = await session.scalar(
        update(TrunkSlotRow)
        .where(TrunkSlotRow.trunk == trunk.name, TrunkSlotRow.slot == free.scalar_subquery())
        .values(attempt_id=attempt_id)
        .returning(TrunkSlotRow.slot)
        .execution_options(synchronize_session=False)
    )
    return slot
