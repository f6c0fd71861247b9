"""Whatever a far end replies, the attempt ends in the database, once, with one disposition."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.hostile import HostileFarEnd
from campaigns.attempt import PlannedAttempt, TrunkAddress
from campaigns.clock import SystemClock
from campaigns.disposition import Disposition
from campaigns.recordings import Recordings
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.ports import Trunk as TrunkPort
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.worker import Worker, WorkerLimits
from dialogs.ports import ConversationOutcome, HangUp, Reply
from tests.fakes.call_stage import Stage
from tests.fakes.dialogue import ListedEngine
from tests.fakes.running_campaign import running_campaign
from tests.peers.hostile import HostileUas
from tests.peers.ports import free_port, free_range

_CALLS = 24
_ENDED = text("SELECT state, disposition, ended_at FROM attempts")
_SLOTS = text("SELECT count(*) FROM trunk_slots WHERE attempt_id IS NOT NULL")
_GOODBYE = Reply((HangUp(ConversationOutcome.GOODBYE),))


@pytest.mark.parametrize("seed", [7])
async def test_every_spoiled_call_is_recorded_and_frees_its_slot(
    database: Database, vault: Vault, tmp_path: Path, seed: int
) -> None:
    far_end, clock = HostileFarEnd(seed), SystemClock()
    loop = asyncio.get_running_loop()
    _, uas = await loop.create_datagram_endpoint(
        lambda: HostileUas(far_end.lead, "127.0.0.1", seed), ("127.0.0.1", 0)
    )
    await running_campaign(database, vault, clock, contacts=_CALLS, max_calls=12, ring_timeout_s=5)
    await Trunks(database, vault).put(
        Trunk("rehearsal", "127.0.0.1", uas.port, max_calls=12, rehearsal=True)
    )
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(100)))
    await runtime.start()
    queue = PostgresQueue(database, vault, clock)
    journal = Journal(PostgresRecord(database, clock), queue, Backlog(tmp_path / "journal", vault))
    writing = asyncio.create_task(journal.run())
    stage, stop = Stage(), asyncio.Event()
    dialled: list[PlannedAttempt] = []

    def trunk_of(address: TrunkAddress) -> TrunkPort:
        return BaresipTrunk(runtime, address)

    def call_of(attempt: PlannedAttempt, trunk: TrunkPort) -> Call:
        dialled.append(attempt)
        if len(dialled) >= _CALLS:
            stop.set()
        equipment = replace(
            stage.equipment(journal),
            engine=ListedEngine([_GOODBYE]),
            recordings=Recordings(tmp_path / "recordings", vault),
            clock=clock,
        )
        return Call(attempt, trunk, equipment)

    limits = WorkerLimits(calls=12, calls_per_second=20.0, poll_s=0.2, drain_s=30.0)
    worker = Worker("hostile", queue, journal, trunk_of, call_of, clock, limits)
    try:
        async with asyncio.timeout(90):
            await worker.run(stop)
            await journal.flush(5.0)
        async with database.transaction() as session:
            attempts = (await session.execute(_ENDED)).all()
            slots = await session.scalar(_SLOTS)
        assert not runtime.died.is_set()
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await runtime.close()
        with suppress(Exception):
            await uas.close()
        far_end.close()
    assert len(attempts) == len(dialled) >= _CALLS
    assert {state for state, _, _ in attempts} == {"closed"}
    assert all(Disposition(disposition) for _, disposition, _ in attempts)
    assert slots == 0
