"""Keys of the HTTP interface: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from campaigns.clock import Clock
from campaigns.errors import InvalidInput, NotFound
from campaigns.store.database import Database
from campaigns.store.tables import ApiKeyRow

_KEY = re.compile(r"ob_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as kept: `prefix` is enough to tell keys apart, not to use one."""

    id: UUID
    name: str
    prefix: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key with its secret, which cannot be shown again."""

    key: ApiKey
    secret: str = field(repr=False)


class ApiKeys:
    """Make, verify and revoke keys: `ob_<prefix>_<256 random bits>`, of which a SHA-256 is kept
    (a random key needs no slow hash)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def make(self, name: str) -> MadeKey:
        """Make a key for somebody or something named. Raises InvalidInput."""
        if not name.strip():
            raise InvalidInput("a key needs a name that says who uses it")
        prefix = secrets.token_hex(4)
        secret = f"ob_{prefix}_{secrets.token_urlsafe(32)}"
        row = ApiKeyRow(
            name=name.strip(),
            prefix=prefix,
            key_hash=_hash(secret),
            created_at=self._clock.now(),
        )
        async with self._database.transaction() as session:
            session.add(row)
        return MadeKey(_key(row), secret)

    async def verify(self, secret: str) -> ApiKey | None:
        """Return the key of this secret; None when it is not ours or was revoked."""
        shape = _KEY.fullmatch(secret)
        if shape is None:
            return None
        hashed = _hash(secret)
        query = select(ApiKeyRow).where(
            ApiKeyRow.prefix == shape.group(1), ApiKeyRow.revoked_at.is_(None)
        )
        async with self._database.transaction() as session:
            candidates = list(await session.scalars(query))
        found = [row for row in candidates if hmac.compare_digest(row.key_hash, hashed)]
        return _key(found[0]) if found else None

    async def list(self) -> tuple[ApiKey, ...]:
        """Return all keys, the oldest first."""
        async with self._database.transaction() as session:
            found = await session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at))
            return tuple(_key(row) for row in found)

    async def revoke(self, prefix: str) -> ApiKey:
        """End a key's use at once; again changes nothing. Raises NotFound."""
        query = select(ApiKeyRow).where(ApiKeyRow.prefix == prefix).with_for_update()
        async with self._database.transaction() as session:
            row = await session.scalar(query)
            if row is None:
                raise NotFound(f"there is no key with prefix {prefix}")
            row.revoked_at = row.revoked_at or self._clock.now()
        return _key(row)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(row.id, row.name, row.prefix, row.created_at, row.revoked_at)
