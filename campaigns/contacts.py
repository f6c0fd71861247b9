"""Contact lists: files of people to call, imported with a report of what was refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, aclosing
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.clock import Clock
from campaigns.consent import Consent, ConsentBasis, ConsentRecord, check
from campaigns.contact_file import ContactLine, open_contacts
from campaigns.errors import Conflict, InvalidInput, NotFound, Problem
from campaigns.phone_number import mask
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import ContactListRow
from campaigns.vault import Vault

_BATCH = 2000
_REPORTED = 1000
_COPY = (
    "COPY contacts (id, list_id, source_row, number_sealed, number_index, number_masked, "
    "attributes_sealed) FROM STDIN (FORMAT BINARY)"
)
_TYPES = ("uuid", "uuid", "int4", "bytea", "bytea", "text", "bytea")
_Sealed = tuple[UUID, UUID, int, bytes, bytes, str, bytes]
_Batches = AsyncGenerator[list[_Sealed | Problem], None]


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list as imported. `report` names the rows refused, the first thousand of `refused`;
    `columns` are the attributes' names."""

    id: UUID
    name: str
    columns: tuple[str, ...]
    accepted: int
    refused: int
    report: tuple[Problem, ...]
    created_at: datetime
    consent: ConsentRecord | None


class Contacts:
    """Import and read contact lists, and record why their people may be called."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def import_file(
        self,
        name: str,
        path: Path,
        *,
        all_or_nothing: bool = False,
        consent: Consent | None = None,
        by: str = "",
    ) -> ContactList:
        """Import a CSV or XLSX file. Good rows are kept and bad ones reported, unless
        `all_or_nothing`: then one bad row refuses the file.

        Raises InvalidInput, also when no row is good; then nothing is stored.
        """
        list_id = uuid4()
        if consent is not None:
            check(consent, self._clock.now().date())
        with ExitStack() as stack:
            file = await asyncio.to_thread(stack.enter_context, open_contacts(path))
            async with self._database.transaction() as session:
                row = ContactListRow(id=list_id, name=name, columns=list(file.columns))
                if consent is not None:
                    _record(row, consent, by)
                session.add(row)
                await session.flush()
                accepted, refused, report = await _copy_all(
                    session, _batches(self._vault, list_id, file.lines)
                )
                _refuse_whole(accepted, refused, report, all_or_nothing)
                row.accepted, row.refused = accepted, refused
                row.report = [asdict(problem) for problem in report]
                await session.flush()
                await session.refresh(row)
        return _contact_list(row)

    async def get(self, list_id: UUID) -> ContactList:
        """Return one list. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(ContactListRow, list_id)
        if row is None:
            raise NotFound(f"there is no contact list {list_id}")
        return _contact_list(row)

    async def list(self, limit: int = 1000) -> tuple[ContactList, ...]:
        """Return the lists, newest first."""
        newest_first = select(ContactListRow).order_by(ContactListRow.created_at.desc())
        async with self._database.transaction() as session:
            found = await session.scalars(newest_first.limit(limit))
            return tuple(_contact_list(row) for row in found)

    async def record_consent(self, list_id: UUID, consent: Consent, by: str) -> ContactList:
        """Say why the people of a list may be called; what was recorded before is replaced.

        Raises NotFound, InvalidInput.
        """
        check(consent, self._clock.now().date())
        async with self._database.transaction() as session:
            row = await _locked(session, list_id)
            _record(row, consent, by)
        return _contact_list(row)

    async def withdraw_consent(self, list_id: UUID, reason: str, by: str) -> ContactList:
        """Call nobody of a list any more: its campaigns stop before their next call.

        Raises NotFound, InvalidInput, Conflict when there is nothing to withdraw.
        """
        if not reason.strip():
            raise InvalidInput("say why the consent is withdrawn")
        async with self._database.transaction() as session:
            row = await _locked(session, list_id)
            if row.consent_basis is None or row.consent_withdrawn_at is not None:
                raise Conflict("nothing is on record that could be withdrawn")
            row.consent_withdrawn_at = self._clock.now()
            row.consent_withdrawal = f"{by}: {reason}" if by else reason
        return _contact_list(row)


async def _locked(session: AsyncSession, list_id: UUID) -> ContactListRow:
    row = await session.get(ContactListRow, list_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no contact list {list_id}")
    return row


def _record(row: ContactListRow, consent: Consent, by: str) -> None:
    row.consent_basis, row.consent_evidence = consent.basis.value, consent.evidence.strip()
    row.consent_on, row.consent_by = consent.given_on, by
    row.consent_withdrawn_at, row.consent_withdrawal = None, ""


def _consent(row: ContactListRow) -> ConsentRecord | None:
    if row.consent_basis is None or row.consent_on is None:
        return None
    return ConsentRecord(
        consent=Consent(ConsentBasis(row.consent_basis), row.consent_evidence, row.consent_on),
        recorded_by=row.consent_by,
        withdrawn_at=row.consent_withdrawn_at,
        withdrawal=row.consent_withdrawal,
    )


async def _batches(vault: Vault, list_id: UUID, lines: Iterator[ContactLine | Problem]) -> _Batches:
    """Yield the file's rows sealed; the next ones are read while the database takes these."""

    def read() -> asyncio.Task[list[_Sealed | Problem]]:
        return asyncio.create_task(asyncio.to_thread(_next_batch, vault, list_id, lines))

    reading = read()
    try:
        while batch := await reading:
            reading = read()
            yield batch
    finally:
        # the file is closed only when nobody reads it any more
        await asyncio.gather(reading, return_exceptions=True)


async def _copy_all(session: AsyncSession, batches: _Batches) -> tuple[int, int, list[Problem]]:
    """Store the good rows; return how many were good and bad, and the first problems."""
    accepted = refused = 0
    report: list[Problem] = []
    async with aclosing(batches):
        async for batch in batches:
            sealed = [item for item in batch if not isinstance(item, Problem)]
            found = [item for item in batch if isinstance(item, Problem)]
            await _copy(session, sealed)
            accepted += len(sealed)
            refused += len(found)
            report += found[: _REPORTED - len(report)]
    return accepted, refused, report


def _next_batch(
    vault: Vault, list_id: UUID, lines: Iterator[ContactLine | Problem]
) -> list[_Sealed | Problem]:
    return [
        line if isinstance(line, Problem) else _seal(vault, list_id, line)
        for line in islice(lines, _BATCH)
    ]


def _seal(vault: Vault, list_id: UUID, line: ContactLine) -> _Sealed:
    attributes = json.dumps(line.attributes, ensure_ascii=False).encode()
    return (
        uuid4(),
        list_id,
        line.row,
        vault.seal(line.number.encode(), rows.NUMBER_PURPOSE),
        vault.index(line.number),
        mask(line.number),
        vault.seal(attributes, rows.ATTRIBUTES_PURPOSE),
    )


def _refuse_whole(accepted: int, refused: int, report: list[Problem], all_or_nothing: bool) -> None:
    if refused and all_or_nothing:
        raise InvalidInput(f"{refused} rows are bad, so the whole file is refused", tuple(report))
    if not accepted:
        raise InvalidInput("the contact file has no row that can be called", tuple(report))


async def _copy(session: AsyncSession, sealed: list[_Sealed]) -> None:
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in sealed:
            await copy.write_row(row)


def _contact_list(row: ContactListRow) -> ContactList:
    return ContactList(
        id=row.id,
        name=row.name,
        columns=tuple(row.columns),
        accepted=row.accepted,
        refused=row.refused,
        report=tuple(Problem(**problem) for problem in row.report),
        created_at=row.created_at,
        consent=_consent(row),
    )
