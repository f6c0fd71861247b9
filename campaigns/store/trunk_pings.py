"""Who pings which trunk when, and what came of it, shared by all dialers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.attempt import TrunkAddress
from campaigns.clock import Clock
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.lines import pings_of
from campaigns.store.tables import TrunkRow
from campaigns.store.trunk_tables import TrunkConditionRow
from campaigns.trunk_health import Health, Ping
from campaigns.vault import Vault

_SECOND = text("interval '1 second'")


class PostgresTrunkPings:
    """`campaigns.ports.TrunkPings` on PostgreSQL: each trunk is pinged by one dialer at a time."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def claim_due(self) -> Sequence[TrunkAddress]:
        """Return the trunks to ping now; nobody else is handed them before their next turn."""
        now = self._clock.now()
        claimed_at = func.coalesce(TrunkConditionRow.ping_claimed_at, text("'-infinity'"))
        due = (
            select(TrunkConditionRow, TrunkRow)
            .join(TrunkRow, TrunkRow.name == TrunkConditionRow.trunk)
            .where(
                TrunkRow.options_every_s > 0,
                claimed_at <= now - TrunkRow.options_every_s * _SECOND,
            )
            .order_by(TrunkConditionRow.trunk)
            .with_for_update(of=TrunkConditionRow, skip_locked=True)
        )
        async with self._database.transaction() as session:
            found = (await session.execute(due)).all()
            for condition, _ in found:
                condition.ping_claimed_at = now
            return [rows.trunk(row, self._vault).address() for _, row in found]

    async def note(self, trunk: str, *, alive: bool, detail: str, took_s: float) -> Health | None:
        """Keep what came of a ping; return the trunk's health where it changed."""
        async with self._database.transaction() as session:
            condition = await _lock(session, trunk)
            if condition is None:
                return None
            before = pings_of(condition)
            after = before.after(Ping(self._clock.now(), alive, detail, took_s))
            assert after.last is not None, "a ping was just added"
            condition.health, condition.ping_misses = after.health.value, after.misses
            condition.pinged_at, condition.ping_detail = after.last.at, after.last.detail
            condition.ping_s = after.last.took_s
        return after.health if after.health is not before.health else None


async def _lock(session: AsyncSession, trunk: str) -> TrunkConditionRow | None:
    return await session.get(TrunkConditionRow, trunk, with_for_update=True)
