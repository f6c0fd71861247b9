"""The contact file: CSV or XLSX as people have it, read row by row (docs/contact-file.md)."""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from openpyxl.workbook import Workbook

from campaigns.errors import InvalidInput, Problem
from campaigns.phone_number import BadNumber, normalise

# In order of preference: where a file has several, the first is the one that is meant.
NUMBER_HEADERS = (
    "手机号码", "手机号", "手机", "移动电话", "联系电话", "电话号码", "电话", "联系方式", "号码",
    "mobile", "phone", "phone_number", "telephone", "number",
)  # fmt: skip
NAME_HEADERS = (
    "称呼", "姓名", "联系人", "联系人姓名", "纳税人名称", "企业名称", "单位名称", "name",
    "full_name", "contact",
)  # fmt: skip
_FURTHER = re.compile(rf"(?:{'|'.join(NUMBER_HEADERS)})_?([2-9])")
_SPARE = re.compile(rf"备用(?:{'|'.join(NUMBER_HEADERS)})_?([2-9]?)")
_MAX_CELL = 500
_DELIMITERS = ",\t;，"
_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CHUNK = 1 << 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\ufeff]+")
_BROKEN_XLSX = (BadZipFile, KeyError, IndexError, ValueError, SyntaxError, EOFError)
"""What openpyxl raises on files that are damaged (XML errors are SyntaxErrors)."""


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One usable row: the number as dialled, further ones of the same person in the order they
    are tried, the attributes by name. `remarks`: what was left out of it."""

    row: int
    number: str = field(repr=False)
    attributes: dict[str, str] = field(repr=False)
    further: tuple[str, ...] = field(default=(), repr=False)
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactFile:
    """An open file: the names of the attributes, and its rows, usable ones and problems, to be
    read once."""

    columns: tuple[str, ...]
    lines: Iterator[ContactLine | Problem]


@contextmanager
def open_contacts(path: Path) -> Iterator[ContactFile]:
    """Open a contact file. Blocks. Raises InvalidInput when it cannot be used as a whole."""
    with _records(path) as records:
        numbered = ((row, cells) for row, cells in enumerate(records, start=1) if any(cells))
        _, header = next(numbered, (0, []))
        if not header:
            raise InvalidInput("the contact file is empty: it needs a header row and contacts")
        yield _contacts(header, numbered)


def contacts_of(objects: Sequence[Mapping[str, str]]) -> ContactFile:
    """Read contacts given as objects, one a person; a row is an object's place, from 1.

    Raises InvalidInput when they cannot be used as a whole.
    """
    header = list(dict.fromkeys(name for each in objects for name in each))
    cells = ([_clean(each.get(name, "")) for name in header] for each in objects)
    return _contacts(header, iter(enumerate(cells, start=1)))


def _contacts(header: list[str], numbered: Iterator[tuple[int, list[str]]]) -> ContactFile:
    layout = _read_header(header)
    numbers = (layout.number_at, *layout.further_at)
    columns = tuple(name for at, name in enumerate(layout.names) if name and at not in numbers)
    return ContactFile(columns, _lines(numbered, layout))


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the columns are: each one's attribute name ("" = left out), and where the person's
    numbers are."""

    header: list[str]
    names: list[str]
    number_at: int
    further_at: tuple[int, ...]


def _read_header(header: list[str]) -> _Layout:
    plain = [_attribute_name(cell) for cell in header]
    _refuse_doubles(plain)
    lower = [name.lower() for name in plain]
    number_at = _first_of(NUMBER_HEADERS, lower)
    if number_at is None:
        raise InvalidInput(
            f"no column holds the phone number: name one of them {NUMBER_HEADERS[0]} or phone",
            (Problem(f"the header reads {', '.join(header)}", row=1),),
        )
    name_at = _first_of(NAME_HEADERS, lower)
    if name_at is not None:
        plain[name_at] = "name"
        _refuse_doubles(plain)
    return _Layout(header, plain, number_at, _further_columns(lower, number_at))


def _further_columns(names: list[str], number_at: int) -> tuple[int, ...]:
    """Return where the person's further numbers are: phone2, 手机3, 备用电话, in their order."""
    found = []
    for at, name in enumerate(names):
        match = _FURTHER.fullmatch(name) or _SPARE.fullmatch(name)
        if match and at != number_at:
            found.append((int(match.group(1) or 2), at))
    return tuple(at for _, at in sorted(found))


