"""Making databases that are missing on a server."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

_CONNECT_TIMEOUT_S = 10


def ensure_database(url: str) -> None:
    """Make the database that `url` names if its server has none of that name. Blocks.

    Raises psycopg's errors, InsufficientPrivilege when the user may not make databases.
    """
    name = make_url(url).database or ""
    admin = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
        if found.fetchone() is None:
            with suppress(psycopg.errors.DuplicateDatabase):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
