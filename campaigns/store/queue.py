"""The queue of calls on PostgreSQL: tasks are claimed with SKIP LOCKED and fenced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, and_, text, update

from campaigns.attempt import AttemptResult, Lease, NotPlaced, PlannedAttempt
from campaigns.breaker import STANDARD_BREAKER, BreakerPolicy, BreakerState
from campaigns.clock import Clock
from campaigns.governor import STANDARD_POLICY, GovernorPolicy
from campaigns.store import closing, placing
from campaigns.store.breaking import BreakerMoved
from campaigns.store.case import lock_task
from campaigns.store.database import Database
from campaigns.store.tables import TaskRow
from campaigns.task import TaskState
from campaigns.vault import Vault
from campaigns.work_orders.deadline import STANDARD_DEADLINE, DeadlineRule

log = structlog.get_logger(__name__)

LEASE_S = 60.0
_RECENTLY = timedelta(minutes=1)
_MOST_RECENT = 500

# Due tasks first, promised ones before all others. Campaigns share the lines by weight: next is
# who has had the least for its weight, counting the calls going on and those of the last minute
# (of many only so many, so that counting stays cheap). So none starves, however small the batches,
# and a campaign that has nothing due leaves its share to the others. Then tasks whose lease ran out
# before a dial. A task that was dialled is left to the upkeep: it is never dialled again by itself.
# Rows are locked while they are chosen, so that no two workers choose the same.
_CLAIM = text(
    """
    WITH going_on AS MATERIALIZED (
        SELECT campaign_id, count(*) AS n FROM tasks WHERE state = 'leased' GROUP BY campaign_id
    ), due AS MATERIALIZED (
        SELECT t.id, t.next_at, p.priority,
               (h.had
                + row_number() OVER (PARTITION BY k.id, p.priority ORDER BY t.next_at, t.id)
               )::float / k.weight AS turn
        FROM campaigns k
        CROSS JOIN LATERAL (
            SELECT (SELECT count(*) FROM (
                        SELECT FROM attempts
                        WHERE campaign_id = k.id AND started_at > :recently LIMIT :most) a)
                   + coalesce((SELECT n FROM going_on WHERE campaign_id = k.id), 0) AS had
        ) h
        CROSS JOIN (VALUES (0::smallint), (1::smallint)) AS p (priority)
        CROSS JOIN LATERAL (
            SELECT id, next_at FROM tasks
            WHERE campaign_id = k.id AND priority = p.priority
              AND state = 'ready' AND next_at <= :now
            ORDER BY next_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
        ) t
        WHERE k.state = 'running' AND (k.closed_until IS NULL OR k.closed_until <= :now)
    ), lapsed AS MATERIALIZED (
        SELECT t.id, t.next_at, t.priority, 0 AS turn FROM tasks t
        WHERE t.state = 'leased' AND t.lease_until < :now
          AND NOT EXISTS (SELECT FROM attempts a WHERE a.task_id = t.id AND a.state = 'open')
        ORDER BY t.lease_until LIMIT :limit FOR UPDATE OF t SKIP LOCKED
    ), chosen AS (
        SELECT id FROM (SELECT * FROM due UNION ALL SELECT * FROM lapsed) c
        ORDER BY priority DESC, turn, next_at, id LIMIT :limit
    )
    UPDATE tasks SET state = 'leased', lease_owner = :worker, lease_until = :until,
                     fence = fence + 1
    FROM chosen WHERE tasks.id = chosen.id
    RETURNING tasks.id, tasks.campaign_id, tasks.fence
    """
)


class PostgresQueue:
    """`campaigns.ports.CallQueue` on PostgreSQL.

    Leases last `lease_s` seconds of the business clock: the clocks of several hosts must agree
    to within a few seconds (NTP).
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        *,
        policy: GovernorPolicy = STANDARD_POLICY,
        deadline: DeadlineRule = STANDARD_DEADLINE,
        breaker: BreakerPolicy = STANDARD_BREAKER,
        lease_s: float = LEASE_S,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._policy = policy
        self._deadline = deadline
        self._breaker = breaker
        self._lease = timedelta(seconds=lease_s)

    async def lease(self, worker: str, limit: int) -> Sequence[Lease]:
        """Claim up to `limit` due tasks of running campaigns."""
        now = self._clock.now()
        until = now + self._lease
        async with self._database.transaction() as session:
            claimed = await session.execute(
                _CLAIM,
                {
                    "now": now,
                    "until": until,
                    "limit": limit,
                    "worker": worker,
                    "recently": now - _RECENTLY,
                    "most": _MOST_RECENT,
                },
            )
            return [Lease(row.id, row.campaign_id, worker, row.fence, until) for row in claimed]

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        """Prolong the leases still held; those lost are missing from the answer."""
        until = self._clock.now() + self._lease
        kept: list[Lease] = []
        async with self._database.transaction() as session:
            for lease in sorted(leases, key=lambda lease: lease.task_id):
                held = await session.execute(
                    update(TaskRow).where(_held(lease)).values(lease_until=until)
                )
                if held.rowcount:  # type: ignore[attr-defined]
                    kept.append(
                        Lease(lease.task_id, lease.campaign_id, lease.worker, lease.fence, until)
                    )
        return kept

    async def release(self, lease: Lease) -> None:
        """Give a task back that was not dialled; does nothing when the lease is lost."""
        async with self._database.transaction() as session:
            task = await lock_task(session, lease)
            if task is not None and not await placing.has_open_attempt(session, lease.task_id):
                placing.give_back(task, at=task.next_at)

    async def start_attempt(self, lease: Lease) -> PlannedAttempt | NotPlaced:
        """Check every rule, claim a trunk slot and commit the attempt, in one transaction.

        Raises LeaseLost.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            placed = await placing.place(
                session, self._vault, self._policy, lease, now, now + self._lease
            )
        if isinstance(placed, PlannedAttempt):
            return placed
        if placed.stops_campaign:
            async with self._database.transaction() as session:
                await placing.stop_campaign(session, lease.campaign_id, placed.reason, now)
        elif placed.closes_campaign:
            async with self._database.transaction() as session:
                await placing.close_campaign(session, lease.campaign_id, placed.retry_at)
        return NotPlaced(placed.rule, placed.reason, placed.retry_at)

    async def finish(self, attempt: PlannedAttempt, result: AttemptResult) -> None:
        """Close the attempt, finish or reschedule its task, free the slot: one transaction.

        Idempotent. A result that arrives after the upkeep gave the attempt up as `unknown`
        takes that one's place. Raises LeaseLost.
        """
        async with self._database.transaction() as session:
            moved = await closing.close(
                session, attempt, result, self._policy, self._deadline, self._breaker
            )
        if moved is not None:
            _tell(moved)


def _tell(moved: BreakerMoved) -> None:
    """Raise the alarm when a trunk's breaker opened, and say when it closed."""
    if moved.state is BreakerState.CLOSED:
        log.warning("trunk_works_again", trunk=moved.trunk)
        return
    log.error(
        "trunk_broken",
        trunk=moved.trunk,
        calls=moved.calls,
        failed=moved.failed,
        open_until=str(moved.open_until),
        do="see `outbound trunk list`; calls go out over other trunks meanwhile, where named",
    )


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(
        TaskRow.id == lease.task_id,
        TaskRow.fence == lease.fence,
        TaskRow.state == TaskState.LEASED.value,
    )
