"""`outbound caller-id`: the registry of numbers that calls may go out under."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, print_fields, print_rows
from api.cli.use_case import perform
from campaigns.questionnaire.model import CampaignKind

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Verified caller numbers.")

_COLUMNS = ("number", "display_name", "owner", "status", "valid_from", "valid_to", "kinds")


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="The number, as 0771-12366 or 12366.")],
    name: Annotated[str, typer.Option("--name", help="The name shown on the phone.")],
    owner: Annotated[str, typer.Option(help="Who owns the number.")] = "",
    days: Annotated[int, typer.Option(min=1, help="How many days it is valid from now.")] = 365,
    kind: Annotated[
        list[CampaignKind] | None, typer.Option(help="A kind of campaign; none: every kind.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Register a number; it cannot be used before `outbound caller-id verify`."""
    now = datetime.now(UTC)
    added = perform(
        lambda do: do.caller_ids.add(
            number,
            name,
            owner=owner,
            valid_from=now,
            valid_to=now + timedelta(days=days),
            kinds=tuple(kind or ()),
        )
    )
    print_fields(added, as_json)


@app.command()
def verify(number: str, as_json: AsJson = False) -> None:
    """Say that the owner has proven that the number is theirs."""
    print_fields(perform(lambda do: do.caller_ids.verify(number)), as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the registry."""
    print_rows(perform(lambda do: do.caller_ids.list()), _COLUMNS, as_json)
