"""`outbound calendar`: which days are worked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.cli.command_group import CommandGroup
from api.cli.operator import By
from api.cli.output import AsJson, console, print_json, print_rows
from api.cli.use_case import perform
from api.use_cases import UseCases
from campaigns.calendar_horizon import Horizon, horizon
from campaigns.calendar_overrides import CalendarOverride
from campaigns.peak import span_text
from campaigns.peaks import StoredPeak

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Workdays and holidays.")

_COLUMNS = ("day", "kind", "note")
_ZONE = ZoneInfo("Asia/Shanghai")


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV with the header date,kind,note; a date or a range as "
            "2027-01-01..2027-12-31; kind: workday, holiday or regular.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Say what days are, over the official calendar or where it ends."""
    days = perform(lambda do: do.calendar.import_file(file))
    if as_json:
        print_json({"days": days})
    else:
        console.print(f"{days} days taken")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show until when days are known, and what was imported."""
    today = datetime.now(_ZONE).date()

    async def work(do: UseCases) -> tuple[tuple[CalendarOverride, ...], Horizon]:
        reach = horizon(await do.calendar.calendar(), today, do.calendar_warning)
        return await do.calendar.list(), reach

    overrides, reach = perform(work)
    if as_json:
        print_json({"covered_until": reach.known_until, "overrides": overrides})
        return
    print_rows(overrides, _COLUMNS, as_json=False)
    known = f"known until {reach.known_until}" if reach.known_until else "today is not known"
    console.print(f"workdays: {known}; from then on nobody is called")
    if reach.warning:
        console.print(f"[yellow]{reach.warning}[/yellow]", soft_wrap=True)


@app.command()
def remove(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="As 2027-02-06.")],
) -> None:
    """Let a day be again what the official calendar says."""
    perform(lambda do: do.calendar.remove(day.date()))


@app.command("import-peaks")
def import_peaks(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV with the header dates,kinds,hours,note (docs/calendar.md).",
        ),
    ],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Add days of little or no outbound calling (征期)."""
    text = file.read_text(encoding="utf-8-sig")
    _show_peaks(perform(lambda do: do.peaks.import_text(text, by)), as_json)


@app.command()
def peaks(as_json: AsJson = False) -> None:
    """Show the days of little or no outbound calling."""
    _show_peaks(perform(lambda do: do.peaks.list()), as_json)


@app.command("remove-peak")
def remove_peak(
    peak: Annotated[int, typer.Argument(help="From `outbound calendar peaks`.")],
) -> None:
    """Forget a peak."""
    perform(lambda do: do.peaks.remove(peak))


@dataclass(frozen=True, slots=True)
class _PeakLine:
    """A peak as a line of the table."""

    id: int
    first: date
    last: date
    kinds: str
    hours: str
    note: str


def _show_peaks(stored: Sequence[StoredPeak], as_json: bool) -> None:
    lines = [
        _PeakLine(
            id=each.id,
            first=each.peak.first,
            last=each.peak.last,
            kinds=", ".join(sorted(each.peak.kinds)) or "all but call_back, follow_up",
            hours=", ".join(span_text(span) for span in each.peak.hours) or "none",
            note=each.peak.note,
        )
        for each in stored
    ]
    print_rows(lines, [each.name for each in fields(_PeakLine)], as_json)
