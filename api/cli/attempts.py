"""`outbound attempts`: calls of which nobody knows how they ended."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from api.cli.command_group import CommandGroup
from api.cli.operator import By
from api.cli.output import AsJson, print_fields, print_rows
from api.cli.use_case import perform

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    help="Calls of which nobody knows how they ended: the service never repeats them by itself.",
)

_COLUMNS = ("id", "number_masked", "campaign_id", "started_at", "answered_at", "trunk")


@app.command()
def unknown(
    campaign: Annotated[UUID | None, typer.Option(help="Of this campaign only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_json: AsJson = False,
) -> None:
    """List those nobody has decided on, the newest first."""
    found = perform(lambda do: do.unknown_attempts.list(campaign, limit))
    print_rows(found, _COLUMNS, as_json)


@app.command()
def release(
    attempt_id: Annotated[UUID, typer.Argument(help="From `outbound attempts unknown`.")],
    reason: Annotated[str, typer.Option(help="How you know that another call is right.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Let the person be called again, within all other rules."""
    print_fields(perform(lambda do: do.unknown_attempts.release(attempt_id, reason, by)), as_json)
