"""Trunks in the database: limits over all dialers, failover, breaker."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from campaigns.attempt import AttemptResult, NotPlaced, PlannedAttempt
from campaigns.breaker import BreakerPolicy, BreakerState
from campaigns.disposition import Disposition
from campaigns.errors import InvalidInput
from campaigns.ports import LeaseLost
from campaigns.results import Results
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.upkeep import Upkeep
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign

BREAKER = BreakerPolicy(least_calls=3, share=0.5, open_for=timedelta(seconds=30))


@pytest.fixture
def queue(database: Database, vault: Vault, clock: FakeClock) -> PostgresQueue:
    return PostgresQueue(database, vault, clock, breaker=BREAKER)


@pytest.fixture
def trunks(database: Database, vault: Vault) -> Trunks:
    return Trunks(database, vault)


def trunk(name: str, **changes: Any) -> Trunk:
    return Trunk(name, "192.0.2.1", 5060, changes.pop("max_calls", 10), **changes)


async def scalar(database: Database, sql: str) -> Any:
    async with database.transaction() as session:
        return await session.scalar(text(sql))


async def place(queue: PostgresQueue) -> PlannedAttempt | NotPlaced:
    (lease,) = await queue.lease("worker", 1)
    return await queue.start_attempt(lease)


async def placed(queue: PostgresQueue, name: str) -> PlannedAttempt:
    answer = await place(queue)
    assert isinstance(answer, PlannedAttempt), answer
    assert answer.trunk.name == name
    return answer


def ended(clock: FakeClock, disposition: Disposition, **more: Any) -> AttemptResult:
    return AttemptResult(disposition, clock.now(), **more)


def failed(clock: FakeClock) -> AttemptResult:
    return ended(clock, Disposition.CONGESTION, sip_code=503, unrung=True)


async def condition(trunks: Trunks, name: str) -> Any:
    return next(each for each in await trunks.conditions() if each.trunk == name)


async def test_everything_of_a_trunk_is_kept(trunks: Trunks) -> None:
    full = Trunk(
        "carrier", "sip.example.cn", 5061, 30, "tls", "user", "secret", registration=True,
        register_expiry_s=600, realm="example.cn", outbound_proxy="sbc.example.cn:5061",
        srtp="sdes", codecs=("pcma", "g722"), tls_ca_file="/etc/ssl/ca.pem",
        calls_per_second=2.5, group="carriers", priority=2, weight=3, prefixes=("86771",),
        strip_digits=2, dial_prefix="0", options_every_s=60,
    )  # fmt: skip
    await trunks.put(full)
    assert await trunks.get("carrier") == full
    assert "secret" not in repr(full)
    await trunks.put(trunk("carrier"))
    assert await trunks.get("carrier") == trunk("carrier")


async def test_the_first_trunk_is_taken_and_the_next_when_it_is_full(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    for name in ("a", "b"):
        await trunks.put(trunk(name, max_calls=1))
    await running_campaign(database, vault, clock, contacts=3, trunk="a", fallback_trunks=("b",))
    await placed(queue, "a")
    await placed(queue, "b")
    refused = await place(queue)
    assert isinstance(refused, NotPlaced)
    assert refused.rule == "trunk_slot"


async def test_a_number_goes_out_as_its_trunk_wants_it(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    await trunks.put(trunk("a", prefixes=("867",)))
    await trunks.put(trunk("b", group="g", prefixes=("8613",), strip_digits=2, dial_prefix="0"))
    await trunks.put(trunk("c", group="g"))
    await running_campaign(database, vault, clock, contacts=1, trunk="", trunk_group="g")
    attempt = await placed(queue, "b")
    assert attempt.number == "013800000000"


async def test_a_number_without_a_route_waits_and_says_why(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    await trunks.put(trunk("a", prefixes=("867",)))
    await running_campaign(database, vault, clock, contacts=1, trunk="a")
    refused = await place(queue)
    assert isinstance(refused, NotPlaced)
    assert (refused.rule, refused.retry_at is not None) == ("no_route", True)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"trunk": "a", "fallback_trunks": ("nowhere",)}, "no trunk 'nowhere'"),
        ({"trunk": "a", "fallback_trunks": ("a",)}, "each once"),
        ({"trunk": "a", "fallback_trunks": ("rehearsal",)}, "rehearsal trunks and real ones"),
        ({"trunk": "", "trunk_group": "g"}, "no trunk is in the group 'g'"),
        ({"trunk": "a", "trunk_group": "g"}, "not both"),
    ],
)
async def test_a_campaign_names_trunks_that_are_there(
    database: Database,
    vault: Vault,
    clock: FakeClock,
    trunks: Trunks,
    wish: dict[str, Any],
    message: str,
) -> None:
    await trunks.put(trunk("a"))
    with pytest.raises(InvalidInput, match=message):
        await running_campaign(database, vault, clock, **wish)


async def test_what_rang_nobody_is_tried_at_once_over_the_next_trunk_and_does_not_count(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    for name in ("a", "b"):
        await trunks.put(trunk(name))
    await running_campaign(
        database, vault, clock, contacts=1, trunk="a", fallback_trunks=("b",), max_attempts=1
    )
    first = await placed(queue, "a")
    silent = ended(clock, Disposition.UNREACHABLE, sip_code=408, unrung=True)
    await queue.finish(first, silent)
    await queue.finish(first, silent)
    second = await placed(queue, "b")
    assert (second.ordinal, second.number) == (2, first.number)
    assert await scalar(database, "SELECT attempts_made FROM tasks") == 0
    assert await scalar(database, "SELECT failed_over FROM attempts WHERE ordinal = 1")
    await queue.finish(second, ended(clock, Disposition.COMPLETED))
    assert await scalar(database, "SELECT attempts_made FROM tasks") == 1
    stored = await Results(database).attempt(first.id)
    assert (stored.disposition, stored.sip_code) == ("unreachable", 408)


async def test_each_trunk_is_tried_once_and_then_the_back_off_begins(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    for name in ("a", "b"):
        await trunks.put(trunk(name))
    await running_campaign(database, vault, clock, contacts=1, trunk="a", fallback_trunks=("b",))
    await queue.finish(await placed(queue, "a"), failed(clock))
    await queue.finish(await placed(queue, "b"), failed(clock))
    assert await queue.lease("worker", 1) == []
    clock.advance(60)  # the first back-off of congestion: what was handed on does not lengthen it
    await placed(queue, "a")


@pytest.mark.parametrize(
    ("disposition", "code"),
    [
        (Disposition.DECLINED, 603),
        (Disposition.BUSY, 486),
        (Disposition.BUSY, 600),
        (Disposition.INVALID_NUMBER, 404),
        (Disposition.BLOCKED, 403),
        (Disposition.NO_ANSWER, 480),
        (Disposition.CONGESTION, 503),  # it had rung before
    ],
)
async def test_whom_it_may_have_rung_is_not_rung_again_over_another_trunk(
    database: Database,
    vault: Vault,
    clock: FakeClock,
    queue: PostgresQueue,
    trunks: Trunks,
    disposition: Disposition,
    code: int,
) -> None:
    for name in ("a", "b"):
        await trunks.put(trunk(name))
    await running_campaign(database, vault, clock, contacts=1, trunk="a", fallback_trunks=("b",))
    await queue.finish(await placed(queue, "a"), ended(clock, disposition, sip_code=code))
    assert await queue.lease("worker", 1) == []


async def test_a_breaker_opens_tries_one_call_and_closes(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    await trunks.put(trunk("a"))
    await running_campaign(database, vault, clock, contacts=9, trunk="a")
    calls = [await placed(queue, "a") for _ in range(3)]
    with capture_logs() as entries:
        for call in calls:
            await queue.finish(call, failed(clock))
    assert [(entry["event"], entry["trunk"]) for entry in entries] == [("trunk_broken", "a")]
    stands = await condition(trunks, "a")
    assert stands.breaker is BreakerState.OPEN
    assert stands.alarm

    refused = await place(queue)
    assert isinstance(refused, NotPlaced)
    assert (refused.rule, refused.retry_at) == ("trunk_broken", clock.now() + BREAKER.open_for)

    clock.advance(30)
    probe = await placed(queue, "a")
    beside = await place(queue)
    assert isinstance(beside, NotPlaced)
    assert beside.rule == "trunk_broken"
    await queue.finish(probe, failed(clock))
    stands = await condition(trunks, "a")
    assert stands.open_until == clock.now() + 2 * BREAKER.open_for

    clock.advance(60)
    await queue.finish(await placed(queue, "a"), ended(clock, Disposition.BUSY))
    stands = await condition(trunks, "a")
    assert (stands.breaker, stands.alarm) == (BreakerState.CLOSED, "")
    await queue.finish(await placed(queue, "a"), failed(clock))  # the old failures are forgiven
    assert (await condition(trunks, "a")).breaker is BreakerState.CLOSED


async def test_a_broken_trunk_is_passed_over(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    for name in ("a", "b"):
        await trunks.put(trunk(name))
    await running_campaign(database, vault, clock, contacts=9, trunk="a", fallback_trunks=("b",))
    calls = [await placed(queue, "a") for _ in range(3)]
    for call in calls:
        await queue.finish(call, failed(clock))
    for _ in range(4):
        await placed(queue, "b")


async def test_a_probe_lost_with_its_dialer_is_replaced(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    await trunks.put(trunk("a"))
    await running_campaign(database, vault, clock, contacts=9, trunk="a")
    for call in [await placed(queue, "a") for _ in range(3)]:
        await queue.finish(call, failed(clock))
    clock.advance(30)
    lost = await placed(queue, "a")
    clock.advance(61)
    await Upkeep(database, clock).run()
    again = await placed(queue, "a")
    assert again.id != lost.id
    await queue.finish(lost, ended(clock, Disposition.COMPLETED))  # late, and no longer the probe
    assert (await condition(trunks, "a")).breaker is BreakerState.HALF_OPEN


async def test_a_breaker_can_be_reset_by_hand(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    await trunks.put(trunk("a"))
    await running_campaign(database, vault, clock, contacts=9, trunk="a")
    for call in [await placed(queue, "a") for _ in range(3)]:
        await queue.finish(call, failed(clock))
    assert (await trunks.reset_breaker("a")).breaker is BreakerState.CLOSED
    await placed(queue, "a")


async def test_good_calls_keep_a_breaker_closed(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    await trunks.put(trunk("a"))
    await running_campaign(database, vault, clock, contacts=9, trunk="a")
    for n in range(9):
        good = ended(clock, Disposition.NO_ANSWER)
        await queue.finish(await placed(queue, "a"), failed(clock) if n % 3 == 2 else good)
    assert (await condition(trunks, "a")).breaker is BreakerState.CLOSED


async def test_a_trunk_takes_no_more_calls_a_second_than_it_may(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue, trunks: Trunks
) -> None:
    await trunks.put(trunk("a", calls_per_second=2.0))
    await running_campaign(database, vault, clock, contacts=5, trunk="a")
    await placed(queue, "a")
    clock.advance(0.4)
    refused = await place(queue)
    assert isinstance(refused, NotPlaced)
    assert (refused.rule, refused.retry_at) == ("trunk_pace", clock.now() + timedelta(seconds=1))
    clock.advance(0.1)
    await placed(queue, "a")


class RacingClock:
    """A clock that many workers share; each look moves it a little, by chance."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._dice = random.Random(7)

    def now(self) -> datetime:
        self.at += timedelta(seconds=self._dice.uniform(0, 0.02))
        return self.at


