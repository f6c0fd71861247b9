from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from campaigns.attempt import AttemptResult, Lease, NotPlaced, PlannedAttempt
from campaigns.caller_ids import CallerIds
from campaigns.campaign import CampaignState
from campaigns.campaign_book import CampaignBook
from campaigns.disposition import Disposition
from campaigns.ports import CallQueue, LeaseLost
from campaigns.results import Results
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.store.upkeep import Upkeep
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, running_campaign


@pytest.fixture
def queue(database: Database, vault: Vault, clock: FakeClock) -> PostgresQueue:
    return PostgresQueue(database, vault, clock)


@pytest.fixture
def book(database: Database, vault: Vault, clock: FakeClock) -> CampaignBook:
    return CampaignBook(database, vault, clock)


async def placed(queue: CallQueue, lease: Lease) -> PlannedAttempt:
    attempt = await queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt), attempt
    return attempt


async def refused(queue: CallQueue, lease: Lease) -> NotPlaced:
    answer = await queue.start_attempt(lease)
    assert isinstance(answer, NotPlaced), answer
    return answer


def ended(clock: FakeClock, disposition: Disposition, **more: Any) -> AttemptResult:
    return AttemptResult(disposition, clock.now(), **more)


async def scalar(database: Database, sql: str) -> Any:
    async with database.transaction() as session:
        return await session.scalar(text(sql))


