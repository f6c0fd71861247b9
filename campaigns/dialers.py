"""The dialers at work: each tells of itself every few seconds, everybody can look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from campaigns.clock import Clock
from campaigns.store.database import Database
from campaigns.store.dialer_tables import DialerRow

TELL_EVERY_S = 5.0
_SILENT_AFTER = timedelta(seconds=20)
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DialerPresence:
    """What a dialer tells of itself. `draining`: it takes no further calls."""

    name: str
    host: str
    pid: int
    started_at: datetime
    calls: int
    max_calls: int
    draining: bool


@dataclass(frozen=True, slots=True)
class Dialer(DialerPresence):
    """A dialer as seen. `alive`: it told of itself within 20 s; the calls of one that did not are
    given up as unknown once their leases run out."""

    seen_at: datetime
    alive: bool


class Dialers:
    """The list of dialers, over all machines."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def tell(self, presence: DialerPresence) -> None:
        """Keep what a dialer tells; forget those not seen for a day."""
        now = self._clock.now()
        values = {
            "host": presence.host,
            "pid": presence.pid,
            "started_at": presence.started_at,
            "seen_at": now,
            "calls": presence.calls,
            "max_calls": presence.max_calls,
            "draining": presence.draining,
        }
        async with self._database.transaction() as session:
            await session.execute(
                insert(DialerRow)
                .values(name=presence.name, **values)
                .on_conflict_do_update(index_elements=[DialerRow.name], set_=values)
            )
            await session.execute(
                delete(DialerRow).where(DialerRow.seen_at < now - _FORGOTTEN_AFTER)
            )

    async def leave(self, name: str) -> None:
        """Take a dialer off the list that ends in good order."""
        async with self._database.transaction() as session:
            await session.execute(delete(DialerRow).where(DialerRow.name == name))

    async def list(self) -> tuple[Dialer, ...]:
        """Return the dialers by name; those that ended in good order are not among them."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            found = await session.scalars(select(DialerRow).order_by(DialerRow.name))
            return tuple(
                Dialer(
                    name=row.name,
                    host=row.host,
                    pid=row.pid,
                    started_at=row.started_at,
                    calls=row.calls,
                    max_calls=row.max_calls,
                    draining=row.draining,
                    seen_at=row.seen_at,
                    alive=now - row.seen_at <= _SILENT_AFTER,
                )
                for row in found
            )
