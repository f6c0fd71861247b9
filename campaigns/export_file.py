"""Writing an export as CSV or XLSX, safe to open in a spreadsheet program.

A text that begins with = + - @ (or a tab or line end) would be run as a formula (OWASP: CSV
injection): in CSV it gets an apostrophe in front; in XLSX it is stored as text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import xlsxwriter  # type: ignore[import-untyped]

from campaigns.export_table import Cell
from campaigns.questionnaire.model import Questionnaire
from campaigns.questionnaire.record import derived_names

FORMATS = ("csv", "xlsx")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SHEET_ROWS = 1_048_576


class ExportFile(Protocol):
    """A file being written, header first."""

    def write(self, rows: Iterable[Sequence[Cell]]) -> None: ...

    def close(self) -> None: ...


class CsvFile:
    """CSV in UTF-8 with a byte order mark, so that Excel reads Chinese right."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._writer.writerows([_harmless(cell) for cell in row] for row in rows)

    def close(self) -> None:
        self._file.close()


class XlsxFile:
    """XLSX: the rows in sheets `attempts` (more when they do not fit), then the questions."""

    def __init__(self, path: Path, questionnaire: Questionnaire) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self._bold = self._book.add_format({"bold": True})
        self._questionnaire = questionnaire
        self._header: Sequence[Cell] | None = None
        self._sheets = 0
        self._next = 0

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            if self._header is None:
                self._header = row
                self._begin_sheet()
                continue
            if self._next == _SHEET_ROWS:
                self._begin_sheet()
            self._sheet.write_row(self._next, 0, row)
            self._next += 1

    def close(self) -> None:
        sheet = self._book.add_worksheet("questions")
        sheet.write_row(0, 0, ("id", "type", "text", "options"), self._bold)
        for number, row in enumerate(_explained(self._questionnaire), start=1):
            sheet.write_row(number, 0, row)
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = "attempts" if self._sheets == 1 else f"attempts {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 2)
        self._sheet.write_row(0, 0, self._header or (), self._bold)
        self._next = 1


def open_export(path: Path, file_format: str, questionnaire: Questionnaire) -> ExportFile:
    """Open a file of one of `FORMATS`. Blocks while writing."""
    return CsvFile(path) if file_format == "csv" else XlsxFile(path, questionnaire)


def _explained(questionnaire: Questionnaire) -> Iterator[tuple[str, str, str, str]]:
    """Yield what each column of answers means: the questions, then what is drawn or computed."""
    for question in questionnaire.questions:
        options = "；".join(f"{option.value}={option.label}" for option in question.options)
        yield question.id, question.type.value, question.text, options
    for name in derived_names(questionnaire):
        expression = questionnaire.computed.get(name)
        yield name, "computed" if expression else "drawn", expression or "", ""


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
