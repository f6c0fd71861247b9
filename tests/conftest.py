"""Databases for tests: one embedded server a session, one clone of a migrated template a test."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from campaigns.store.database import Database
from campaigns.store.embedded import EmbeddedServer
from campaigns.store.schema import migrate
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server with a migrated database, the template of `database_url`."""
    memory = Path("/dev/shm")  # cloning a database takes 15 ms there, 350 ms on a disk
    base = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="outbound-tests-", dir=base) as folder:
        server = EmbeddedServer(Path(folder), durable=False)
        url = server.start()
        try:
            migrate(url)
            yield url
        finally:
            server.stop()


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A migrated, empty database of the test's own."""
    server, _, template = postgres_url.rpartition("/")
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield f"{server}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
