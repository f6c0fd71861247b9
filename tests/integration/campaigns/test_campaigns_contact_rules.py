"""The rules of when and whom, as the queue keeps them on a trunk to real telephones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from campaigns.attempt import AttemptResult, NotPlaced, PlannedAttempt
from campaigns.calendar import DayKind
from campaigns.calendar_overrides import CalendarOverrides
from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_book import CampaignBook
from campaigns.disposition import Disposition
from campaigns.errors import InvalidInput
from campaigns.governor import GovernorPolicy
from campaigns.outcome_rates import Cases
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.upkeep import Upkeep
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import draft, running_campaign

NO_GAP = GovernorPolicy(gap=timedelta(0))


class Hotline:
    """Campaigns on a carrier's trunk, and a queue that dials them."""

    def __init__(self, database: Database, vault: Vault, clock: FakeClock) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.book = CampaignBook(database, vault, clock)
        self.queue = PostgresQueue(database, vault, clock)

    async def campaign(self, **wishes: Any) -> Campaign:
        await Trunks(self.database, self.vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
        wishes = {"contacts": 1, "trunk": "carrier", **wishes}
        campaign = await running_campaign(self.database, self.vault, self.clock, **wishes)
        self.clock.advance(1)
        return campaign

    async def next(self) -> PlannedAttempt | NotPlaced | None:
        """What comes of the next due task; None: nothing is due."""
        leases = await self.queue.lease("worker", 1)
        return await self.queue.start_attempt(leases[0]) if leases else None

    async def call(self, disposition: Disposition, **more: Any) -> None:
        attempt = await self.next()
        assert isinstance(attempt, PlannedAttempt), attempt
        self.clock.advance(1)
        await self.queue.finish(attempt, AttemptResult(disposition, self.clock.now(), **more))

    async def due(self) -> datetime:
        async with self.database.transaction() as session:
            found = await session.scalar(text("SELECT min(next_at) FROM tasks WHERE state='ready'"))
        assert isinstance(found, datetime)
        return found


@pytest.fixture
def hotline(database: Database, vault: Vault, clock: FakeClock) -> Hotline:
    return Hotline(database, vault, clock)


async def refused(hotline: Hotline) -> NotPlaced:
    answer = await hotline.next()
    assert isinstance(answer, NotPlaced), answer
    return answer


async def test_a_retry_is_moved_past_gap_lunch_and_the_days_limit(hotline: Hotline) -> None:
    await hotline.campaign(max_attempts=5)
    await hotline.call(Disposition.BUSY)  # at 10:00: 20 minutes, the gap of two hours, lunch
    assert await hotline.due() == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    hotline.clock.at = await hotline.due()
    await hotline.call(Disposition.BUSY)
    assert await hotline.due() == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


async def test_no_case_gets_more_than_five_attempts(hotline: Hotline) -> None:
    campaign = await hotline.campaign(max_attempts=20)
    for _ in range(4):
        await hotline.call(Disposition.NO_ANSWER)
        hotline.clock.at = await hotline.due()
    await hotline.call(Disposition.NO_ANSWER)
    assert (await hotline.book.status(campaign.id)).tasks == {"finished": 1}


async def test_the_limits_hold_over_all_campaigns(hotline: Hotline) -> None:
    await hotline.campaign()
    await hotline.campaign()
    await hotline.call(Disposition.BUSY)
    answer = await refused(hotline)
    assert answer.rule == "contact_governor"
    assert answer.retry_at == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


async def test_two_campaigns_at_the_same_moment_make_one_call(hotline: Hotline) -> None:
    for _ in range(3):
        await hotline.campaign()
    leases = await hotline.queue.lease("worker", 3)

    async def dial(at: int) -> bool:
        answer = await hotline.queue.start_attempt(leases[at])
        if not isinstance(answer, PlannedAttempt):
            return False
        await hotline.queue.finish(
            answer, AttemptResult(Disposition.BUSY, hotline.clock.now(), sip_code=486)
        )
        return True

    assert sum(await asyncio.gather(*(dial(at) for at in range(3)))) == 1


async def test_congestion_is_no_attempt(hotline: Hotline) -> None:
    await hotline.campaign()
    await hotline.campaign()
    await hotline.call(Disposition.CONGESTION)
    await hotline.call(Disposition.BUSY)


async def test_rehearsals_neither_count_nor_wait(hotline: Hotline) -> None:
    for _ in range(3):
        await hotline.campaign(trunk="rehearsal")
    await hotline.campaign()
    for _ in range(4):
        await hotline.call(Disposition.COMPLETED)


async def test_after_a_survey_a_person_is_asked_nothing_for_ninety_days(hotline: Hotline) -> None:
    await hotline.campaign()
    await hotline.call(Disposition.COMPLETED)
    hotline.clock.advance(28 * 86400)
    second = await hotline.campaign()
    answer = await refused(hotline)
    assert (answer.rule, answer.retry_at) == ("survey_rest", None)
    assert (await hotline.book.status(second.id)).outcomes == {"survey_rest": 1}
    hotline.clock.at = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    await hotline.campaign()
    assert isinstance(await hotline.next(), PlannedAttempt)


async def test_a_promise_is_kept_to_the_minute_and_before_all_others(hotline: Hotline) -> None:
    await hotline.campaign(contacts=1)
    promise = hotline.clock.now() + timedelta(minutes=25)
    await hotline.call(Disposition.CALL_LATER, call_later_at=promise)
    await hotline.campaign(contacts=3)
    assert await hotline.due() < promise
    hotline.clock.at = promise
    attempt = await hotline.next()
    assert isinstance(attempt, PlannedAttempt)
    assert attempt.ordinal == 2


async def test_a_big_campaign_does_not_starve_a_small_one(hotline: Hotline) -> None:
    await hotline.campaign(contacts=20)
    small = await hotline.campaign(contacts=2)
    leases = await hotline.queue.lease("worker", 4)
    assert sum(lease.campaign_id == small.id for lease in leases) == 2


async def test_outside_the_hours_nothing_is_leased_again_and_again(hotline: Hotline) -> None:
    await hotline.campaign(contacts=3)
    hotline.clock.at = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon
    assert (await refused(hotline)).rule == "calling_hours"
    assert await hotline.next() is None
    hotline.clock.at = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    for _ in range(3):
        assert isinstance(await hotline.next(), PlannedAttempt)


async def test_a_launch_in_the_evening_is_due_in_the_morning(hotline: Hotline) -> None:
    hotline.clock.at = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # Friday evening
    await hotline.campaign()
    assert await hotline.due() == datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


async def test_an_override_closes_the_day(hotline: Hotline, tmp_path: Path) -> None:
    await hotline.campaign()
    file = tmp_path / "days.csv"
    overrides = CalendarOverrides(hotline.database)
    for kind in ("workday", "holiday"):
        file.write_text(f"date,kind,note\n2026-03-02,{kind},台风\n")
        assert await overrides.import_file(file) == 1
    assert [each.kind for each in await overrides.list()] == [DayKind.HOLIDAY]
    answer = await refused(hotline)
    assert answer.retry_at == datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


async def test_days_the_calendar_does_not_know_stop_the_campaign(hotline: Hotline) -> None:
    campaign = await hotline.campaign()
    hotline.clock.at = datetime(2027, 3, 2, 2, 0, tzinfo=UTC)
    assert (await refused(hotline)).rule == "calendar"
    stored = await hotline.book.get(campaign.id)
    assert stored.state is CampaignState.PAUSED
    assert "outbound calendar import" in (stored.failure or "")
    with pytest.raises(InvalidInput, match="calendar"):
        await hotline.campaign()


async def test_the_campaigns_window_holds(hotline: Hotline, vault: Vault) -> None:
    now = hotline.clock.now()
    begin, end = now + timedelta(hours=1), now + timedelta(days=1)
    campaign = await hotline.campaign(contacts=2, not_before=begin, not_after=end)
    assert await hotline.due() == begin
    hotline.clock.at = begin
    assert await hotline.next() is None  # the planner has not started it yet
    assert (await Upkeep(hotline.database, hotline.clock).run()).started == 1
    await hotline.call(Disposition.OUT_OF_SERVICE)  # a week later the window is over
    assert (await hotline.book.status(campaign.id)).tasks == {"finished": 1, "ready": 1}
    hotline.clock.at = end
    answer = await refused(hotline)
    assert (answer.rule, answer.retry_at) == ("campaign_window", None)
    with pytest.raises(InvalidInput, match="not_after"):
        await hotline.campaign(not_after=now)
    with pytest.raises(InvalidInput, match="not_before"):
        await draft(hotline.database, vault, hotline.clock, not_before=end, not_after=begin)


async def test_the_installation_sets_the_limits(
    hotline: Hotline, database: Database, vault: Vault, clock: FakeClock
) -> None:
    hotline.queue = PostgresQueue(database, vault, clock, policy=NO_GAP)
    await hotline.campaign()
    await hotline.call(Disposition.BUSY)
    assert await hotline.due() == clock.now() + timedelta(minutes=20)


async def test_the_status_shows_the_outcome_rates(hotline: Hotline) -> None:
    campaign = await hotline.campaign(contacts=4, trunk="rehearsal")
    for disposition in (Disposition.COMPLETED, Disposition.REFUSED, Disposition.CALL_LATER):
        await hotline.call(disposition)
    hotline.clock.advance(3 * 3600)
    for _ in range(2):  # the one never called, and the one who was met before
        await hotline.call(Disposition.NO_ANSWER)
    status = await hotline.book.status(campaign.id)
    assert status.outcomes == {"completed": 1, "refused": 1, "no_answer": 2}
    assert status.cases == Cases(interviews=1, refusals=1, non_contacts=1, unknown_others=1)
    assert (status.rates["rr1"], status.rates["rr5"]) == (Fraction(1, 4), Fraction(1, 3))
