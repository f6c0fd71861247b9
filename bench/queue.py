"""How fast tasks are claimed, and that none is claimed twice or lost:
`python -m bench.queue [--tasks 200000] [--workers 8] [--batch 20] [--kill]`.

Worker processes lease batches through the dialer's own queue and finish each batch in a second
transaction, as a dialer commits an attempt. `--kill` stops one worker with SIGKILL while it holds
leases; the others take them over when they lapse. Beside it, as many processes fetch jobs with
Procrastinate on the same server for a few seconds. The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier, Event

import psycopg
from procrastinate import App, PsycopgConnector

from bench.database import fresh_database
from bench.queue_load import handle, handled, held_by, outcome, seed
from campaigns.clock import SystemClock
from campaigns.store.database import Database
from campaigns.store.queue import LEASE_S, PostgresQueue
from campaigns.vault import Vault

_KEY = bytes(32)
_SHORT_LEASE_S = 5.0
_IDLE_S = 0.1
_POLL_S = 0.02
_START_S = 120.0
_FETCH_S = 6.0
_MOST_JOBS = 50_000
_spawn = multiprocessing.get_context("spawn")


def main(arguments: argparse.Namespace) -> int:
    """Measure; exit code 1 when a task was lost or handled twice."""
    with fresh_database() as url:
        print(f"{arguments.tasks} tasks, {arguments.workers} workers", flush=True)
        asyncio.run(seed(url, Vault(_KEY), arguments.tasks))
        seconds, held = _claim_all(url, arguments)
        done, duplicates, lost = outcome(url)
        print(f"{done} handled in {seconds:.1f} s", flush=True)
        theirs = _fetch_jobs(url, arguments.workers)
    result = {
        "claims_per_s": round(done / seconds),
        "duplicates": duplicates,
        "lost": lost,
        "workers": arguments.workers,
        "tasks": arguments.tasks,
        "procrastinate_claims_per_s": round(theirs),
        "batch": arguments.batch,
        "killed": int(arguments.kill),
        "held_when_killed": held,
    }
    print(json.dumps(result))
    return 1 if duplicates or lost or (arguments.kill and not held) else 0


def _claim_all(url: str, arguments: argparse.Namespace) -> tuple[float, int]:
    """Return the seconds all tasks took, and how many the killed worker held."""
    lease_s = _SHORT_LEASE_S if arguments.kill else LEASE_S
    start = _spawn.Barrier(arguments.workers + 1)
    names = [f"worker-{number}" for number in range(arguments.workers)]
    workers = [
        _spawn.Process(target=_work, args=(url, name, arguments.batch, lease_s, start), name=name)
        for name in names
    ]
    for worker in workers:
        worker.start()
    start.wait(_START_S)
    began_s = time.monotonic()
    held = _kill(url, workers[0], arguments.tasks // 4) if arguments.kill else 0
    for worker in workers:
        worker.join()
    return time.monotonic() - began_s, held


def _kill(url: str, victim: BaseProcess, after: int) -> int:
    """Kill a worker that holds tasks, once `after` were handled; return how many it held."""
    while handled(url) < after:
        time.sleep(_POLL_S)
    while victim.is_alive() and victim.pid is not None:
        time.sleep(_POLL_S)
        os.kill(victim.pid, signal.SIGSTOP)
        held = held_by(url, victim.name)
        if held:
            os.kill(victim.pid, signal.SIGKILL)
            print(f"{victim.name} killed while it held {held} tasks", flush=True)
            return held
        os.kill(victim.pid, signal.SIGCONT)
    return 0


def _work(url: str, name: str, batch: int, lease_s: float, start: Barrier) -> None:
    asyncio.run(_work_until_done(url, name, batch, lease_s, start))


async def _work_until_done(url: str, name: str, batch: int, lease_s: float, start: Barrier) -> None:
    database = Database(url, connections=1)
    queue = PostgresQueue(database, Vault(_KEY), SystemClock(), lease_s=lease_s)
    await queue.lease(name, 0)  # connect
    await asyncio.to_thread(start.wait, _START_S)
    while True:
        leases = await queue.lease(name, batch)
        if leases:
            await handle(database, name, leases)
        elif await asyncio.to_thread(_all_done, url):
            break
        else:
            await asyncio.sleep(_IDLE_S)
    await database.close()


def _all_done(url: str) -> bool:
    query = "SELECT NOT EXISTS (SELECT FROM tasks WHERE state IN ('ready', 'leased'))"
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone() == (True,)


def _fetch_jobs(url: str, workers: int) -> float:
    """Return how many jobs a second Procrastinate hands out to as many processes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name) "
            "SELECT 'bench', 'bench' FROM generate_series(1, %s)",
            (_MOST_JOBS,),
        )
        connection.execute("VACUUM ANALYZE procrastinate_jobs")
        start, over = _spawn.Barrier(workers + 1), _spawn.Event()
        fetchers = [_spawn.Process(target=_fetch, args=(url, start, over)) for _ in range(workers)]
        for fetcher in fetchers:
            fetcher.start()
        start.wait(_START_S)
        began_s = time.monotonic()
        time.sleep(_FETCH_S)
        over.set()
        for fetcher in fetchers:
            fetcher.join()
        seconds = time.monotonic() - began_s
        query = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
        (fetched,) = connection.execute(query).fetchone() or (0,)
    return int(fetched) / seconds


def _fetch(url: str, start: Barrier, over: Event) -> None:
    asyncio.run(_fetch_until_over(url, start, over))


async def _fetch_until_over(url: str, start: Barrier, over: Event) -> None:
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=1))
    async with app.open_async():
        worker_id = await app.job_manager.register_worker()
        await asyncio.to_thread(start.wait, _START_S)
        while not over.is_set() and await app.job_manager.fetch_job(None, worker_id):
            pass


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--batch", type=int, default=20, help="tasks leased at a time")
    parser.add_argument("--kill", action="store_true", help="kill a worker midway")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_arguments()))
