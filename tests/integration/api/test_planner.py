"""The planner: one leader over all processes, ticks that survive failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import pytest

from api.jobs.queue import JobQueue, connector
from api.planner import planner as planner_module
from api.planner.leadership import Leadership, LeadershipLost
from api.planner.planner import Planner
from api.planner.unfinished_preparation import UnfinishedPreparation
from api.use_cases import UseCases
from tests.integration.api.conftest import queued_tasks, rehearsal_campaign


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "_CHECK_EVERY_S", 0.05)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


async def test_only_one_leads_and_the_next_takes_over(database_url: str) -> None:
    async with Leadership(database_url) as first, Leadership(database_url) as second:
        assert await first.claim()
        assert not await second.claim()
        await first.__aexit__(None, None, None)
        async with asyncio.timeout(10):  # the server frees the lock a moment later
            while True:
                if await second.claim():
                    return
                await asyncio.sleep(0.02)


async def test_two_planners_tick_once(database_url: str) -> None:
    ticks: list[str] = []

    def planner(name: str, leadership: Leadership) -> Planner:
        async def tick() -> None:
            ticks.append(name)

        return Planner(leadership, {"tick": (0.05, tick)})

    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    async with Leadership(database_url) as one, Leadership(database_url) as two:
        first = asyncio.create_task(planner("first", one).run(stop_first))
        await until(lambda: len(ticks) >= 2)
        second = asyncio.create_task(planner("second", two).run(stop_second))
        await asyncio.sleep(0.3)
        assert set(ticks) == {"first"}

        stop_first.set()
        await first
        await one.__aexit__(None, None, None)
        await until(lambda: ticks[-1] == "second")
        stop_second.set()
        await second


async def test_a_failing_tick_comes_again(database_url: str) -> None:
    calls = 0

    async def tick() -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError("not this time")

    stop = asyncio.Event()
    async with Leadership(database_url) as leadership:
        run = asyncio.create_task(Planner(leadership, {"tick": (0.05, tick)}).run(stop))
        await until(lambda: calls >= 3)
        stop.set()
        await run


async def test_stops_leading_when_its_connection_breaks(database_url: str) -> None:
    async with Leadership(database_url) as leadership:
        run = asyncio.create_task(Planner(leadership, {}).run(asyncio.Event()))
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as admin:
            async with asyncio.timeout(10):
                while True:
                    ended = await admin.execute(
                        b"SELECT pg_terminate_backend(pid) FROM pg_locks "
                        b"WHERE locktype = 'advisory' AND granted"
                    )
                    if ended.rowcount:
                        break
                    await asyncio.sleep(0.02)
        with pytest.raises(LeadershipLost):
            await asyncio.wait_for(run, 10)


async def test_a_launch_whose_job_was_lost_is_queued_again(
    use_cases: UseCases, database_url: str
) -> None:
    campaign_id = await rehearsal_campaign(use_cases)
    await use_cases.campaigns.launch(campaign_id)
    async with JobQueue(connector(database_url)) as jobs:
        tick = UnfinishedPreparation(use_cases.campaigns, jobs)
        await tick.run()
        await tick.run()
    assert await queued_tasks(database_url) == ["render_prompts"]
