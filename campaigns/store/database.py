"""The database: one pool of connections, transactions, and errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from campaigns.errors import CampaignError, Fault

_CONNECT_TIMEOUT_S = 5
_POOL_TIMEOUT_S = 10


class StoreUnavailable(CampaignError):
    """The database does not answer; the same request may succeed later."""

    fault = Fault.PEER
    retryable = True
    code = "store_unavailable"


def driver_url(url: str) -> str:
    """Return the URL with the driver SQLAlchemy is to use, psycopg."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


class Database:
    """A pool of connections to PostgreSQL at `url` (postgresql://…)."""

    def __init__(self, url: str, *, connections: int = 5) -> None:
        self._engine: AsyncEngine = create_async_engine(
            driver_url(url),
            pool_size=connections,
            max_overflow=connections,
            pool_timeout=_POOL_TIMEOUT_S,
            pool_pre_ping=True,
            json_serializer=_to_json,
            connect_args={
                "connect_timeout": _CONNECT_TIMEOUT_S,
                "options": "-c timezone=UTC -c lock_timeout=10s",
            },
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open one transaction: committed at the end, rolled back on an error.

        Raises StoreUnavailable when the database cannot be reached or breaks off.
        """
        try:
            async with self._sessions.begin() as session:
                yield session
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise StoreUnavailable(
                "the database does not answer: see that PostgreSQL runs and OUTBOUND_DATABASE_URL "
                f"is right ({type(getattr(error, 'orig', None) or error).__name__})"
            ) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreUnavailable("the database broke off; ask again") from error
            raise

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
