"""`outbound contacts`: import the people to call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, console, print_json, print_rows
from api.cli.use_case import perform

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Contact lists.")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")],
    name: Annotated[str | None, typer.Option(help="The list's name; none: the file's.")] = None,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Refuse the whole file when a row is bad.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import people to call; bad rows are reported with row and column, good ones kept."""
    report = perform(
        lambda do: do.contacts.import_file(name or file.stem, file, all_or_nothing=all_or_nothing)
    )
    if as_json:
        print_json(report)
        return
    typer.echo(f"{report.id}: {report.accepted} accepted, {report.refused} refused")
    for problem in report.report:
        console.print(f"  {problem}", markup=False)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the contact lists."""
    lists = perform(lambda do: do.contacts.list())
    print_rows(lists, ("id", "name", "accepted", "refused", "created_at"), as_json)
