"""Upkeep: what a crash left behind is closed, and campaigns with nothing left to do finish."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select, text

from campaigns.campaign import CampaignEvent, CampaignState, next_state
from campaigns.clock import Clock
from campaigns.store import work_orders
from campaigns.store.closing import give_up
from campaigns.store.database import Database
from campaigns.store.lines import free_slot
from campaigns.store.tables import AttemptRow, CampaignRow, TaskRow
from campaigns.work_orders.deadline import STANDARD_DEADLINE, DeadlineRule

_BATCH = 100


@dataclass(frozen=True, slots=True)
class UpkeepReport:
    """How many attempts were given up as `unknown`, slots freed that no open call held, and
    campaigns finished."""

    unknown: int
    slots: int
    finished: int


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
            slots=await self._free_orphan_slots(),
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

    async def _free_orphan_slots(self) -> int:
        orphans = text(
            """
            UPDATE trunk_slots s SET attempt_id = NULL
            WHERE s.attempt_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM attempts a WHERE a.id = s.attempt_id AND a.state = 'open')
            """
        )
        async with self._database.transaction() as session:
            freed = await session.execute(orphans)
            return int(freed.rowcount)  # type: ignore[attr-defined]

    async def _finish_campaigns(self) -> int:
        waiting = exists().where(
            TaskRow.campaign_id == CampaignRow.id, TaskRow.state.in_(("ready", "leased"))
        )
        idle = (
            select(CampaignRow)
            .where(CampaignRow.state == CampaignState.RUNNING.value, ~waiting)
            .with_for_update(skip_locked=True)
        )
        async with self._database.transaction() as session:
            campaigns = list(await session.scalars(idle))
            for campaign in campaigns:
                campaign.state = next_state(CampaignState.RUNNING, CampaignEvent.FINISH)
                campaign.finished_at = self._clock.now()
        return len(campaigns)
