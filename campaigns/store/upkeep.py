"""Upkeep: what a crash left behind is closed, and campaigns with nothing left to do finish."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, or_, select, text

from campaigns.campaign import CampaignEvent, CampaignState
from campaigns.clock import Clock
from campaigns.store import work_orders
from campaigns.store.campaign_moves import move
from campaigns.store.closing import give_up
from campaigns.store.database import Database
from campaigns.store.lines import free_slot
from campaigns.store.tables import AttemptRow, CampaignRow, TaskRow
from campaigns.work_orders.deadline import STANDARD_DEADLINE, DeadlineRule

_BATCH = 100
_MOST_CLOSED = 20_000
_MAY_EXPIRE = (
    CampaignState.PREPARING,
    CampaignState.SCHEDULED,
    CampaignState.RUNNING,
    CampaignState.PAUSED,
    CampaignState.FAILED,
)
_CLOSE_WAITING = text(
    """
    UPDATE tasks SET state = 'finished', disposition = coalesce(disposition, 'campaign_over'),
                     note = 'the campaign was over before the call'
    WHERE id IN (
        SELECT t.id FROM tasks t JOIN campaigns k ON k.id = t.campaign_id
        WHERE k.state = 'finishing' AND t.state = 'ready'
        LIMIT :most FOR UPDATE OF t SKIP LOCKED)
    """
)


@dataclass(frozen=True, slots=True)
class UpkeepReport:
    """How many attempts were given up as `unknown`, transfers ended whose call was over, slots
    freed that no open call held, and campaigns started, ended by their window, and finished."""

    unknown: int
    slots: int
    finished: int
    started: int = 0
    expired: int = 0
    transfers: int = 0


class Upkeep:
    """Run every few seconds by the planner; safe to run in several places at once."""

    def __init__(
        self, database: Database, clock: Clock, deadline: DeadlineRule = STANDARD_DEADLINE
    ) -> None:
        self._database = database
        self._clock = clock
        self._deadline = deadline

    async def run(self) -> UpkeepReport:
        """Do everything that is due now."""
        return UpkeepReport(
            unknown=await self._give_up_lost_calls(),
            transfers=await self._end_lost_transfers(),
            slots=await self._free_orphan_slots(),
            started=await self._start_campaigns(),
            expired=await self._expire_campaigns(),
            finished=await self._finish_campaigns(),
        )

    async def _give_up_lost_calls(self) -> int:
        """Close attempts whose worker is gone as `unknown`: counted, shown, not called again."""
        now = self._clock.now()
        lost = (
            select(TaskRow)
            .where(
                TaskRow.state == "leased",
                TaskRow.lease_until < now,
                exists().where(AttemptRow.task_id == TaskRow.id, AttemptRow.state == "open"),
            )
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        async with self._database.transaction() as session:
            tasks = list(await session.scalars(lost))
            for task in tasks:
                attempts = await session.scalars(
                    select(AttemptRow)
                    .where(AttemptRow.task_id == task.id, AttemptRow.state == "open")
                    .with_for_update()
                )
                row = attempts.one()
                give_up(task, row, now)
                await free_slot(session, row.id)
                await work_orders.take_loss(session, row, now, self._deadline)
        return len(tasks)

    async def _end_lost_transfers(self) -> int:
        """End transfers whose call is over: the agents are free again."""
        lost = text(
            """
            UPDATE transfers t
            SET state = CASE t.state WHEN 'connected' THEN 'ended' ELSE 'abandoned' END,
                ended_at = :now, failure = 'the call ended without a word about it'
            WHERE t.state IN ('waiting', 'connected') AND NOT EXISTS (
                SELECT FROM attempts a WHERE a.id = t.attempt_id AND a.state = 'open')
            """
        )
        async with self._database.transaction() as session:
            ended = await session.execute(lost, {"now": self._clock.now()})
            return int(ended.rowcount)  # type: ignore[attr-defined]

    async def _free_orphan_slots(self) -> int:
        orphans = text(
            """
            UPDATE trunk_slots s SET attempt_id = NULL
            WHERE s.attempt_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM attempts a WHERE a.id = s.attempt_id AND a.state = 'open')
            AND NOT EXISTS (
                SELECT FROM transfers t WHERE t.id = s.attempt_id
                AND t.state IN ('waiting', 'connected'))
            """
        )
        async with self._database.transaction() as session:
            freed = await session.execute(orphans)
            return int(freed.rowcount)  # type: ignore[attr-defined]

    async def _start_campaigns(self) -> int:
        """Let campaigns run whose first day has come."""
        now = self._clock.now()
        due = (
            select(CampaignRow)
            .where(
                CampaignRow.state == CampaignState.SCHEDULED.value,
                or_(CampaignRow.not_before.is_(None), CampaignRow.not_before <= now),
            )
            .with_for_update(skip_locked=True)
        )
        async with self._database.transaction() as session:
            campaigns = list(await session.scalars(due))
            for campaign in campaigns:
                move(session, campaign, CampaignEvent.START, now)
        return len(campaigns)

    async def _expire_campaigns(self) -> int:
        """Wind up campaigns whose window is over."""
        now = self._clock.now()
        over = (
            select(CampaignRow)
            .where(CampaignRow.state.in_(_MAY_EXPIRE), CampaignRow.not_after <= now)
            .with_for_update(skip_locked=True)
        )
        async with self._database.transaction() as session:
            campaigns = list(await session.scalars(over))
            for campaign in campaigns:
                reason = f"its window ended at {campaign.not_after:%Y-%m-%d %H:%M} UTC"
                move(session, campaign, CampaignEvent.WIND_UP, now, reason=reason)
                campaign.failure = reason
        return len(campaigns)

    async def _finish_campaigns(self) -> int:
        """Close what waits in campaigns that are winding up; finish those with nothing left."""
        async with self._database.transaction() as session:
            await session.execute(_CLOSE_WAITING, {"most": _MOST_CLOSED})
        waiting = exists().where(
            TaskRow.campaign_id == CampaignRow.id, TaskRow.state.in_(("ready", "leased"))
        )
        at_work = (CampaignState.RUNNING.value, CampaignState.FINISHING.value)
        idle = (
            select(CampaignRow)
            .where(CampaignRow.state.in_(at_work), ~waiting)
            .with_for_update(skip_locked=True)
        )
        now = self._clock.now()
        async with self._database.transaction() as session:
            campaigns = list(await session.scalars(idle))
            for campaign in campaigns:
                move(session, campaign, CampaignEvent.FINISH, now)
                campaign.finished_at = now
        return len(campaigns)
