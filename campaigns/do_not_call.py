"""The do-not-call list (免打扰名单): numbers nobody calls again, everywhere or for one purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigns.clock import Clock
from campaigns.errors import Conflict, InvalidInput, NotFound, Problem
from campaigns.phone_number import BadNumber, mask, normalise
from campaigns.store.database import Database
from campaigns.store.forbidding import close_waiting
from campaigns.store.tables import CampaignRow, ContactListRow, DoNotCallRow
from campaigns.vault import Vault


@dataclass(frozen=True, slots=True)
class DoNotCallEntry:
    """A number that is not to be called. `list_id`, `campaign_id`: only there; neither:
    nowhere. `words`: what the person said. `removed_at`: it may be called again."""

    id: int
    number_masked: str
    list_id: UUID | None
    campaign_id: UUID | None
    reason: str
    words: str
    attempt_id: UUID | None
    added_by: str
    created_at: datetime
    removed_at: datetime | None
    removed_by: str
    removal: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an entry holds: for one list, in one campaign, or everywhere."""

    list_id: UUID | None = None
    campaign_id: UUID | None = None


EVERYWHERE = Scope()


class DoNotCall:
    """Add, remove and look up numbers."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def add(
        self, number: str, reason: str, by: str, scope: Scope = EVERYWHERE
    ) -> DoNotCallEntry:
        """List a number, effective at once: what waits for it is closed, what is leased is
        refused before its call. A number that is listed already keeps its entry.

        Raises InvalidInput, NotFound.
        """
        plain, why = _number(number), _given(reason)
        if scope.list_id is not None and scope.campaign_id is not None:
            raise InvalidInput("name a list or a campaign, not both")
        index = self._vault.index(plain)
        async with self._database.transaction() as session:
            for table, named in ((ContactListRow, scope.list_id), (CampaignRow, scope.campaign_id)):
                if named is not None and await session.get(table, named) is None:
                    raise NotFound(f"there is no {table.__tablename__[:-1]} {named}")
            await session.execute(
                insert(DoNotCallRow)
                .values(
                    number_index=index,
                    number_masked=mask(plain),
                    list_id=scope.list_id,
                    campaign_id=scope.campaign_id,
                    reason=why,
                    added_by=by,
                    created_at=self._clock.now(),
                )
                .on_conflict_do_nothing()
            )
            await close_waiting(
                session, index, why, list_id=scope.list_id, campaign_id=scope.campaign_id
            )
            row = await session.scalar(
                select(DoNotCallRow).where(
                    DoNotCallRow.number_index == index,
                    DoNotCallRow.removed_at.is_(None),
                    DoNotCallRow.list_id.is_not_distinct_from(scope.list_id),
                    DoNotCallRow.campaign_id.is_not_distinct_from(scope.campaign_id),
                )
            )
            assert row is not None, "it was just added"
            return _entry(row)

    async def remove(self, entry_id: int, reason: str, by: str) -> DoNotCallEntry:
        """Let a number be called again; what was closed for it stays closed.

        Raises NotFound, InvalidInput without a reason, Conflict when it was removed before.
        """
        why = _given(reason)
        async with self._database.transaction() as session:
            row = await session.get(DoNotCallRow, entry_id, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no do-not-call entry {entry_id}")
            if row.removed_at is not None:
                raise Conflict("the entry was removed before")
            row.removed_at, row.removed_by, row.removal = self._clock.now(), by, why
            return _entry(row)

    async def list(
        self, *, limit: int = 100, before: int | None = None, removed: bool = False
    ) -> tuple[DoNotCallEntry, ...]:
        """Return the entries in force, or those that were removed, newest first; `before`: the
        id of the last one of the page before."""
        query = select(DoNotCallRow).order_by(DoNotCallRow.id.desc()).limit(limit)
        over = DoNotCallRow.removed_at.is_not(None)
        query = query.where(over if removed else ~over)
        if before is not None:
            query = query.where(DoNotCallRow.id < before)
        async with self._database.transaction() as session:
            return tuple(_entry(row) for row in await session.scalars(query))

    async def find(self, number: str) -> tuple[DoNotCallEntry, ...]:
        """Return everything on record about a number, newest first. Raises InvalidInput."""
        index = self._vault.index(_number(number))
        query = (
            select(DoNotCallRow)
            .where(DoNotCallRow.number_index == index)
            .order_by(DoNotCallRow.id.desc())
        )
        async with self._database.transaction() as session:
            return tuple(_entry(row) for row in await session.scalars(query))


def _number(text: str) -> str:
    try:
        return normalise(text)
    except BadNumber as error:
        raise InvalidInput(
            "the number cannot be used", (Problem(str(error), column="number"),)
        ) from error


def _given(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput("a reason is needed", (Problem("say why", column="reason"),))
    return reason.strip()


def _entry(row: DoNotCallRow) -> DoNotCallEntry:
    return DoNotCallEntry(
        id=row.id,
        number_masked=row.number_masked,
        list_id=row.list_id,
        campaign_id=row.campaign_id,
        reason=row.reason,
        words=row.words,
        attempt_id=row.attempt_id,
        added_by=row.added_by,
        created_at=row.created_at,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
        removal=row.removal,
    )
