"""A person's numbers: all they can be reached under, in the order they are tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.store.contact_tables import ContactNumberRow
from campaigns.store.tables import ContactRow

# Sorted, so that two transactions about the same people lock in the same order.
_LOCK_NUMBERS = text(
    """
    SELECT pg_advisory_xact_lock(hashtextextended(encode(n, 'hex'), 0))
    FROM (SELECT number_index AS n FROM contacts WHERE id = :contact
          UNION SELECT number_index FROM contact_numbers WHERE contact_id = :contact
          ORDER BY n) AS numbers
    """
)


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """One number of a person; `order` counts from 1."""

    order: int
    index: bytes
    masked: str
    sealed: bytes = field(repr=False)


async def lock_numbers(session: AsyncSession, contact_id: UUID) -> None:
    """Let nobody else decide about a call to any number of this person until we have."""
    await session.execute(_LOCK_NUMBERS, {"contact": contact_id})


async def read_numbers(session: AsyncSession, contact: ContactRow) -> tuple[PersonNumber, ...]:
    """Return the numbers of a contact, the first one first."""
    further = await session.scalars(
        select(ContactNumberRow)
        .where(ContactNumberRow.contact_id == contact.id)
        .order_by(ContactNumberRow.order)
    )
    first = PersonNumber(1, contact.number_index, contact.number_masked, contact.number_sealed)
    return (
        first,
        *(
            PersonNumber(row.order, row.number_index, row.number_masked, row.number_sealed)
            for row in further
        ),
    )
