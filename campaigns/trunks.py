"""Trunks as configured: their addresses and how many calls each may carry."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigns.errors import NotFound
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import TrunkRow, TrunkSlotRow
from campaigns.trunk import Trunk, check
from campaigns.vault import Vault


class Trunks:
    """Make, change and read trunks."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def put(self, trunk: Trunk) -> Trunk:
        """Make a trunk, or change the one of this name; fewer calls than before take effect as
        running ones end. Raises InvalidInput."""
        check(trunk)
        values = {
            "host": trunk.host,
            "port": trunk.port,
            "transport": trunk.transport,
            "username": trunk.username,
            "password_sealed": (
                self._vault.seal(trunk.password.encode(), rows.TRUNK_PURPOSE)
                if trunk.password
                else None
            ),
            "max_calls": trunk.max_calls,
            "rehearsal": trunk.rehearsal,
        }
        async with self._database.transaction() as session:
            await session.execute(
                insert(TrunkRow)
                .values(name=trunk.name, **values)
                .on_conflict_do_update(index_elements=[TrunkRow.name], set_=values)
            )
            slots = [{"trunk": trunk.name, "slot": n} for n in range(1, trunk.max_calls + 1)]
            await session.execute(insert(TrunkSlotRow).on_conflict_do_nothing(), slots)
        return trunk

    async def get(self, name: str) -> Trunk:
        """Return one trunk. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(TrunkRow, name)
        if row is None:
            raise NotFound(f"there is no trunk {name}")
        return rows.trunk(row, self._vault)

    async def list(self) -> tuple[Trunk, ...]:
        """Return all trunks by name."""
        async with self._database.transaction() as session:
            found = await session.scalars(select(TrunkRow).order_by(TrunkRow.name))
            return tuple(rows.trunk(row, self._vault) for row in found)
