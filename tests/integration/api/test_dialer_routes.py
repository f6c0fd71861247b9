"""The dialers at work, as they tell of themselves, over HTTP and in the health answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from api.use_cases import UseCases
from campaigns.dialers import DialerPresence
from campaigns.store.database import Database
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.journal import Journal
from dialer.presence import present
from dialer.worker import Worker, WorkerLimits
from tests.fakes.clock import FakeClock
from tests.fakes.store import MemoryStore


def presence(name: str, calls: int, clock: FakeClock) -> DialerPresence:
    return DialerPresence(name, "host", 1, clock.now(), calls, 20, draining=False)


async def test_dialers_are_seen_and_missed(
    client: httpx.AsyncClient, use_cases: UseCases, clock: FakeClock
) -> None:
    await use_cases.dialers.tell(presence("one", 3, clock))
    await use_cases.dialers.tell(presence("two", 4, clock))
    health = (await client.get("/health")).json()
    assert health["status"] == "ok"
    assert (health["dialers"], health["calls"], health["silent_dialers"]) == (2, 7, 0)
    clock.advance(30)
    await use_cases.dialers.tell(presence("two", 5, clock))
    listed = (await client.get("/api/v1/dialers")).json()["items"]
    assert [(each["name"], each["alive"]) for each in listed] == [("one", False), ("two", True)]
    health = (await client.get("/health")).json()
    assert (health["dialers"], health["calls"], health["silent_dialers"]) == (1, 5, 1)
    clock.advance(2 * 86_400)
    await use_cases.dialers.tell(presence("two", 0, clock))
    assert [each.name for each in await use_cases.dialers.list()] == ["two"]


async def test_a_dialer_is_there_while_it_works_and_leaves(
    use_cases: UseCases, database: Database, clock: FakeClock, vault: Vault, tmp_path: Path
) -> None:
    store = MemoryStore()
    journal = Journal(store, store, Backlog(tmp_path, vault))
    worker = Worker(
        "mine", store, journal, lambda _: None, lambda *_: None, clock, WorkerLimits(7)  # type: ignore[arg-type,return-value]
    )  # fmt: skip
    async with present(use_cases.dialers, worker, clock):
        await asyncio.sleep(0.5)
        (seen,) = await use_cases.dialers.list()
        assert (seen.name, seen.max_calls, seen.draining) == ("mine", 7, False)
    assert await use_cases.dialers.list() == ()