def _refuse_doubles(names: list[str]) -> None:
    doubles = {name for at, name in enumerate(names) if name and name in names[:at]}
    if doubles:
        raise InvalidInput(f"two columns have the header {', '.join(sorted(doubles))}: rename one")


def _first_of(wanted: Iterable[str], names: list[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _attribute_name(header: str) -> str:
    """A header as a name usable in {placeholders}: 办理日期（年） → 办理日期_年."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", header)).strip("_")
    return name if name.isidentifier() or not name else f"_{name}"


def _lines(
    records: Iterator[tuple[int, list[str]]], layout: _Layout
) -> Iterator[ContactLine | Problem]:
    first_row: dict[int, int] = {}
    for row, cells in records:
        line = _line(row, cells, layout)
        if isinstance(line, ContactLine):
            before = first_row.setdefault(int(line.number), row)
            if before != row:
                message = f"the same number as in row {before}"
                line = Problem(message, row=row, column=layout.header[layout.number_at])
            elif layout.further_at:
                line = _with_further(line, cells, layout, first_row)
        yield line


def _line(row: int, cells: list[str], layout: _Layout) -> ContactLine | Problem:
    header, number_at = layout.header, layout.number_at
    if any(cells[len(header) :]):
        return Problem("more cells than the header has: put texts with commas in quotes", row=row)
    cells = [*cells, *[""] * (len(header) - len(cells))]
    try:
        number = normalise(cells[number_at])
    except BadNumber as error:
        return Problem(str(error), row=row, column=header[number_at])
    attributes = {}
    for at, name in enumerate(layout.names):
        if not name or at == number_at or at in layout.further_at:
            continue
        if len(cells[at]) > _MAX_CELL:
            return Problem(f"longer than {_MAX_CELL} characters", row=row, column=header[at])
        attributes[name] = cells[at]
    return ContactLine(row, number, attributes)


def _with_further(
    line: ContactLine, cells: list[str], layout: _Layout, first_row: dict[int, int]
) -> ContactLine:
    """Add the person's further numbers; one that cannot be used is left out and remarked on."""
    numbers, remarks = [line.number], []
    for at in layout.further_at:
        written = cells[at] if at < len(cells) else ""
        if not written:
            continue
        column = layout.header[at]
        try:
            number = normalise(written)
        except BadNumber as error:
            remarks.append(Problem(f"left out: {error}", row=line.row, column=column))
            continue
        if number in numbers:
            continue
        before = first_row.setdefault(int(number), line.row)
        if before != line.row:
            message = f"left out: the same number as in row {before}"
            remarks.append(Problem(message, row=line.row, column=column))
        else:
            numbers.append(number)
    return replace(line, further=tuple(numbers[1:]), remarks=tuple(remarks))


@contextmanager
def _records(path: Path) -> Iterator[Iterator[list[str]]]:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == _XLS:
        raise InvalidInput("the old .xls format is not read: save the file as .xlsx or .csv")
    with _xlsx(path) if magic == _XLSX else _csv(path) as records:
        yield ([_clean(cell) for cell in record] for record in records)


@contextmanager
def _csv(path: Path) -> Iterator[Iterator[list[Any]]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(_DELIMITERS, key=first.count)
        yield _csv_records(file, delimiter)


def _csv_records(file: Iterable[str], delimiter: str) -> Iterator[list[Any]]:
    reader = csv.reader(file, delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        problem = Problem(str(error), line=reader.line_num)
        raise InvalidInput("the contact file is not well-formed CSV", (problem,)) from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise InvalidInput("the contact file is neither UTF-8 nor GB18030 text, nor an .xlsx file")


@contextmanager
def _xlsx(path: Path) -> Iterator[Iterator[list[Any]]]:
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except _BROKEN_XLSX as error:
            raise _unreadable() from error
        try:
            yield _xlsx_records(book)
        finally:
            book.close()


def _xlsx_records(book: Workbook) -> Iterator[list[Any]]:
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            yield list(row)
    except _BROKEN_XLSX as error:
        raise _unreadable() from error


def _unreadable() -> InvalidInput:
    return InvalidInput("the .xlsx file cannot be read: open it and save it again")


def _clean(cell: Any) -> str:
    """A cell as text, without control characters; whole numbers without a decimal point."""
    if isinstance(cell, str) and cell.isprintable():
        return cell.strip()  # nearly every cell
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    if isinstance(cell, datetime | date):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return _CONTROL.sub(" ", str(cell)).strip()
