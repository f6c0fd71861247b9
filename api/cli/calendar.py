"""`outbound calendar`: which days are worked."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, console, print_json, print_rows
from api.cli.use_case import perform
from api.use_cases import UseCases
from campaigns.calendar_overrides import CalendarOverride

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

    async def work(do: UseCases) -> tuple[tuple[CalendarOverride, ...], date | None]:
        return await do.calendar.list(), (await do.calendar.calendar()).covered_until(today)

    overrides, until = perform(work)
    if as_json:
        print_json({"covered_until": until, "overrides": overrides})
        return
    print_rows(overrides, _COLUMNS, as_json=False)
    known = f"known until {until}" if until else "today is not known"
    console.print(f"workdays: {known}; from then on nobody is called")
