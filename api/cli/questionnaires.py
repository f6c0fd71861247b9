"""`outbound questionnaire`: check and store questionnaire files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.check import check
from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, print_fields, print_rows
from api.cli.use_case import perform

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Questionnaires.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Questionnaire (YAML).")]


app.command()(check)


@app.command()
def add(file: File, as_json: AsJson = False) -> None:
    """Store a questionnaire as a new version; the same text again is the same version."""
    text = file.read_text(encoding="utf-8")
    print_fields(perform(lambda do: do.questionnaires.add(text)), as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the stored versions."""
    stored = perform(lambda do: do.questionnaires.list())
    print_rows(stored, ("id", "key", "version", "title", "kind", "created_at"), as_json)
