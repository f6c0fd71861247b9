"""The command `outbound`."""

from __future__ import annotations

import typer

from api.cli import models
from api.cli.command_group import CommandGroup
from api.cli.config import config

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Intelligent outbound calling and survey service.",
)
app.command()(config)
app.add_typer(models.app, name="models")
