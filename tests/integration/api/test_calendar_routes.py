"""The calendar over HTTP: what is known, days said otherwise, peaks that hold at the next call."""

from __future__ import annotations

from typing import Any

import httpx
import structlog

from api.planner.calendar_watch import CalendarWatch
from api.use_cases import UseCases
from campaigns.attempt import NotPlaced, PlannedAttempt
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign

ADDRESS = "/api/v1/calendar"


async def shown(client: httpx.AsyncClient) -> dict[str, Any]:
    body: dict[str, Any] = (await client.get(ADDRESS)).json()
    return body


async def test_days_are_said_and_taken_back(client: httpx.AsyncClient) -> None:
    days = [{"day": "2027-01-01", "kind": "holiday", "note": "元旦"}]
    assert (await client.put(f"{ADDRESS}/days", json=days)).json() == {"days": 1}
    csv = "date,kind,note\n2027-01-02..2027-01-03,regular,\n"
    assert (await client.post(f"{ADDRESS}/days/import", content=csv)).json() == {"days": 2}
    assert [each["day"] for each in (await shown(client))["overrides"]] == [
        "2027-01-01", "2027-01-02", "2027-01-03",
    ]  # fmt: skip
    assert (await client.delete(f"{ADDRESS}/days/2027-01-02")).status_code == 204
    assert (await client.delete(f"{ADDRESS}/days/2027-01-02")).status_code == 404
    bad = await client.post(f"{ADDRESS}/days/import", content="date,kind,note\nx,holiday,\n")
    assert (bad.status_code, bad.json()["problems"][0]["row"]) == (422, 2)
    assert (await client.post(f"{ADDRESS}/days/import", content=b"\xff\xfe")).status_code == 422


async def test_health_and_calendar_tell_the_same(client: httpx.AsyncClient) -> None:
    health = (await client.get("/health")).json()
    assert health["calendar_warning"] == (await shown(client))["warning"]


async def test_the_planner_warns_once_a_day(use_cases: UseCases, clock: FakeClock) -> None:
    watch = CalendarWatch(use_cases, clock)
    with structlog.testing.capture_logs() as logs:
        await watch.run()
        assert logs == []
        clock.advance(300 * 86_400)
        await watch.run()
        await watch.run()
    assert [entry["event"] for entry in logs] == ["calendar_ends_soon"]


async def test_a_peak_holds_from_the_next_call_on(
    client: httpx.AsyncClient, database: Database, vault: Vault, clock: FakeClock
) -> None:
    await Trunks(database, vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
    await running_campaign(database, vault, clock, trunk="carrier", contacts=2)
    queue = PostgresQueue(database, vault, clock)
    first, second = await queue.lease("worker", 2)
    assert isinstance(await queue.start_attempt(first), PlannedAttempt)
    peak = {"first": "2026-03-01", "last": "2026-03-16", "note": "征期"}
    added = await client.post(f"{ADDRESS}/peaks", json=peak)
    assert (added.status_code, added.json()["created_by"]) == (201, "tests")
    refused = await queue.start_attempt(second)
    assert isinstance(refused, NotPlaced)
    assert refused.rule == "calling_hours"
    assert refused.retry_at is not None
    assert refused.retry_at.isoformat() == "2026-03-17T01:00:00+00:00"

    csv = "dates,kinds,hours,note\n2026-04-01..2026-04-20,call_back,14:30-16:00,\n"
    (imported,) = (await client.post(f"{ADDRESS}/peaks/import", content=csv)).json()["items"]
    assert imported["hours"] == [{"begin": "14:30:00", "end": "16:00:00"}]
    assert (await client.delete(f"{ADDRESS}/peaks/{added.json()['id']}")).status_code == 204
    assert (await client.delete(f"{ADDRESS}/peaks/{added.json()['id']}")).status_code == 404
    assert [each["kinds"] for each in (await shown(client))["peaks"]] == [["call_back"]]
    backwards = {"first": "2026-03-02", "last": "2026-03-01"}
    assert (await client.post(f"{ADDRESS}/peaks", json=backwards)).status_code == 422
