"""What short calls leave behind: `python -m bench.leaks [--calls 5000] [--at-once 40]`.

The worker, the real queue in PostgreSQL, the real SIP stack and real recordings against SIPp:
three calls of four are answered and hung up on by the far end, the others are refused. Counted
after a tenth of the calls and at the end: file descriptors, threads, asyncio tasks, memory, and
what should be none: calls in the stack, trunk slots taken, attempts open, UDP ports bound. The
last line printed is JSON; exit code 1 when something leaked, 2 when SIPp is absent.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil
import psycopg

from bench.database import fresh_database
from bench.sipp_callee import SippCallee
from campaigns import log as logs
from campaigns.attempt import PlannedAttempt
from campaigns.clock import SystemClock
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
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.worker import Worker, WorkerLimits
from dialogs.ports import ConversationOutcome, HangUp, Reply
from tests.fakes.call_stage import Stage
from tests.fakes.dialogue import ListedEngine
from tests.fakes.running_campaign import running_campaign
from tests.peers.ports import free_port, free_range
from tts_asr.voice_activity import VoiceActivity

_SCENARIOS = Path(__file__).resolve().parent.parent / "tests" / "sip"
_LOOK_S = 0.5
_STUCK_S = 60.0
_SETTLE_S = 2.0
_FDS, _THREADS, _TASKS, _GROWTH_MB = 8, 4, 2, 40.0
_GOODBYE = Reply((HangUp(ConversationOutcome.GOODBYE),))
_COUNTS = """
    SELECT (SELECT count(*) FROM attempts WHERE state = 'closed'),
           (SELECT count(*) FROM attempts WHERE state = 'open'),
           (SELECT count(*) FROM trunk_slots WHERE attempt_id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """What this process holds after so many calls."""

    calls: int
    fds: int
    threads: int
    tasks: int
    udp_ports: int
    live_calls: int
    rss_mb: float
    objects: int


def main(arguments: list[str]) -> int:
    """Place the calls; see the module."""
    parser = argparse.ArgumentParser(prog="python -m bench.leaks", description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--at-once", type=int, default=40)
    options = parser.parse_args(arguments)
    if shutil.which("sipp") is None:
        print("SIPp is absent: apt-get install sip-tester")
        return 2
    logs.configure("leaks", "error")
    with fresh_database() as url, tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(_measure(url, Path(folder), options.calls, options.at_once))
    print(json.dumps(result))
    return 1 if result["leaks"] else 0


async def _measure(url: str, folder: Path, calls: int, at_once: int) -> dict[str, object]:
    vault, database, began = Vault(bytes(32)), Database(url), time.monotonic()
    refusal = folder / "refused.xml"
    refusal.write_text(_refusal())
    marks: list[Mark] = []
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        runtime = BaresipRuntime(
            RuntimeOptions(port=free_port(), rtp_ports=free_range(4 * at_once + 20))
        )
        await runtime.start()
        stack.push_async_callback(runtime.close)
        journal = await stack.enter_async_context(_journal(database, vault, folder))
        phases = [
            (_SCENARIOS / "answer_then_bye.xml", calls // 10),
            (refusal, calls // 4),
            (_SCENARIOS / "answer_then_bye.xml", calls - calls // 10 - calls // 4),
        ]
        placed = 0
        for scenario, count in phases:
            async with SippCallee(scenario, folder, echo=False) as sipp:
                await _campaign(database, vault, sipp.port, count, at_once)
                worker = _worker(database, vault, runtime, journal, folder, at_once)
                placed += count
                await _work(worker, url, placed)
            marks.append(await _mark(placed, runtime))
            print(marks[-1], flush=True)
        took_s = time.monotonic() - began
        _, still_open, slots = _counts(url)
        left = marks[-1]
    leaks = _leaks(marks[0], left)
    if still_open or slots:
        leaks.append("slots")
    return {
        "calls": placed,
        "calls_per_second": round(placed / took_s, 1),
        "attempts_open": still_open,
        "slots_taken": slots,
        "first": asdict(marks[0]),
        "last": asdict(left),
        "leaks": leaks,
        "seconds": round(took_s, 1),
    }


def _leaks(first: Mark, last: Mark) -> list[str]:
    grown = {
        "file descriptors": last.fds - first.fds > _FDS,
        "threads": last.threads - first.threads > _THREADS,
        "tasks": last.tasks - first.tasks > _TASKS,
        "ports": last.udp_ports > first.udp_ports,
        "legs": last.live_calls > 0,
        "memory": last.rss_mb - first.rss_mb > _GROWTH_MB,
    }
    return [name for name, leaked in grown.items() if leaked]


def _refusal() -> str:
    scenario = (_SCENARIOS / "refuse.xml").read_text()
    for name, value in {"code": "486", "phrase": "Busy Here", "cause": "17"}.items():
        scenario = scenario.replace("{{" + name + "}}", value)
    return scenario


async def _campaign(
    database: Database, vault: Vault, port: int, contacts: int, max_calls: int
) -> None:
    await running_campaign(database, vault, SystemClock(), contacts=contacts, max_calls=max_calls)
    await Trunks(database, vault).put(
        Trunk("rehearsal", "127.0.0.1", port, max_calls=max_calls, rehearsal=True)
    )


@asynccontextmanager
async def _journal(database: Database, vault: Vault, folder: Path) -> AsyncIterator[Journal]:
    queue = PostgresQueue(database, vault, SystemClock())
    record = PostgresRecord(database, SystemClock())
    journal = Journal(record, queue, Backlog(folder / "journal", vault))
    writing = asyncio.create_task(journal.run(), name="journal")
    try:
        yield journal
    finally:
        await journal.flush(10.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


def _worker(
    database: Database,
    vault: Vault,
    runtime: BaresipRuntime,
    journal: Journal,
    folder: Path,
    at_once: int,
) -> Worker:
    recordings = Recordings(folder / "recordings", vault)
    trunks: dict[object, BaresipTrunk] = {}
    stage = Stage()

    def trunk_of(address: object) -> BaresipTrunk:
        if address not in trunks:
            trunks[address] = BaresipTrunk(runtime, address)  # type: ignore[arg-type]
        return trunks[address]

    def call_of(attempt: PlannedAttempt, trunk: object) -> Call:
        equipment = replace(
            stage.equipment(journal),
            engine=ListedEngine([_GOODBYE]),
            voice_activity=VoiceActivity,
            recordings=recordings,
            clock=SystemClock(),
        )
        return Call(attempt, trunk, equipment)  # type: ignore[arg-type]

    return Worker(
        "leaks",
        PostgresQueue(database, vault, SystemClock()),
        journal,
        trunk_of,
        call_of,
        SystemClock(),
        WorkerLimits(at_once, calls_per_second=60.0, poll_s=0.2, drain_s=30.0),
    )


async def _work(worker: Worker, url: str, wanted: int) -> None:
    """Let the worker work until so many attempts are closed. Raises TimeoutError when none was
    for a minute."""
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(stop), name="worker")
    closed, since = -1, time.monotonic()
    try:
        while closed < wanted and not working.done():
            await asyncio.sleep(_LOOK_S)
            now_closed, _, _ = await asyncio.to_thread(_counts, url)
            if now_closed > closed:
                closed, since = now_closed, time.monotonic()
            elif time.monotonic() - since > _STUCK_S:
                raise TimeoutError(f"{closed} of {wanted} calls ended and no more for a minute")
    finally:
        stop.set()
        await working


def _counts(url: str) -> tuple[int, int, int]:
    with psycopg.connect(url) as connection:
        closed, still_open, slots = connection.execute(_COUNTS).fetchone() or (0, 0, 0)
    return int(closed), int(still_open), int(slots)


async def _mark(calls: int, runtime: BaresipRuntime) -> Mark:
    await asyncio.sleep(_SETTLE_S)
    gc.collect()
    process = psutil.Process()
    return Mark(
        calls,
        process.num_fds(),
        process.num_threads(),
        len(asyncio.all_tasks()),
        len(process.net_connections(kind="udp")),
        runtime.live_calls,
        round(process.memory_info().rss / 1e6, 1),
        len(gc.get_objects()),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
