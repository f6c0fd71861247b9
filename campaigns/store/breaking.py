"""What an ended attempt does to its trunk's breaker, in the transaction that closes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.attempt import AttemptResult
from campaigns.breaker import FAILURES, BreakerEvent, BreakerPolicy, BreakerState, next_state
from campaigns.disposition import Disposition
from campaigns.store.tables import AttemptRow
from campaigns.store.trunk_tables import TrunkConditionRow


@dataclass(frozen=True, slots=True)
class BreakerMoved:
    """A breaker changed its state: an alarm when it opened. `calls` and `failed` within the
    window."""

    trunk: str
    state: BreakerState
    calls: int
    failed: int
    open_until: datetime | None


async def judge_trunk(
    session: AsyncSession, row: AttemptRow, result: AttemptResult, policy: BreakerPolicy
) -> BreakerMoved | None:
    """Move the breaker of an attempt's trunk as far as the attempt gives reason to."""
    failed = result.disposition in FAILURES
    seen = await session.execute(
        select(TrunkConditionRow.breaker, TrunkConditionRow.probe_id).where(
            TrunkConditionRow.trunk == row.trunk
        )
    )
    state, probe_id = seen.one()
    if state == BreakerState.HALF_OPEN and probe_id == row.id:
        return await _after_probe(session, row, result, policy, failed=failed)
    if state == BreakerState.CLOSED and failed:
        return await _after_failure(session, row, result.ended_at, policy)
    return None


async def _after_probe(
    session: AsyncSession,
    row: AttemptRow,
    result: AttemptResult,
    policy: BreakerPolicy,
    *,
    failed: bool,
) -> BreakerMoved | None:
    if result.disposition is Disposition.UNKNOWN:
        return None  # it tells nothing: the next call tries
    condition = await _lock(session, row.trunk)
    if condition.breaker != BreakerState.HALF_OPEN or condition.probe_id != row.id:
        return None
    if failed:
        return _open(condition, BreakerEvent.FAIL, result.ended_at, policy, (1, 1))
    condition.breaker = next_state(BreakerState.HALF_OPEN, BreakerEvent.SUCCEED).value
    condition.breaker_since, condition.open_until = result.ended_at, None
    condition.openings, condition.probe_id = 0, None
    return BreakerMoved(row.trunk, BreakerState.CLOSED, 1, 0, None)


async def _after_failure(
    session: AsyncSession, row: AttemptRow, now: datetime, policy: BreakerPolicy
) -> BreakerMoved | None:
    await session.flush()
    condition = await _lock(session, row.trunk)
    if condition.breaker != BreakerState.CLOSED:
        return None
    since = now - policy.window
    if condition.breaker_since is not None:
        since = max(since, condition.breaker_since)  # what was before it closed is forgiven
    names = [each.value for each in FAILURES]
    counted = await session.execute(
        select(func.count(), func.count().filter(AttemptRow.disposition.in_(names))).where(
            AttemptRow.trunk == row.trunk, AttemptRow.ended_at > since
        )
    )
    calls, failed = counted.one()
    if not policy.trips(calls, failed):
        return None
    return _open(condition, BreakerEvent.TRIP, now, policy, (calls, failed))


async def _lock(session: AsyncSession, trunk: str) -> TrunkConditionRow:
    return await session.get_one(
        TrunkConditionRow, trunk, with_for_update=True, populate_existing=True
    )


def _open(
    condition: TrunkConditionRow,
    event: BreakerEvent,
    now: datetime,
    policy: BreakerPolicy,
    counted: tuple[int, int],
) -> BreakerMoved:
    state = next_state(BreakerState(condition.breaker), event)
    condition.openings += 1
    condition.breaker, condition.breaker_since = state.value, now
    condition.open_until, condition.probe_id = now + policy.rest(condition.openings), None
    return BreakerMoved(condition.trunk, state, *counted, condition.open_until)
