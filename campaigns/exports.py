"""Exports: files of results, one row an attempt and one a contact never attempted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.answer import Answer
from campaigns.calling_hours import read_zone
from campaigns.clock import Clock
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.export_file import FORMATS, ExportFile, open_export
from campaigns.export_table import Cell, ExportTable, TaskFacts
from campaigns.questionnaire.model import Questionnaire
from campaigns.results import read_answer, read_attempt
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import (
    AnswerRow,
    AttemptRow,
    CampaignRow,
    ContactRow,
    ExportRow,
    QuestionnaireRow,
    TaskRow,
)

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Export:
    """A file being made. `state` is queued, ready or failed; `path` is relative to the exports
    folder; `rows` counts its rows without the header."""

    id: UUID
    campaign_id: UUID
    format: str
    state: str
    path: str | None
    rows: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class Exports:
    """Request, write and find exports; their files are in `folder`."""

    def __init__(self, database: Database, folder: Path, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock

    async def request(self, campaign_id: UUID, file_format: str = "csv") -> Export:
        """Note that an export is wanted. Raises NotFound, InvalidInput."""
        if file_format not in FORMATS:
            raise InvalidInput(f"an export is one of {', '.join(FORMATS)}, not {file_format!r}")
        async with self._database.transaction() as session:
            if await session.get(CampaignRow, campaign_id) is None:
                raise NotFound(f"there is no campaign {campaign_id}")
            row = ExportRow(
                campaign_id=campaign_id,
                format=file_format,
                state="queued",
                created_at=self._clock.now(),
            )
            session.add(row)
            await session.flush()
        return _export(row)

    async def get(self, export_id: UUID) -> Export:
        """Return an export as it stands. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(ExportRow, export_id)
        if row is None:
            raise NotFound(f"there is no export {export_id}")
        return _export(row)

    async def write(self, export_id: UUID) -> Export:
        """Write the file; a ready one is left as it is. Raises NotFound; any other error is also
        noted with the export."""
        export = await self.get(export_id)
        if export.state == "ready":
            return export
        try:
            count = await self._write_file(export)
        except Exception as error:
            await self._note(export_id, state="failed", error=str(error))
            raise
        await self._note(export_id, state="ready", path=_name(export), rows=count, error=None)
        return await self.get(export_id)

    async def path(self, export_id: UUID) -> Path:
        """Return where a ready export's file is. Raises NotFound, Conflict."""
        export = await self.get(export_id)
        if export.path is None:
            raise Conflict(f"the export is {export.state}")
        return self._folder / export.path

    async def _write_file(self, export: Export) -> int:
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{_name(export)}.part"
        try:
            async with self._database.transaction() as session:
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                count = await _write(session, part, export)
            await asyncio.to_thread(part.replace, self._folder / _name(export))
        finally:
            with suppress(FileNotFoundError):
                await asyncio.to_thread(part.unlink)
        return count

    async def _note(self, export_id: UUID, **values: object) -> None:
        async with self._database.transaction() as session:
            await session.execute(
                update(ExportRow)
                .where(ExportRow.id == export_id)
                .values(finished_at=self._clock.now(), **values)
            )


async def _write(session: AsyncSession, part: Path, export: Export) -> int:
    campaign = await session.get_one(CampaignRow, export.campaign_id)
    version = await session.get_one(QuestionnaireRow, campaign.questionnaire_id)
    questionnaire: Questionnaire = rows.questionnaire(version)
    table = ExportTable(questionnaire, read_zone(campaign.time_zone))
    file: ExportFile = await asyncio.to_thread(open_export, part, export.format, questionnaire)
    count = 0
    try:
        await asyncio.to_thread(file.write, [table.header()])
        async for batch in _batches(session, campaign.id, table):
            await asyncio.to_thread(file.write, batch)
            count += len(batch)
    finally:
        await asyncio.to_thread(file.close)
    return count


async def _batches(
    session: AsyncSession, campaign_id: UUID, table: ExportTable
) -> AsyncIterator[list[list[Cell]]]:
    """Yield the rows by contact, in the order of the contact list."""
    contacts = (
        select(TaskRow, ContactRow)
        .join(ContactRow, ContactRow.id == TaskRow.contact_id)
        .where(TaskRow.campaign_id == campaign_id)
        .order_by(ContactRow.source_row)
        .limit(_BATCH)
    )
    after = 0
    while True:
        found = await session.execute(contacts.where(ContactRow.source_row > after))
        pairs = found.all()
        if not pairs:
            return
        after = pairs[-1][1].source_row
        yield await _rows(session, list(pairs), table)
        session.expunge_all()


async def _rows(
    session: AsyncSession, pairs: list[tuple[TaskRow, ContactRow]], table: ExportTable
) -> list[list[Cell]]:
    attempts: dict[UUID, list[AttemptRow]] = defaultdict(list)
    of_these = AttemptRow.task_id.in_([task.id for task, _ in pairs])
    dialled = select(AttemptRow).where(of_these).order_by(AttemptRow.ordinal)
    for row in await session.scalars(dialled):
        attempts[row.task_id].append(row)
    answers: dict[UUID, dict[str, Answer]] = defaultdict(dict)
    given = (
        select(AnswerRow)
        .join(AttemptRow, AttemptRow.id == AnswerRow.attempt_id)
        .where(of_these, ~AnswerRow.superseded)
    )
    for answer in await session.scalars(given):
        answers[answer.attempt_id][answer.question_id] = read_answer(answer)
    lines: list[list[Cell]] = []
    for task, contact in pairs:
        facts = TaskFacts(
            contact.source_row, contact.number_masked, task.state, task.disposition, task.note
        )
        for row in attempts[task.id]:
            lines.append(table.row(facts, read_attempt(row, contact), answers[row.id]))
        if not attempts[task.id]:
            lines.append(table.row(facts, None, {}))
    return lines


def _name(export: Export) -> str:
    return f"{export.id}.{export.format}"


def _export(row: ExportRow) -> Export:
    return Export(
        id=row.id,
        campaign_id=row.campaign_id,
        format=row.format,
        state=row.state,
        path=row.path,
        rows=row.rows,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