async def test_a_placed_attempt_carries_everything_that_is_to_be_sent(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    campaign = await running_campaign(database, vault, clock, contacts=1, ring_timeout_s=30)
    (lease,) = await queue.lease("worker", 5)
    attempt = await placed(queue, lease)
    assert (attempt.number, attempt.ordinal, attempt.ring_timeout_s) == ("8613800000000", 1, 30)
    assert (attempt.caller_number, attempt.caller_name) == (CALLER, "南宁税务")
    assert (attempt.trunk.host, attempt.trunk.port, attempt.trunk.rehearsal) == (
        "127.0.0.1",
        5090,
        True,
    )
    assert attempt.variables == {"name": "测试0"}
    assert attempt.questionnaire.id == "survey"
    assert str(attempt.id) in attempt.sip_call_id
    assert lease.campaign_id == campaign.id
    assert "13800000000" not in repr(attempt)
    stored = await Results(database).attempt(attempt.id)
    assert (stored.state, stored.number_masked) == ("open", "138****0000")


async def test_tasks_are_leased_once_and_only_of_running_campaigns(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, book: CampaignBook
) -> None:
    campaign = await running_campaign(database, vault, clock, contacts=3)
    first = await queue.lease("one", 2)
    second = await queue.lease("two", 2)
    assert len({lease.task_id for lease in (*first, *second)}) == len([*first, *second]) == 3
    await queue.release(first[0])
    await book.pause(campaign.id)
    assert await queue.lease("two", 5) == []
    await book.resume(campaign.id)
    (again,) = await queue.lease("two", 5)
    assert (again.task_id, again.fence) == (first[0].task_id, first[0].fence + 1)


async def test_every_running_campaign_gets_its_turn(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    first = await running_campaign(database, vault, clock, contacts=3)
    clock.advance(1)
    second = await running_campaign(database, vault, clock, contacts=3)
    leases = await queue.lease("worker", 6)
    assert Counter(lease.campaign_id for lease in leases) == {first.id: 3, second.id: 3}


async def test_a_lapsed_lease_goes_to_another_and_the_fence_shuts_the_first_out(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    (old,) = await queue.lease("slow", 1)
    clock.advance(61)
    (new,) = await queue.lease("quick", 1)
    assert (new.task_id, new.fence) == (old.task_id, old.fence + 1)
    with pytest.raises(LeaseLost):
        await queue.start_attempt(old)
    assert await queue.renew([old]) == []
    await queue.release(old)
    (kept,) = await queue.renew([new])
    assert kept.expires_at == clock.now() + timedelta(seconds=60)
    await placed(queue, new)


async def test_renewed_leases_do_not_lapse(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    leases = await queue.lease("worker", 1)
    for _ in range(3):
        clock.advance(50)
        leases = await queue.renew(leases)
        assert await queue.lease("other", 1) == []


async def test_a_lease_places_one_attempt_only(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    (lease,) = await queue.lease("worker", 1)
    await placed(queue, lease)
    with pytest.raises(LeaseLost, match="already dialled"):
        await queue.start_attempt(lease)
    await queue.release(lease)
    clock.advance(600)
    assert await queue.lease("other", 1) == []
    assert await scalar(database, "SELECT count(*) FROM attempts") == 1


async def test_finishing_closes_the_attempt_reschedules_and_frees_the_slot(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1, max_calls=1)
    (lease,) = await queue.lease("worker", 1)
    attempt = await placed(queue, lease)
    clock.advance(40)
    busy = ended(
        clock,
        Disposition.BUSY,
        sip_code=486,
        sip_call_id="7f3a@far",
        replies_ms=(310, 420),
        evidence={"a": 1},
    )
    await queue.finish(attempt, busy)
    await queue.finish(attempt, ended(clock, Disposition.COMPLETED))
    stored = await Results(database).attempt(attempt.id)
    assert (stored.disposition, stored.sip_code, stored.ended_at) == ("busy", 486, clock.now())
    assert (stored.replies_ms, stored.evidence) == ((310, 420), {"a": 1})
    assert stored.sip_call_id == "7f3a@far"  # what was sent, not what was planned
    assert await queue.lease("worker", 1) == []
    clock.advance(20 * 60)
    (again,) = await queue.lease("worker", 1)
    second = await placed(queue, again)
    assert (second.ordinal, second.id != attempt.id) == (2, True)


async def test_a_completed_contact_is_not_called_again(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, book: CampaignBook
) -> None:
    campaign = await running_campaign(database, vault, clock, contacts=1)
    (lease,) = await queue.lease("worker", 1)
    await queue.finish(await placed(queue, lease), ended(clock, Disposition.COMPLETED))
    clock.advance(30 * 86400)
    assert await queue.lease("worker", 1) == []
    assert (await Upkeep(database, clock).run()).finished == 1
    status = await book.status(campaign.id)
    assert status.campaign.state is CampaignState.FINISHED
    assert status.campaign.finished_at == clock.now()


async def test_the_limit_of_attempts_holds(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1, max_attempts=2)
    for _ in range(2):
        (lease,) = await queue.lease("worker", 1)
        await queue.finish(await placed(queue, lease), ended(clock, Disposition.NO_ANSWER))
        clock.advance(86400)
    assert await queue.lease("worker", 1) == []
    assert await scalar(database, "SELECT state FROM tasks") == "finished"


async def test_a_promised_time_is_kept(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    (lease,) = await queue.lease("worker", 1)
    at = clock.now() + timedelta(minutes=25)
    later = ended(clock, Disposition.CALL_LATER, call_later_at=at)
    await queue.finish(await placed(queue, lease), later)
    clock.advance(24 * 60)
    assert await queue.lease("worker", 1) == []
    clock.advance(60)
    assert len(await queue.lease("worker", 1)) == 1


async def test_lines_are_never_overbooked_and_come_back(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=3, max_calls=2)
    leases = await queue.lease("worker", 3)
    first = await placed(queue, leases[0])
    await placed(queue, leases[1])
    answer = await refused(queue, leases[2])
    assert (answer.rule, answer.retry_at) == ("trunk_slot", clock.now() + timedelta(seconds=3))
    await queue.finish(first, ended(clock, Disposition.COMPLETED))
    clock.advance(3)
    (lease,) = await queue.lease("worker", 3)
    await placed(queue, lease)


async def test_fewer_lines_take_effect_as_calls_end(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=3, max_calls=2)
    leases = await queue.lease("worker", 3)
    attempts = [await placed(queue, lease) for lease in leases[:2]]
    await Trunks(database, vault).put(Trunk("rehearsal", "127.0.0.1", 5090, 1, rehearsal=True))
    await queue.finish(attempts[1], ended(clock, Disposition.COMPLETED))
    assert (await refused(queue, leases[2])).rule == "trunk_slot"


async def test_one_number_is_never_in_two_calls(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    await running_campaign(database, vault, clock, contacts=1)
    one, other = await queue.lease("worker", 2)
    answers = await asyncio.gather(queue.start_attempt(one), queue.start_attempt(other))
    (attempt,) = [answer for answer in answers if isinstance(answer, PlannedAttempt)]
    (answer,) = [answer for answer in answers if isinstance(answer, NotPlaced)]
    assert answer.rule == "number_in_call"
    used = "SELECT count(*) FROM trunk_slots WHERE attempt_id IS NOT NULL"
    assert await scalar(database, used) == 1
    await queue.finish(attempt, ended(clock, Disposition.COMPLETED))
    clock.advance(60)
    (again,) = await queue.lease("worker", 2)
    await placed(queue, again)


async def test_an_opt_out_holds_for_every_campaign_at_once(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    await running_campaign(database, vault, clock, contacts=1)
    (lease,) = await queue.lease("worker", 1)
    attempt = await placed(queue, lease)
    await PostgresRecord(database).opt_out(attempt.id, "不要再打了")
    await queue.finish(attempt, ended(clock, Disposition.OPT_OUT))
    assert await queue.lease("worker", 5) == []
    waiting = "SELECT count(*) FROM tasks WHERE state = 'finished' AND disposition = 'do_not_call'"
    assert await scalar(database, waiting) == 1
    await running_campaign(database, vault, clock, contacts=1)
    (third,) = await queue.lease("worker", 5)
    answer = await refused(queue, third)
    assert (answer.rule, answer.retry_at) == ("do_not_call", None)
    assert await scalar(database, "SELECT words FROM do_not_call") == "不要再打了"


async def test_without_a_valid_caller_id_nothing_goes_out_and_the_owner_is_told(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, book: CampaignBook
) -> None:
    campaign = await running_campaign(database, vault, clock, contacts=2)
    one, other = await queue.lease("worker", 2)
    await CallerIds(database).suspend(CALLER)
    answers = await asyncio.gather(refused(queue, one), refused(queue, other))
    assert "caller_id" in {answer.rule for answer in answers}
    stored = await book.get(campaign.id)
    assert stored.state is CampaignState.PAUSED
    assert "suspended" in (stored.failure or "")
    assert await scalar(database, "SELECT count(*) FROM attempts") == 0
    await CallerIds(database).verify(CALLER)
    assert (await book.resume(campaign.id)).failure is None
    clock.advance(16 * 60)
    assert len(await queue.lease("worker", 2)) == 2


async def test_outside_the_hours_a_real_trunk_waits_for_the_opening(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await Trunks(database, vault).put(Trunk("carrier", "192.0.2.1", 5060, 5))
    await running_campaign(database, vault, clock, contacts=1, trunk="carrier")
    clock.at = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # Friday, 20:00 in Nanning
    (lease,) = await queue.lease("worker", 1)
    answer = await refused(queue, lease)
    assert answer.rule == "calling_hours"
    assert answer.retry_at == datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


async def test_hours_that_cannot_be_read_are_closed(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, book: CampaignBook
) -> None:
    await Trunks(database, vault).put(Trunk("carrier", "192.0.2.1", 5060, 5))
    campaign = await running_campaign(database, vault, clock, contacts=1, trunk="carrier")
    async with database.transaction() as session:
        await session.execute(text("UPDATE campaigns SET calling_hours = '{\"always\": true}'"))
    (lease,) = await queue.lease("worker", 1)
    assert (await refused(queue, lease)).rule == "calling_hours"
    assert (await book.get(campaign.id)).state is CampaignState.PAUSED


async def test_a_rehearsal_trunk_that_leads_outside_is_not_dialled(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    async with database.transaction() as session:
        await session.execute(text("UPDATE trunks SET host = '192.0.2.1'"))
    (lease,) = await queue.lease("worker", 1)
    assert (await refused(queue, lease)).rule == "rehearsal_trunk"


async def test_a_pause_and_a_cancellation_stop_what_is_leased(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, book: CampaignBook
) -> None:
    campaign = await running_campaign(database, vault, clock, contacts=3)
    one, other, third = await queue.lease("worker", 3)
    attempt = await placed(queue, other)
    await book.pause(campaign.id)
    assert (await refused(queue, one)).rule == "campaign"
    await book.cancel(campaign.id)
    with pytest.raises(LeaseLost):
        await queue.start_attempt(third)
    await queue.finish(attempt, ended(clock, Disposition.BUSY))
    assert (await book.status(campaign.id)).tasks == {"cancelled": 3}


async def test_a_crashed_call_is_unknown_counted_and_not_dialled_again(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, book: CampaignBook
) -> None:
    campaign = await running_campaign(database, vault, clock, contacts=2, max_calls=1)
    dialled, waiting = await queue.lease("worker", 2)
    attempt = await placed(queue, dialled)
    upkeep = Upkeep(database, clock)
    assert (await upkeep.run()).unknown == 0
    clock.advance(61)
    report = await upkeep.run()
    assert (report.unknown, report.finished) == (1, 0)
    stored = await Results(database).attempt(attempt.id)
    assert (stored.state, stored.disposition) == ("closed", "unknown")
    clock.advance(86400)
    (other,) = await queue.lease("other", 5)
    assert other.task_id == waiting.task_id
    await queue.finish(await placed(queue, other), ended(clock, Disposition.COMPLETED))
    await upkeep.run()
    status = await book.status(campaign.id)
    assert status.dispositions == {"unknown": 1, "completed": 1}
    assert status.campaign.state is CampaignState.FINISHED


@pytest.mark.parametrize(
    ("disposition", "counted", "called_again"),
    [
        (Disposition.BUSY, 1, True),
        (Disposition.CONGESTION, 0, True),
        (Disposition.COMPLETED, 1, False),
    ],
)
async def test_a_late_result_takes_the_place_of_unknown(
    database: Database,
    vault: Vault,
    clock: FakeClock,
    queue: PostgresQueue,
    disposition: Disposition,
    counted: int,
    called_again: bool,
) -> None:
    await running_campaign(database, vault, clock, contacts=2)
    (lease,) = await queue.lease("worker", 1)
    attempt = await placed(queue, lease)
    clock.advance(61)
    (other,) = await queue.lease("worker", 1)
    await queue.finish(await placed(queue, other), ended(clock, Disposition.NO_ANSWER))
    assert (await Upkeep(database, clock).run()).unknown == 1
    for result in (disposition, Disposition.REFUSED):
        await queue.finish(attempt, ended(clock, result))
    assert (await Results(database).attempt(attempt.id)).disposition == disposition.value
    made = f"SELECT attempts_made FROM tasks WHERE id = '{lease.task_id}'"
    assert await scalar(database, made) == counted
    clock.advance(86400)
    due = {lease.task_id for lease in await queue.lease("worker", 2)}
    assert due == {other.task_id, *([lease.task_id] if called_again else [])}


async def test_a_late_result_does_not_revive_a_campaign_that_is_over(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    (lease,) = await queue.lease("worker", 1)
    attempt = await placed(queue, lease)
    clock.advance(61)
    assert (await Upkeep(database, clock).run()).finished == 1
    await queue.finish(attempt, ended(clock, Disposition.BUSY, sip_code=486))
    assert (await Results(database).attempt(attempt.id)).disposition == "busy"
    assert await scalar(database, "SELECT state FROM tasks") == "finished"


async def test_a_result_of_an_old_fence_is_refused(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1)
    (lease,) = await queue.lease("worker", 1)
    attempt = await placed(queue, lease)
    async with database.transaction() as session:
        await session.execute(text("UPDATE tasks SET fence = fence + 1"))
    with pytest.raises(LeaseLost):
        await queue.finish(attempt, ended(clock, Disposition.COMPLETED))


async def test_congestion_is_no_attempt_but_does_not_go_on_for_ever(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> None:
    await running_campaign(database, vault, clock, contacts=1, max_attempts=1)
    for _ in range(10):
        clock.advance(86400)
        (lease,) = await queue.lease("worker", 1)
        await queue.finish(await placed(queue, lease), ended(clock, Disposition.CONGESTION))
    clock.advance(86400)
    assert await queue.lease("worker", 1) == []
    assert await scalar(database, "SELECT attempts_made FROM tasks") == 0


async def test_eight_workers_call_five_hundred_people_once_each_within_the_lines(
    database_url: str, database: Database, vault: Vault, clock: FakeClock
) -> None:
    lines = 7
    await running_campaign(database, vault, clock, contacts=500, max_calls=lines)
    in_call: set[str] = set()
    dialled: Counter[str] = Counter()
    most = 0

    async def work(name: str) -> None:
        nonlocal most
        own = Database(database_url, connections=2)
        queue = PostgresQueue(own, vault, clock)
        idle = 0
        while idle < 200:
            leases = await queue.lease(name, 3)
            idle = 0 if leases else idle + 1
            for lease in leases:
                attempt = await queue.start_attempt(lease)
                if isinstance(attempt, NotPlaced):
                    assert attempt.rule == "trunk_slot"
                    clock.advance(0.5)
                    continue
                assert attempt.number not in in_call
                in_call.add(attempt.number)
                dialled[attempt.number] += 1
                most = max(most, len(in_call))
                await asyncio.sleep(0)
                in_call.discard(attempt.number)
                await queue.finish(attempt, ended(clock, Disposition.COMPLETED))
            if not leases:
                left = await scalar(own, "SELECT count(*) FROM tasks WHERE state != 'finished'")
                if not left:
                    break
                clock.advance(0.5)
        await own.close()

    await asyncio.gather(*(work(f"worker-{number}") for number in range(8)))
    assert len(dialled) == 500
    assert set(dialled.values()) == {1}
    assert most <= lines
    assert await scalar(database, "SELECT count(*) FROM attempts") == 500
    used = "SELECT count(*) FROM trunk_slots WHERE attempt_id IS NOT NULL"
    assert await scalar(database, used) == 0
