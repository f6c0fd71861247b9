"""Overrides of the official calendar: days off, make-up workdays, years not yet announced."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from campaigns.calendar import Calendar, DayKind
from campaigns.errors import InvalidInput, NotFound, Problem
from campaigns.store.database import Database
from campaigns.store.reopening import look_again
from campaigns.store.tables import CalendarOverrideRow

_HEADER = ["date", "kind", "note"]
_RANGE = ".."
_MOST_DAYS = 3 * 366
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class CalendarOverride:
    """What the installation says a day is, and by what authority."""

    day: date
    kind: DayKind
    note: str = ""


class CalendarOverrides:
    """Import and read the overrides."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def import_file(self, path: Path) -> int:
        """Take a CSV file (see `read_overrides`) and return how many days it speaks of.

        Days that were overridden before are replaced. Raises InvalidInput; then nothing changes.
        """
        return await self.put(await asyncio.to_thread(_read_file, path))

    async def put(self, overrides: Sequence[CalendarOverride]) -> int:
        """Say what days are, over what was said before; return how many days."""
        days = [{"day": each.day, "kind": each.kind.value, "note": each.note} for each in overrides]
        write = insert(CalendarOverrideRow)
        replace = {"kind": write.excluded.kind, "note": write.excluded.note}
        async with self._database.transaction() as session:
            for at in range(0, len(days), _BATCH):
                await session.execute(
                    write.on_conflict_do_update(index_elements=["day"], set_=replace),
                    days[at : at + _BATCH],
                )
            await look_again(session)
        return len(days)

    async def remove(self, day: date) -> None:
        """Let a day be again what the official calendar says. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(CalendarOverrideRow, day)
            if row is None:
                raise NotFound(f"{day} is not overridden")
            await session.delete(row)
            await look_again(session)

    async def list(self) -> tuple[CalendarOverride, ...]:
        """Return all overrides in order of their days."""
        async with self._database.transaction() as session:
            found = await session.scalars(
                select(CalendarOverrideRow).order_by(CalendarOverrideRow.day)
            )
            return tuple(CalendarOverride(row.day, DayKind(row.kind), row.note) for row in found)

    async def calendar(self) -> Calendar:
        """Return the official calendar with all overrides."""
        return Calendar({each.day: each.kind for each in await self.list()})


def _read_file(path: Path) -> tuple[CalendarOverride, ...]:
    try:
        return read_overrides(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInput("the calendar file is not UTF-8 text") from error


def read_overrides(text: str) -> tuple[CalendarOverride, ...]:
    """Read CSV with the header `date,kind,note`.

    A date is one day (2027-02-06) or a range (2027-01-01..2027-12-31); the kind is workday,
    holiday or regular (as the day of the week says); a later row wins over an earlier one.
    Raises InvalidInput naming every bad row.
    """
    rows = csv.reader(io.StringIO(text))
    if [cell.strip().lower() for cell in next(rows, [])] != _HEADER:
        raise InvalidInput(f"the calendar file's first line must be {','.join(_HEADER)}")
    problems: list[Problem] = []
    days: dict[date, CalendarOverride] = {}
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            days |= {each.day: each for each in _row(cells)}
        except ValueError as error:
            problems.append(Problem(str(error), row=number))
    if problems or not days:
        raise InvalidInput("the calendar file cannot be used", tuple(problems))
    return tuple(days[day] for day in sorted(days))


def _row(cells: list[str]) -> Iterator[CalendarOverride]:
    span, kind, note = (cell.strip() for cell in [*cells, "", ""][:3])
    if kind not in list(DayKind):
        raise ValueError(f"the kind is {', '.join(DayKind)}, not {kind!r}")
    first, _, last = span.partition(_RANGE)
    begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    if not begin <= end < begin + timedelta(days=_MOST_DAYS):
        raise ValueError("a range goes from an earlier to a later day, three years at most")
    for ahead in range((end - begin).days + 1):
        yield CalendarOverride(begin + timedelta(days=ahead), DayKind(kind), note)
