"""Failover seen from the callees: a worker on PostgreSQL, the real SIP stack, SIPp as trunks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from campaigns.attempt import PlannedAttempt, TrunkAddress
from campaigns.clock import SystemClock
from campaigns.recordings import Recordings
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.store.trunk_pings import PostgresTrunkPings
from campaigns.trunk import Trunk
from campaigns.trunk_health import DOWN_AFTER, Health
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.ports import Trunk as TrunkPort
from dialer.trunk_watch import TrunkWatch
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.trunks.options_ping import Pong, ping
from dialer.worker import Worker, WorkerLimits
from dialogs.ports import ConversationOutcome, HangUp, Reply, Say
from tests.fakes.call_stage import Stage
from tests.fakes.clock import FakeClock
from tests.fakes.dialogue import ListedEngine
from tests.fakes.running_campaign import running_campaign
from tests.peers.ports import free_port, free_range
from tests.peers.sipp import Sipp, needs_sipp
from tests.peers.uas import ServerCall, Uas

NOTICE = "您好通知您一件事"
TOLD = Reply((Say((NOTICE,), barge_in=False), HangUp(ConversationOutcome.COMPLETED)))


@asynccontextmanager
async def dialling(database: Database, vault: Vault, folder: Path) -> AsyncIterator[None]:
    """A worker that places what is due."""
    stage, clock = Stage(), SystemClock()
    async with AsyncExitStack() as stack:
        runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
        await runtime.start()
        stack.push_async_callback(runtime.close)
        queue = PostgresQueue(database, vault, clock)
        journal = Journal(PostgresRecord(database), queue, Backlog(folder / "journal", vault))
        writing = asyncio.create_task(journal.run())

        def trunk_of(address: TrunkAddress) -> TrunkPort:
            return BaresipTrunk(runtime, address)

        def call_of(attempt: PlannedAttempt, trunk: TrunkPort) -> Call:
            stage.engine = ListedEngine([TOLD])
            recordings = Recordings(folder / "recordings", vault)
            equipment = replace(stage.equipment(journal), recordings=recordings, clock=clock)
            return Call(attempt, trunk, equipment)

        limits = WorkerLimits(calls=2, poll_s=0.2, drain_s=5.0)
        worker, stop = (
            Worker("w", queue, journal, trunk_of, call_of, clock, limits),
            asyncio.Event(),
        )
        working = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await working
            await journal.flush(2.0)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


async def attempts(database: Database, count: int) -> list[tuple[Any, ...]]:
    """Wait until so many attempts are over; return them in order."""
    query = text(
        "SELECT trunk, disposition, sip_code, failed_over FROM attempts "
        "WHERE state = 'closed' ORDER BY ordinal"
    )
    async with asyncio.timeout(30):
        while True:
            async with database.transaction() as session:
                found = [tuple(row) for row in await session.execute(query)]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.1)


async def campaign_over(
    database: Database, vault: Vault, first_port: int, second_port: int, *, first_by: str = "udp"
) -> None:
    trunks = Trunks(database, vault)
    first = Trunk("first", "127.0.0.1", first_port, 2, first_by, rehearsal=True)
    for trunk in (first, Trunk("second", "127.0.0.1", second_port, 2, rehearsal=True)):
        await trunks.put(trunk)
    await running_campaign(
        database, vault, SystemClock(), contacts=1, trunk="first", fallback_trunks=("second",)
    )


async def picks_up(call: ServerCall) -> None:
    call.respond(180, "Ringing")
    await call.answer()


@needs_sipp
async def test_a_trunk_without_lines_hands_the_call_to_the_next(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    full = {"code": "503", "phrase": "Service Unavailable", "cause": "34"}
    async with Sipp("refuse", tmp_path, full) as first, Sipp("answer_until_bye", tmp_path) as next_:
        await campaign_over(database, vault, first.port, next_.port)
        async with dialling(database, vault, tmp_path):
            made = await attempts(database, 2)
        assert await first.succeeded(), first.complaints()
        assert await next_.succeeded(), next_.complaints()
    assert made == [
        ("first", "congestion", 503, True),
        ("second", "completed", 200, False),
    ]
    async with database.transaction() as session:
        task = (await session.execute(text("SELECT state, attempts_made FROM tasks"))).one()
    assert tuple(task) == ("finished", 1)


async def test_a_trunk_that_refuses_the_connection_hands_the_call_to_the_next(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    there = await Uas.listen(picks_up)
    try:
        gone = free_port(socket.SOCK_STREAM)
        await campaign_over(database, vault, gone, there.port, first_by="tcp")
        async with dialling(database, vault, tmp_path):
            made = await attempts(database, 2)
    finally:
        await there.close()
    assert [(trunk, disposition) for trunk, disposition, *_ in made] == [
        ("first", "trunk_fault"),
        ("second", "completed"),
    ]


@needs_sipp
@pytest.mark.parametrize(
    ("scenario", "code", "cause", "disposition"),
    [
        ("refuse", 603, 21, "declined"),
        ("refuse", 486, 17, "busy"),
        ("refuse", 404, 1, "invalid_number"),
        ("ring_then_refuse", 603, 21, "declined"),
        ("ring_then_refuse", 503, 41, "congestion"),
    ],
)
async def test_the_next_trunk_sees_nothing_of_a_person_who_was_reached(
    database: Database,
    vault: Vault,
    tmp_path: Path,
    scenario: str,
    code: int,
    cause: int,
    disposition: str,
) -> None:
    second = await Uas.listen(picks_up)
    keys = {"code": str(code), "phrase": "Refused", "cause": str(cause)}
    try:
        async with Sipp(scenario, tmp_path, keys) as first:
            await campaign_over(database, vault, first.port, second.port)
            async with dialling(database, vault, tmp_path):
                made = await attempts(database, 1)
                await asyncio.sleep(1.0)  # several looks of the worker
            assert await first.succeeded(), first.complaints()
    finally:
        await second.close()
    assert made == [("first", disposition, code, False)]
    assert second.calls == []


@needs_sipp
async def test_a_trunk_that_answered_and_is_gone_is_down_until_it_answers_again(
    database: Database, vault: Vault, tmp_path: Path, clock: FakeClock
) -> None:
    trunks, pings = Trunks(database, vault), PostgresTrunkPings(database, vault, clock)

    async def quick(address: TrunkAddress) -> Pong:
        return await ping(address, timeout_s=1.0)

    watch = TrunkWatch(pings, quick)
    async with Sipp("options", tmp_path, {"code": "200", "phrase": "OK"}) as peer:
        await trunks.put(Trunk("a", "127.0.0.1", peer.port, 1, options_every_s=30))
        await watch.look()
        await watch.look()  # not due yet: SIPp, which answers once, is not asked again
        assert await peer.succeeded(), peer.complaints()
    (seen,) = await trunks.conditions()
    assert (seen.health, seen.ping_detail[:3]) == (Health.UP, "200")
    for _ in range(DOWN_AFTER):
        clock.advance(30)
        await watch.look()
    (seen,) = await trunks.conditions()
    assert seen.health is Health.DOWN
    assert "OPTIONS" in seen.alarm

    await running_campaign(database, vault, clock, contacts=1, trunk="a")
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("w", 1)
    refused = await queue.start_attempt(lease)
    assert getattr(refused, "rule", None) == "trunk_down"


async def test_two_dialers_share_the_pings(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    trunks = Trunks(database, vault)
    for name in ("a", "b"):
        await trunks.put(Trunk(name, "192.0.2.1", 5060, 1, options_every_s=30))
    await trunks.put(Trunk("quiet", "192.0.2.1", 5060, 1, options_every_s=0))
    one, other = (PostgresTrunkPings(database, vault, clock) for _ in range(2))
    claimed = await asyncio.gather(one.claim_due(), other.claim_due())
    assert sorted(each.name for due in claimed for each in due) == ["a", "b"]
    assert not await one.claim_due()
    clock.advance(30)
    assert len(await other.claim_due()) == 2
