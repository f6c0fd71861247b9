"""A database for a benchmark: fresh, migrated, and gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from campaigns.store.embedded import EmbeddedServer
from campaigns.store.schema import migrate


@contextmanager
def fresh_database() -> Iterator[str]:
    """Yield the URL of an empty, migrated database: on the server of OUTBOUND_DATABASE_URL,
    else on an embedded one that is started for it, as durable as in service."""
    own = os.environ.get("OUTBOUND_DATABASE_URL")
    if own:
        with _on_server(own) as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="outbound-bench-") as folder:
        server = EmbeddedServer(Path(folder))
        url = server.start()
        try:
            migrate(url)
            yield url
        finally:
            server.stop()


@contextmanager
def _on_server(server: str) -> Iterator[str]:
    name = f"outbound_bench_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        url = f"{server.rpartition('/')[0]}/{name}"
        try:
            migrate(url)
            yield url
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
