"""Attempts of which nobody knows how they ended: shown, and released by a person only."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from campaigns.campaign import NO_MORE_CALLS, CampaignState
from campaigns.clock import Clock
from campaigns.disposition import Disposition
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.results import Attempt, Results
from campaigns.store.database import Database
from campaigns.store.tables import AttemptEventRow, AttemptRow, CampaignRow, TaskRow
from campaigns.task import TaskEvent, TaskState, next_state

RELEASED = "released"
"""The kind of event that is kept with a released attempt."""


class UnknownAttempts:
    """A dialer died during these calls, or lost sight of them: the person may have been called
    and talked to, so the service never calls them again by itself."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._results = Results(database)

    async def list(self, campaign_id: UUID | None = None, limit: int = 100) -> tuple[Attempt, ...]:
        """Return those nobody has decided on, the newest first."""
        query = (
            select(AttemptRow.id)
            .join(TaskRow, TaskRow.id == AttemptRow.task_id)
            .where(
                AttemptRow.disposition == Disposition.UNKNOWN.value,
                AttemptRow.state == "closed",
                TaskRow.state == TaskState.FINISHED.value,
                TaskRow.disposition == Disposition.UNKNOWN.value,
            )
            .order_by(AttemptRow.started_at.desc(), AttemptRow.id)
            .limit(limit)
        )
        if campaign_id is not None:
            query = query.where(AttemptRow.campaign_id == campaign_id)
        async with self._database.transaction() as session:
            found = list(await session.scalars(query))
        return tuple([await self._results.attempt(each) for each in found])

    async def release(self, attempt_id: UUID, reason: str, by: str) -> Attempt:
        """Let the person of an unknown attempt be called again; every other rule still holds, and
        the unknown call counts as one. Raises NotFound, Conflict, InvalidInput."""
        if not reason.strip():
            raise InvalidInput("a release needs a reason: say how you know that a call is right")
        async with self._database.transaction() as session:
            known = await session.get(AttemptRow, attempt_id)
            if known is None:
                raise NotFound(f"there is no attempt {attempt_id}")
            # In the order every transaction locks: campaign, task, attempt.
            campaign = await session.get_one(
                CampaignRow, known.campaign_id, with_for_update={"read": True}
            )
            task = await session.get_one(
                TaskRow, known.task_id, with_for_update=True, populate_existing=True
            )
            row = await session.get_one(
                AttemptRow, attempt_id, with_for_update=True, populate_existing=True
            )
            newest = await session.scalar(
                select(func.max(AttemptRow.ordinal)).where(AttemptRow.task_id == task.id)
            )
            _check(row, task, campaign, newest)
            now = self._clock.now()
            task.state = next_state(TaskState(task.state), TaskEvent.REOPEN).value
            task.tried_trunks = []
            task.next_at, task.note = now, f"released by {by or 'somebody'}: {reason.strip()}"
            session.add(
                AttemptEventRow(
                    attempt_id=row.id,
                    at=now,
                    kind=RELEASED,
                    data={"by": by, "reason": reason.strip()},
                )
            )
        return await self._results.attempt(attempt_id)


def _check(row: AttemptRow, task: TaskRow, campaign: CampaignRow, newest: int | None) -> None:
    if row.state != "closed" or row.disposition != Disposition.UNKNOWN:
        raise Conflict(f"attempt {row.id} is not unknown: it ended as {row.disposition or 'open'}")
    if task.state != TaskState.FINISHED or row.ordinal != newest:
        raise Conflict(f"attempt {row.id} was released before, or its person was called since")
    state = CampaignState(campaign.state)
    if state in NO_MORE_CALLS:
        raise Conflict(f"the campaign is {state.value}: call the person in another one")
    if task.attempts_made >= campaign.max_attempts:
        raise Conflict(
            f"its {campaign.max_attempts} attempts are used up: raise the campaign's max_attempts"
        )