@pytest.mark.parametrize(("lines", "rate"), [(3, 20.0), (6, 5.0)])
async def test_many_dialers_together_keep_to_a_trunks_limits(
    database_url: str, vault: Vault, clock: FakeClock, lines: int, rate: float
) -> None:
    databases = [Database(database_url, connections=2) for _ in range(4)]
    racing = RacingClock(clock.now())
    try:
        await Trunks(databases[0], vault).put(trunk("a", max_calls=lines, calls_per_second=rate))
        await running_campaign(databases[0], vault, clock, contacts=40, trunk="a")
        starts: list[datetime] = []
        open_calls: Counter[str] = Counter()
        most = 0

        async def dialer(database: Database, name: str) -> None:
            nonlocal most
            queue, dice = PostgresQueue(database, vault, racing), random.Random(name)
            while len(starts) < 25:
                for lease in await queue.lease(name, 3):
                    try:
                        answer = await queue.start_attempt(lease)
                    except LeaseLost:
                        continue
                    if isinstance(answer, NotPlaced):
                        assert answer.rule in ("trunk_pace", "trunk_slot"), answer
                        continue
                    stored = await scalar(
                        database, f"SELECT started_at FROM attempts WHERE id = '{answer.id}'"
                    )
                    starts.append(stored)
                    open_calls["now"] += 1
                    most = max(most, open_calls["now"])
                    await asyncio.sleep(dice.uniform(0, 0.02))
                    open_calls["now"] -= 1
                    await queue.finish(answer, AttemptResult(Disposition.NO_ANSWER, racing.now()))
                await asyncio.sleep(0)

        async with asyncio.timeout(60):
            await asyncio.gather(*(dialer(each, f"dialer-{n}") for n, each in enumerate(databases)))
    finally:
        for each in databases:
            await each.close()
    assert most <= lines
    starts.sort()
    for first in starts:
        within = [at for at in starts if first <= at < first + timedelta(seconds=1)]
        assert len(within) <= rate
