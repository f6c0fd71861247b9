"""A dialer that was killed: what it was doing is unknown, shown, and released by hand only."""

from __future__ import annotations

import asyncio

import httpx
from sqlalchemy import text

from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.campaign_book import CampaignBook
from campaigns.disposition import Disposition
from campaigns.results import Results
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.upkeep import Upkeep
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign
from tests.integration.api.test_command_line import CommandLine, _logging_of_the_tests, outbound

__all__ = ["_logging_of_the_tests", "outbound"]
URL = "/api/v1"


async def lost(database: Database, vault: Vault, clock: FakeClock) -> PlannedAttempt:
    """An attempt whose dialer was killed, in a campaign with another person left to call."""
    await running_campaign(database, vault, clock, contacts=2, max_attempts=3)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("killed", 1)
    attempt = await queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    clock.advance(61)
    report = await Upkeep(database, clock).run()
    assert (report.unknown, report.finished) == (1, 0)
    return attempt


async def test_a_killed_dialers_call_is_shown_and_not_repeated_until_released(
    client: httpx.AsyncClient, database: Database, vault: Vault, clock: FakeClock
) -> None:
    attempt = await lost(database, vault, clock)
    (shown,) = (await client.get(f"{URL}/unknown-attempts")).json()["items"]
    assert (shown["id"], shown["disposition"]) == (str(attempt.id), "unknown")
    async with database.transaction() as session:
        held = await session.scalar(
            text("SELECT count(*) FROM trunk_slots WHERE attempt_id IS NOT NULL")
        )
    assert held == 0
    queue = PostgresQueue(database, vault, clock)
    clock.advance(86_400)
    (other,) = await queue.lease("next", 5)
    assert other.task_id != attempt.lease.task_id

    reason = {"reason": "the log shows that it never rang"}
    released = await client.post(f"{URL}/attempts/{attempt.id}/release", json=reason)
    assert released.status_code == 200, released.text
    (again,) = await queue.lease("next", 5)
    assert again.task_id == attempt.lease.task_id
    second = await queue.start_attempt(again)
    assert isinstance(second, PlannedAttempt)
    assert second.ordinal == 2
    assert (await client.get(f"{URL}/unknown-attempts")).json()["items"] == []
    (event,) = [
        each for each in await Results(database).events(attempt.id) if each.kind == "released"
    ]
    assert event.data == {"by": "tests", "reason": "the log shows that it never rang"}
    twice = await client.post(f"{URL}/attempts/{attempt.id}/release", json=reason)
    assert twice.status_code == 409


async def test_a_late_word_of_the_dialer_comes_before_a_release(
    client: httpx.AsyncClient, database: Database, vault: Vault, clock: FakeClock
) -> None:
    attempt = await lost(database, vault, clock)
    late = AttemptResult(Disposition.COMPLETED, clock.now())
    await PostgresQueue(database, vault, clock).finish(attempt, late)
    refused = await client.post(f"{URL}/attempts/{attempt.id}/release", json={"reason": "x"})
    assert refused.status_code == 409
    assert "completed" in refused.text


async def test_a_release_needs_a_reason_and_a_campaign_that_calls(
    client: httpx.AsyncClient, database: Database, vault: Vault, clock: FakeClock
) -> None:
    attempt = await lost(database, vault, clock)
    address = f"{URL}/attempts/{attempt.id}/release"
    assert (await client.post(address, json={"reason": " "})).status_code == 422
    await CampaignBook(database, vault, clock).cancel(attempt.lease.campaign_id)
    refused = await client.post(address, json={"reason": "it never rang"})
    assert refused.status_code == 409
    assert "cancelled" in refused.text


async def test_the_command_line_lists_and_releases(
    outbound: CommandLine, database: Database, vault: Vault, clock: FakeClock
) -> None:
    attempt = await lost(database, vault, clock)
    (shown,) = await asyncio.to_thread(outbound.json, "attempts", "unknown")
    assert (shown["id"], shown["number_masked"][:7]) == (str(attempt.id), "138****")
    await asyncio.to_thread(
        outbound.json, "attempts", "release", shown["id"], "--reason", "it never rang", "--by", "王"
    )
    assert await asyncio.to_thread(outbound.json, "attempts", "unknown") == []
    (event,) = [
        each for each in await Results(database).events(attempt.id) if each.kind == "released"
    ]
    assert event.data["by"] == "王"
