"""Leadership by a PostgreSQL session lock: one holder over all hosts, freed when it dies."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

import psycopg

from api.errors import ApiError
from campaigns.errors import Fault

PLANNER_LOCK = 7_226_802
_CONNECT_TIMEOUT_S = 5


class LeadershipLost(ApiError):
    """The connection that held the lock broke: stop leading at once."""

    fault = Fault.PEER
    retryable = True


class Leadership:
    """A claim to an advisory lock (PostgreSQL §13.3.5), held by a connection of its own."""

    def __init__(self, database_url: str, lock: int = PLANNER_LOCK) -> None:
        self._url = database_url
        self._lock = lock
        self._connection: psycopg.AsyncConnection | None = None

    async def __aenter__(self) -> Self:
        self._connection = await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_S,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def claim(self) -> bool:
        """Try to become the leader. Raises LeadershipLost when the database is away."""
        return bool(await self._ask("SELECT pg_try_advisory_lock(%s)", self._lock))

    async def confirm(self) -> None:
        """Raise LeadershipLost unless the connection, and so the lock, is still ours."""
        await self._ask("SELECT 1")

    async def _ask(self, query: str, *arguments: int) -> object:
        assert self._connection is not None, "enter the context first"
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                cursor = await self._connection.execute(query.encode(), arguments)
                row = await cursor.fetchone()
        except (psycopg.OperationalError, TimeoutError) as error:
            raise LeadershipLost("the database broke off; start the planner again") from error
        return row[0] if row else None
