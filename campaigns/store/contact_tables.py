"""The table of the further numbers people can be reached under."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.tables import Base


class ContactNumberRow(Base):
    """A further number of a contact, sealed; its first one stands with the contact."""

    __tablename__ = "contact_numbers"
    __table_args__ = (CheckConstraint('"order" >= 2', name="order"),)
    contact_id: Mapped[UUID] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True
    )
    order: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """2, 3, …: in which order the person's numbers are tried."""
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes] = mapped_column(index=True)
    number_masked: Mapped[str]
