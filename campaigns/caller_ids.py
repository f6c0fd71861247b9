"""The registry of caller IDs: the only numbers calls may go out under (R2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from campaigns.caller_id import CallerId, CallerIdEvent, CallerIdStatus, next_status
from campaigns.caller_id_rule import is_presentable
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.questionnaire.model import CampaignKind
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import CallerIdRow


class CallerIds:
    """Register, verify, suspend and revoke numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        number: str,
        display_name: str,
        *,
        valid_from: datetime,
        valid_to: datetime,
        owner: str = "",
        kinds: Sequence[CampaignKind] = (),
    ) -> CallerId:
        """Register a number; it is pending until it is verified.

        Raises InvalidInput, Conflict when it is registered already.
        """
        plain = plain_number(number)
        if not is_presentable(plain, display_name):
            raise InvalidInput(
                "a caller number has 3 to 15 digits; its display name at most 40 characters and "
                'none of " \\ < >'
            )
        if valid_from.tzinfo is None or valid_to.tzinfo is None or valid_from >= valid_to:
            raise InvalidInput("valid_from must be before valid_to, both with a time zone")
        async with self._database.transaction() as session:
            if await session.scalar(select(CallerIdRow.id).where(CallerIdRow.number == plain)):
                raise Conflict(f"caller number {plain} is registered already")
            row = CallerIdRow(
                number=plain,
                display_name=display_name,
                owner=owner,
                status=CallerIdStatus.PENDING.value,
                valid_from=valid_from,
                valid_to=valid_to,
                kinds=[kind.value for kind in kinds],
            )
            session.add(row)
        return rows.caller_id(row)

    async def verify(self, number: str) -> CallerId:
        """Note that the number's owner has proven it theirs. Raises NotFound, Conflict."""
        return await self._move(number, CallerIdEvent.VERIFY)

    async def suspend(self, number: str) -> CallerId:
        """Let no further call out under the number. Raises NotFound, Conflict."""
        return await self._move(number, CallerIdEvent.SUSPEND)

    async def revoke(self, number: str) -> CallerId:
        """Take the number out of use for good. Raises NotFound, Conflict."""
        return await self._move(number, CallerIdEvent.REVOKE)

    async def list(self) -> tuple[CallerId, ...]:
        """Return the whole registry by number."""
        async with self._database.transaction() as session:
            found = await session.scalars(select(CallerIdRow).order_by(CallerIdRow.number))
            return tuple(rows.caller_id(row) for row in found)

    async def get(self, number: str) -> CallerId:
        """Return one number. Raises NotFound."""
        query = select(CallerIdRow).where(CallerIdRow.number == plain_number(number))
        async with self._database.transaction() as session:
            row = await session.scalar(query)
        if row is None:
            raise NotFound(f"caller number {number} is not registered")
        return rows.caller_id(row)

    async def _move(self, number: str, event: CallerIdEvent) -> CallerId:
        query = select(CallerIdRow).where(CallerIdRow.number == plain_number(number))
        async with self._database.transaction() as session:
            row = await session.scalar(query.with_for_update())
            if row is None:
                raise NotFound(f"caller number {number} is not registered")
            row.status = next_status(CallerIdStatus(row.status), event).value
        return rows.caller_id(row)


def plain_number(number: str) -> str:
    """Return a caller number without the separators people write."""
    return re.sub(r"[\s\-()+]", "", number)
