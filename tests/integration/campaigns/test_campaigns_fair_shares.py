"""Campaigns share the lines by weight, retries follow a campaign's own rules, promises go first."""

from __future__ import annotations

from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.campaign import Campaign
from campaigns.disposition import Disposition
from campaigns.errors import InvalidInput
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import draft, running_campaign


class Lines:
    """So many lines, always busy while something is due; a call lasts until it is the oldest."""

    def __init__(self, queue: PostgresQueue, clock: FakeClock, count: int) -> None:
        self.queue, self.clock, self.count = queue, clock, count
        self.calls: deque[PlannedAttempt] = deque()
        self.served: list[Any] = []

    async def serve(self, calls: int, batch: int) -> Counter[Any]:
        while len(self.served) < calls:
            if len(self.calls) >= self.count:
                await self._end(self.calls.popleft())
            room = min(batch, self.count - len(self.calls))
            leases = await self.queue.lease("worker", room)
            if not leases:
                break
            for lease in leases:
                attempt = await self.queue.start_attempt(lease)
                assert isinstance(attempt, PlannedAttempt)
                self.calls.append(attempt)
                self.served.append(lease.campaign_id)
        return Counter(self.served)

    async def _end(self, attempt: PlannedAttempt) -> None:
        self.clock.advance(3)
        await self.queue.finish(attempt, AttemptResult(Disposition.COMPLETED, self.clock.now()))


async def disjoint(
    database: Database, vault: Vault, clock: FakeClock, weights: tuple[int, ...], people: int
) -> list[Campaign]:
    """Campaigns with people of their own, the first one launched long before the others."""
    campaigns = []
    for place, weight in enumerate(weights):
        campaigns.append(
            await running_campaign(
                database, vault, clock, contacts=people, weight=weight, max_calls=20
            )
        )
        clock.advance(600)
        renumber = text(
            "UPDATE tasks SET number_index = number_index || CAST(:mark AS bytea) "
            "WHERE campaign_id = :id"
        )
        same = text(
            "UPDATE contacts SET number_index = number_index || CAST(:mark AS bytea) "
            "WHERE list_id = :id"
        )
        mark = bytes([place])
        async with database.transaction() as session:
            await session.execute(renumber, {"mark": mark, "id": campaigns[-1].id})
            await session.execute(same, {"mark": mark, "id": campaigns[-1].contact_list_id})
    return campaigns


@pytest.mark.parametrize(("lines", "batch"), [(8, 1), (8, 8), (1, 1)])
async def test_the_lines_are_shared_by_weight(
    database: Database, vault: Vault, clock: FakeClock, lines: int, batch: int
) -> None:
    weights = (1, 2, 5)
    campaigns = await disjoint(database, vault, clock, weights, people=50)
    shared = Lines(PostgresQueue(database, vault, clock), clock, lines)
    served = await shared.serve(64, batch)
    for campaign, weight in zip(campaigns, weights, strict=True):
        assert abs(served[campaign.id] - 8 * weight) <= 6, served


async def test_who_has_nothing_due_leaves_the_lines_to_others(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    small, large = await disjoint(database, vault, clock, (10, 1), people=12)
    async with database.transaction() as session:
        later = text(
            "UPDATE tasks SET next_at = next_at + interval '1 day' WHERE campaign_id = :id"
        )
        await session.execute(later, {"id": small.id})
    served = await Lines(PostgresQueue(database, vault, clock), clock, 4).serve(12, 4)
    assert served == {large.id: 12}


async def test_a_promise_goes_before_a_heavy_campaign(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    light, heavy = await disjoint(database, vault, clock, (1, 10), people=3)
    queue = PostgresQueue(database, vault, clock)
    async with database.transaction() as session:
        promise = text(
            "UPDATE tasks SET priority = 1 WHERE id = "
            "(SELECT id FROM tasks WHERE campaign_id = :id ORDER BY id LIMIT 1)"
        )
        await session.execute(promise, {"id": light.id})
    (first,) = await queue.lease("worker", 1)
    assert first.campaign_id == light.id
    (second,) = await queue.lease("worker", 1)
    assert second.campaign_id == heavy.id


async def test_a_campaigns_own_retry(database: Database, vault: Vault, clock: FakeClock) -> None:
    await Trunks(database, vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
    wishes = {"contacts": 1, "trunk": "carrier", "max_attempts": 5}
    retry = {"no_answer": {"most": 2}}
    campaign = await running_campaign(database, vault, clock, retry=retry, **wishes)
    assert campaign.retry == retry
    queue = PostgresQueue(database, vault, clock)
    due = []
    for _ in range(2):
        (lease,) = await queue.lease("worker", 1)
        attempt = await queue.start_attempt(lease)
        assert isinstance(attempt, PlannedAttempt)
        await queue.finish(attempt, AttemptResult(Disposition.NO_ANSWER, clock.now()))
        async with database.transaction() as session:
            due.append(await session.scalar(text("SELECT next_at FROM tasks WHERE state='ready'")))
        clock.at = due[-1] or clock.at
    assert due == [datetime(2026, 3, 2, 6, 30, tzinfo=UTC), None]
    with pytest.raises(InvalidInput, match="cannot be made"):
        await draft(database, vault, clock, retry={"refused": {"most": 2}})
    with pytest.raises(InvalidInput, match="weight"):
        await draft(database, vault, clock, weight=11)


async def test_a_retry_prefers_an_hour_that_was_not_tried(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    await Trunks(database, vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
    await running_campaign(database, vault, clock, contacts=1, trunk="carrier", max_attempts=5)
    queue = PostgresQueue(database, vault, clock)
    hours = []
    for _ in range(4):
        hours.append((clock.now() + timedelta(hours=8)).strftime("%d %H:%M"))
        (lease,) = await queue.lease("worker", 1)
        attempt = await queue.start_attempt(lease)
        assert isinstance(attempt, PlannedAttempt)
        clock.advance(30)
        await queue.finish(attempt, AttemptResult(Disposition.POWERED_OFF, clock.now()))
        async with database.transaction() as session:
            clock.at = await session.scalar(text("SELECT next_at FROM tasks"))
    assert hours == ["02 10:00", "02 14:30", "03 09:00", "03 16:00"]
