"""Whether it is on record why the people of a list may be called."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from campaigns.store.tables import ContactListRow


def has_consent() -> ColumnElement[bool]:
    """Return the condition that a list's basis is recorded and was not withdrawn."""
    return and_(
        ContactListRow.consent_basis.is_not(None), ContactListRow.consent_withdrawn_at.is_(None)
    )
