"""`outbound questionnaire`: check and store questionnaire files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.check import check
from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, print_fields, print_rows
from api.cli.use_case import perform
from campaigns.questionnaire.xlsform.form import import_form

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Questionnaires.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Questionnaire (YAML).")]


app.command()(check)


@app.command()
def add(file: File, as_json: AsJson = False) -> None:
    """Store a questionnaire as a new version; the same text again is the same version."""
    text = file.read_text(encoding="utf-8")
    print_fields(perform(lambda do: do.questionnaires.add(text)), as_json)


@app.command("import")
def import_xlsform(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="XLSForm (.xlsx).")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the questionnaire is written.")
    ] = None,
    skip_unsupported: Annotated[
        bool, typer.Option(help="Leave out questions that cannot be asked on the telephone.")
    ] = False,
) -> None:
    """Turn an XLSForm into a questionnaire file; tells what was changed by row and column."""
    imported = import_form(file, skip_unsupported=skip_unsupported)
    for problem in imported.warnings:
        typer.echo(f"warning: {problem}", err=True)
    if output is None:
        typer.echo(imported.text, nl=False)
        return
    output.write_text(imported.text, encoding="utf-8")
    count = len(imported.questionnaire.questions)
    typer.echo(f"{output}: {count} questions; look at it with `outbound check {output}`")


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the stored versions."""
    stored = perform(lambda do: do.questionnaires.list())
    print_rows(stored, ("id", "key", "version", "title", "kind", "created_at"), as_json)
