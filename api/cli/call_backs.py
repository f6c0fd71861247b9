"""`outbound call-backs`: lost callers of a day, and the calls the switches report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, console, print_fields, print_json, print_rows
from api.cli.use_case import perform
from api.http.call_backs import CallBackDayOut
from campaigns.call_backs.call_file import read_calls_file
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.call_backs.obligation import Obligation

app = typer.Typer(
    cls=CommandGroup, no_args_is_help=True, help="Same-day call-back of lost callers."
)

_COLUMNS = ("number", "state", "lost_calls", "last_lost", "call_backs", "first_call_back")


@dataclass(frozen=True, slots=True)
class _Line:
    """An obligation as a row of the table."""

    number: str
    state: str
    lost_calls: int
    last_lost: datetime | None
    call_backs: int
    first_call_back: datetime | None


Day = Annotated[
    datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="A local day; none: today.")
]


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV of a switch.")],
    source: Annotated[str, typer.Option(help="The system, where the file does not name it.")],
    as_json: AsJson = False,
) -> None:
    """Take in reports of inbound calls; bad rows are reported, the same file may come again."""
    found = perform(lambda do: do.inbound_calls.add(read_calls_file(file, source)))
    if as_json:
        print_json(found)
        return
    typer.echo(
        f"{found.added} added, {found.corrected} corrected, {found.unchanged} unchanged, "
        f"{found.refused} refused"
    )
    for problem in (*found.problems, *found.notices):
        console.print(f"  {problem}", markup=False)


@app.command()
def day(day: Day = None, as_json: AsJson = False) -> None:
    """Report who is owed a call-back and who had one (indicator 12), with the evidence."""
    found = perform(lambda do: do.call_backs.day(_date(day)))
    shown = CallBackDayOut.of(found)
    if as_json:
        print_json(shown.model_dump(mode="json"))
        return
    typer.echo(
        f"{shown.day}: {shown.called_back} of {shown.owed} called back ({_rate(shown.rate_percent)}"
        f"), {shown.connected} reached ({_rate(shown.connected_percent)}); "
        f"{len(shown.withheld)} withheld, {len(shown.waiting)} without an end"
    )
    print_rows([_line(each) for each in found.obligations], _COLUMNS, as_json=False)


@app.command("list-due")
def list_due(day: Day = None, as_json: AsJson = False) -> None:
    """Make a contact list of the numbers that are due, for a call-back campaign."""
    list_id = perform(lambda do: do.call_backs.list_due(_date(day)))
    print_fields(perform(lambda do: do.contacts.get(list_id)), as_json)


def _line(obligation: Obligation) -> _Line:
    made = obligation.call_backs
    return _Line(
        number=obligation.number_masked,
        state=obligation.state.value.replace("_", " "),
        lost_calls=len(obligation.lost),
        last_lost=obligation.anchor.lost_at,
        call_backs=len(made),
        first_call_back=made[0].started_at if made else None,
    )


def _date(day: datetime | None) -> date:
    return day.date() if day else datetime.now(SHANGHAI).date()


def _rate(percent: float | None) -> str:
    return "n/a" if percent is None else f"{percent:g} %"
