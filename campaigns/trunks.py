"""Trunks as configured, and how they stand: breaker, health and lines in use."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from campaigns.breaker import BreakerEvent, BreakerState, next_state
from campaigns.errors import NotFound
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import TrunkRow, TrunkSlotRow
from campaigns.store.trunk_tables import TrunkConditionRow
from campaigns.trunk import Trunk
from campaigns.trunk_health import Health
from campaigns.trunk_rule import check
from campaigns.vault import Vault

_AS_THEY_ARE = [
    field.name for field in fields(Trunk) if field.name not in ("name", "password", "rehearsal")
]


@dataclass(frozen=True, slots=True)
class TrunkCondition:
    """How a trunk stands over all dialers.

    `alarm`: why no call goes out over it, empty when they do. `pinged_at`, `ping_detail`: the last
    OPTIONS and its answer.
    """

    trunk: str
    calls: int
    max_calls: int
    breaker: BreakerState
    breaker_since: datetime | None
    open_until: datetime | None
    health: Health
    pinged_at: datetime | None
    ping_detail: str
    alarm: str


class Trunks:
    """Make, change and read trunks."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def put(self, trunk: Trunk) -> Trunk:
        """Make a trunk, or change the one of this name; fewer calls than before take effect as
        running ones end. Raises InvalidInput."""
        check(trunk)
        values = {name: getattr(trunk, name) for name in _AS_THEY_ARE}
        values["rehearsal"] = trunk.rehearsal
        values["password_sealed"] = (
            self._vault.seal(trunk.password.encode(), rows.TRUNK_PURPOSE)
            if trunk.password
            else None
        )
        for name in ("codecs", "prefixes"):
            values[name] = list(values[name])
        columns = {getattr(TrunkRow, name): value for name, value in values.items()}
        async with self._database.transaction() as session:
            await session.execute(
                insert(TrunkRow)
                .values({TrunkRow.name: trunk.name, **columns})
                .on_conflict_do_update(
                    index_elements=[TrunkRow.name],
                    set_={column.name: value for column, value in columns.items()},
                )
            )
            slots = [{"trunk": trunk.name, "slot": n} for n in range(1, trunk.max_calls + 1)]
            await session.execute(insert(TrunkSlotRow).on_conflict_do_nothing(), slots)
            await session.execute(
                insert(TrunkConditionRow).values(trunk=trunk.name).on_conflict_do_nothing()
            )
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

    async def conditions(self) -> tuple[TrunkCondition, ...]:
        """Return how all trunks stand, by name."""
        calls = (
            select(func.count())
            .where(TrunkSlotRow.trunk == TrunkRow.name, TrunkSlotRow.attempt_id.is_not(None))
            .scalar_subquery()
        )
        query = (
            select(TrunkConditionRow, TrunkRow.max_calls, calls)
            .join(TrunkRow, TrunkRow.name == TrunkConditionRow.trunk)
            .order_by(TrunkRow.name)
        )
        async with self._database.transaction() as session:
            found = (await session.execute(query)).all()
        return tuple(_condition(row, most, busy) for row, most, busy in found)

    async def reset_breaker(self, name: str) -> TrunkCondition:
        """Let calls go out over a trunk again, whatever failed before. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(TrunkConditionRow, name, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no trunk {name}")
            row.breaker = next_state(BreakerState(row.breaker), BreakerEvent.RESET).value
            row.breaker_since = row.open_until = row.probe_id = None
            row.openings = 0
        return next(each for each in await self.conditions() if each.trunk == name)


def _condition(row: TrunkConditionRow, most: int, busy: int) -> TrunkCondition:
    breaker, health = BreakerState(row.breaker), Health(row.health)
    return TrunkCondition(
        trunk=row.trunk,
        calls=busy,
        max_calls=most,
        breaker=breaker,
        breaker_since=row.breaker_since,
        open_until=row.open_until,
        health=health,
        pinged_at=row.pinged_at,
        ping_detail=row.ping_detail,
        alarm=_alarm(breaker, health, row),
    )


def _alarm(breaker: BreakerState, health: Health, row: TrunkConditionRow) -> str:
    if breaker is not BreakerState.CLOSED:
        return "too many calls failed: no calls until one gets through; see `outbound trunk reset`"
    if health is Health.DOWN:
        return f"no answer to OPTIONS: {row.ping_detail}"
    return ""
