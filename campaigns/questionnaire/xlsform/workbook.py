"""The workbook of an XLSForm, read as plain rows; what is hostile in size is refused unread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl

from campaigns.errors import InvalidInput

MAX_FILE_BYTES = 10 << 20
_MAX_UNPACKED = 100 << 20
_MAX_MEMBERS = 500
_MAX_RATIO = 200
"""Unpacked to packed; spreadsheets of text stay below 30."""
_MAX_ROWS = 5000
_MAX_COLUMNS = 200
_MAX_CELL = 5000
_BROKEN = (BadZipFile, KeyError, IndexError, ValueError, SyntaxError, EOFError, OSError)
"""What zipfile and openpyxl raise on files that are damaged (XML errors are SyntaxErrors)."""
_SHEETS = ("survey", "choices", "settings")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its number as the spreadsheet shows it, and its cells by header."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, header: str) -> str:
        return self.cells.get(header, "")


@dataclass(frozen=True, slots=True)
class FormWorkbook:
    """The three sheets of a form; the last two may be empty."""

    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: tuple[Row, ...]


def open_form(path: Path) -> FormWorkbook:
    """Read a workbook. Blocks. Raises InvalidInput when it is none, too large, or no form."""
    _refuse_bombs(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            names = {sheet.title.strip().lower(): sheet for sheet in book.worksheets}
            sheets = {name: tuple(_rows(names[name])) if name in names else () for name in _SHEETS}
        finally:
            book.close()
    except _BROKEN as error:
        raise InvalidInput("the .xlsx file cannot be read: open it and save it again") from error
    if not sheets["survey"]:
        raise InvalidInput("the workbook has no sheet `survey` with questions: it is no XLSForm")
    return FormWorkbook(**sheets)


def _refuse_bombs(path: Path) -> None:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise InvalidInput(f"the file is too large: {MAX_FILE_BYTES >> 20} MB at most")
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
    except (BadZipFile, OSError, ValueError) as error:
        raise InvalidInput("the file is no .xlsx workbook") from error
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MAX_MEMBERS or unpacked > _MAX_UNPACKED or unpacked > size * _MAX_RATIO:
        raise InvalidInput(
            f"the workbook unpacks to {unpacked >> 20} MB in {len(members)} parts, which no form "
            "needs: copy its sheets into a new workbook"
        )


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()
    headers: list[str] = []
    rows = sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS)
    for number, record in enumerate(rows, start=1):
        if number > _MAX_ROWS:
            raise InvalidInput(f"sheet {sheet.title}: more than {_MAX_ROWS} rows")
        cells = [_text(cell) for cell in record]
        if any(len(cell) > _MAX_CELL for cell in cells):
            raise InvalidInput(
                f"sheet {sheet.title}, row {number}: a cell is longer than {_MAX_CELL} characters"
            )
        if not headers:
            headers = [_header(cell) for cell in cells] if any(cells) else []
        elif any(cells):
            named = zip(headers, cells, strict=False)
            yield Row(number, {header: cell for header, cell in named if header and cell})


def _header(cell: str) -> str:
    """A header in its plain form: lower case, `label :: 中文 (zh)` as `label::中文 (zh)`."""
    name, found, language = cell.partition("::")
    plain = re.sub(r"\s+", "_", name.strip().lower())
    return f"{plain}::{language.strip()}" if found else plain


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
