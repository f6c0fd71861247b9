"""Contact lists: files of people to call, imported with a report of what was refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.clock import Clock
from campaigns.consent import Consent, ConsentBasis, ConsentRecord, check
from campaigns.contact_file import ContactFile, ContactLine, contacts_of, open_contacts
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
_COPY_FURTHER = (
    'COPY contact_numbers (contact_id, "order", number_sealed, number_index, number_masked) '
    "FROM STDIN (FORMAT BINARY)"
)
_FURTHER_TYPES = ("uuid", "int2", "bytea", "bytea", "text")
_Row = tuple[Any, ...]
_Batches = AsyncGenerator["_Batch", None]


@dataclass(slots=True)
class _Batch:
    """Rows of a file, ready to be stored, and what was wrong with others."""

    contacts: list[_Row] = field(default_factory=list)
    further: list[_Row] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.contacts or self.refused)


@dataclass(slots=True)
class _Tally:
    """What became of the rows so far; `report` names the first problems and remarks."""

    accepted: int = 0
    refused: int = 0
    remarks: int = 0
    report: list[Problem] = field(default_factory=list)

    def add(self, batch: _Batch) -> None:
        self.accepted += len(batch.contacts)
        self.refused += len(batch.refused)
        self.remarks += len(batch.remarks)
        found = sorted([*batch.refused, *batch.remarks], key=lambda each: each.row or 0)
        self.report += found[: _REPORTED - len(self.report)]


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list as imported. `report` names the first thousand of the rows refused and of the
    `remarks`: numbers left out of rows that were taken. `columns` are the attributes' names."""

    id: UUID
    name: str
    columns: tuple[str, ...]
    accepted: int
    refused: int
    remarks: int
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
        if consent is not None:
            check(consent, self._clock.now().date())
        with ExitStack() as stack:
            file = await asyncio.to_thread(stack.enter_context, open_contacts(path))
            return await self._import(name, file, all_or_nothing, consent, by)

    async def import_objects(
        self,
        name: str,
        people: Sequence[Mapping[str, str]],
        *,
        all_or_nothing: bool = False,
        consent: Consent | None = None,
        by: str = "",
    ) -> ContactList:
        """Import people given as objects, with the names a file's header has; as `import_file`."""
        if consent is not None:
            check(consent, self._clock.now().date())
        return await self._import(name, contacts_of(people), all_or_nothing, consent, by)

    async def _import(
        self, name: str, file: ContactFile, all_or_nothing: bool, consent: Consent | None, by: str
    ) -> ContactList:
        list_id = uuid4()
        async with self._database.transaction() as session:
            row = ContactListRow(id=list_id, name=name, columns=list(file.columns))
            if consent is not None:
                _record(row, consent, by)
            session.add(row)
            await session.flush()
            tally = await _copy_all(session, _batches(self._vault, list_id, file.lines))
            _refuse_whole(tally, all_or_nothing)
            row.accepted, row.refused, row.remarks = tally.accepted, tally.refused, tally.remarks
            row.report = [asdict(problem) for problem in tally.report]
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

    def read() -> asyncio.Task[_Batch]:
        return asyncio.create_task(asyncio.to_thread(_next_batch, vault, list_id, lines))

    reading = read()
    try:
        while batch := await reading:
            reading = read()
            yield batch
    finally:
        # the file is closed only when nobody reads it any more
        await asyncio.gather(reading, return_exceptions=True)


async def _copy_all(session: AsyncSession, batches: _Batches) -> _Tally:
    """Store the good rows; return what became of all."""
    tally = _Tally()
    async with aclosing(batches):
        async for batch in batches:
            await _copy(session, _COPY, _TYPES, batch.contacts)
            if batch.further:
                await _copy(session, _COPY_FURTHER, _FURTHER_TYPES, batch.further)
            tally.add(batch)
    return tally


def _next_batch(vault: Vault, list_id: UUID, lines: Iterator[ContactLine | Problem]) -> _Batch:
    batch = _Batch()
    for line in islice(lines, _BATCH):
        if isinstance(line, Problem):
            batch.refused.append(line)
        else:
            _seal(vault, list_id, line, batch)
    return batch


def _seal(vault: Vault, list_id: UUID, line: ContactLine, batch: _Batch) -> None:
    contact_id = uuid4()
    attributes = json.dumps(line.attributes, ensure_ascii=False).encode()
    batch.contacts.append((
        contact_id,
        list_id,
        line.row,
        *_sealed_number(vault, line.number),
        vault.seal(attributes, rows.ATTRIBUTES_PURPOSE),
    ))  # fmt: skip
    for order, number in enumerate(line.further, start=2):
        batch.further.append((contact_id, order, *_sealed_number(vault, number)))
    batch.remarks += line.remarks


def _sealed_number(vault: Vault, number: str) -> tuple[bytes, bytes, str]:
    return vault.seal(number.encode(), rows.NUMBER_PURPOSE), vault.index(number), mask(number)


def _refuse_whole(tally: _Tally, all_or_nothing: bool) -> None:
    if tally.refused and all_or_nothing:
        raise InvalidInput(
            f"{tally.refused} rows are bad, so the whole file is refused", tuple(tally.report)
        )
    if not tally.accepted:
        raise InvalidInput("the contact file has no row that can be called", tuple(tally.report))


async def _copy(
    session: AsyncSession, statement: str, types: Sequence[str], sealed: list[_Row]
) -> None:
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in sealed:
            await copy.write_row(row)


def _contact_list(row: ContactListRow) -> ContactList:
    return ContactList(
        id=row.id,
        name=row.name,
        columns=tuple(row.columns),
        accepted=row.accepted,
        refused=row.refused,
        remarks=row.remarks,
        report=tuple(Problem(**problem) for problem in row.report),
        created_at=row.created_at,
        consent=_consent(row),
    )
