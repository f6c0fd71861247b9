"""A CSV file of inbound call records, as a switch exports it (docs/inbound-calls.md)."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from campaigns.call_backs.inbound_record import InboundRecord
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.errors import InvalidInput, Problem

_HEADERS = {
    "switch_call_id": ("switch_call_id", "call_id", "呼叫标识", "呼叫流水号",
                       "通话流水号", "流水号"),
    "number": ("number", "caller", "主叫号码", "来电号码", "主叫"),
    "transferred_at": ("transferred_at", "转人工时间", "转接人工时间", "请求人工时间"),
    "answered_at": ("answered_at", "人工接听时间", "接听时间", "应答时间"),
    "ended_at": ("ended_at", "结束时间", "挂机时间"),
    "withheld": ("withheld", "隐藏号码", "号码隐藏"),
    "source": ("source", "来源", "来源系统"),
    "revision": ("revision", "修订", "修订号"),
}  # fmt: skip
_NEEDED = ("switch_call_id", "number", "transferred_at", "answered_at", "ended_at")
_YES, _NO = (
    frozenset({"1", "true", "yes", "是", "y"}),
    frozenset({"", "0", "false", "no", "否", "n"}),
)
_HIDDEN = frozenset(
    {"anonymous", "restricted", "withheld", "unavailable", "匿名", "隐藏", "未显示"}
)
_ENCODINGS = ("utf-8-sig", "gb18030")
_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


def read_calls_file(
    path: Path, source: str, zone: ZoneInfo = SHANGHAI
) -> Iterator[InboundRecord | Problem]:
    """Read a file row by row: records, and problems of rows that cannot be read. Blocks.

    `source` names the system where the file does not. Times without an offset are local. Raises
    InvalidInput when the file cannot be used as a whole.
    """
    rows = csv.reader(_text(path).splitlines())
    header = next(rows, [])
    columns = _columns(header)
    for row, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            values = {name: _cell(cells, at) for name, at in columns.items()}
            yield _record(values, source, zone, row)


def _text(path: Path) -> str:
    data = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("the file of calls is neither UTF-8 nor GB18030 text: save it as CSV")


def _columns(header: list[str]) -> dict[str, int]:
    plain = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in header]
    found = {
        name: plain.index(known)
        for name, titles in _HEADERS.items()
        for known in titles
        if known in plain
    }
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        problems = tuple(
            Problem(f"no column {name}: call it {' or '.join(_HEADERS[name])}", row=1)
            for name in missing
        )
        raise InvalidInput("the file of calls lacks columns", problems)
    return found


def _cell(cells: list[str], at: int) -> str:
    return unicodedata.normalize("NFKC", cells[at]).strip() if at < len(cells) else ""


def _record(
    values: Mapping[str, str], source: str, zone: ZoneInfo, row: int
) -> InboundRecord | Problem:
    try:
        times = {
            name: _time(values[name], zone)
            for name in ("transferred_at", "answered_at", "ended_at")
        }
        revision = int(values.get("revision") or 0)
        hidden = _flag(values.get("withheld", "")) or values["number"].lower() in _HIDDEN
    except ValueError as error:
        return Problem(str(error), row=row)
    return InboundRecord(
        source=values.get("source") or source,
        switch_call_id=values["switch_call_id"],
        number=values["number"],
        withheld=hidden,
        revision=revision,
        row=row,
        **times,
    )


def _flag(text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise ValueError(f"{text!r} is neither yes nor no")


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    moment = _parse(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        for known in _FORMATS:
            try:
                return datetime.strptime(text, known)
            except ValueError:
                continue
    raise ValueError(f"{text!r} is no time: write 2026-03-02 10:05:33")
