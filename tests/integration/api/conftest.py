"""The HTTP interface and the command line on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from procrastinate import App

from api.http.application import create_application
from api.jobs.queue import JobQueue, connector
from api.rehearsal.campaign import create_rehearsal
from api.use_cases import UseCases, wire
from campaigns.store.database import Database
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
async def use_cases(
    database: Database, database_url: str, vault: Vault, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[UseCases]:
    async with JobQueue(connector(database_url)) as jobs:
        yield wire(database, vault, jobs, tmp_path / "exports", clock)


@pytest.fixture
async def client(use_cases: UseCases) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a valid key."""
    made = await use_cases.keys.make("tests")
    transport = httpx.ASGITransport(
        create_application(use_cases, upload_limit_mb=1), raise_app_exceptions=False
    )
    headers = {"Authorization": f"Bearer {made.secret}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://outbound", headers=headers
    ) as client:
        yield client


async def rehearsal_campaign(use_cases: UseCases) -> UUID:
    """Make a draft of the example call-back to the rehearsal callees."""
    text = (EXAMPLES / "satisfaction_callback.yaml").read_text(encoding="utf-8")
    contacts = EXAMPLES / "rehearsal_contacts.csv"
    return await create_rehearsal(use_cases, FakeClock(), text, contacts, port=5090, calls=4)


async def queued_tasks(database_url: str) -> list[str]:
    """Return the names of all jobs in the queue."""
    async with App(connector=connector(database_url)).open_async() as app:
        return [job.task_name for job in await app.job_manager.list_jobs_async()]
