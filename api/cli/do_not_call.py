"""`outbound do-not-call`: numbers nobody calls again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from api.cli.command_group import CommandGroup
from api.cli.operator import By
from api.cli.output import AsJson, print_fields, print_rows
from api.cli.use_case import perform
from campaigns.do_not_call import Scope

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Numbers nobody calls again.")

_COLUMNS = ("id", "number_masked", "reason", "list_id", "campaign_id", "added_by", "created_at")
_REMOVED = ("id", "number_masked", "reason", "removed_at", "removed_by", "removal")


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="The number to leave in peace.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By,
    contacts: Annotated[UUID | None, typer.Option(help="Only for this contact list.")] = None,
    campaign: Annotated[UUID | None, typer.Option(help="Only in this campaign.")] = None,
    as_json: AsJson = False,
) -> None:
    """List a number, effective at once for every call that waits."""
    scope = Scope(contacts, campaign)
    print_fields(perform(lambda do: do.do_not_call.add(number, reason, by, scope)), as_json)


@app.command()
def remove(
    entry: Annotated[int, typer.Argument(help="From `outbound do-not-call list`.")],
    reason: Annotated[str, typer.Option(help="Why it may be called again.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Let a number be called again; the entry stays on record."""
    print_fields(perform(lambda do: do.do_not_call.remove(entry, reason, by)), as_json)


@app.command()
def find(
    number: Annotated[str, typer.Argument(help="The number to look for.")],
    as_json: AsJson = False,
) -> None:
    """Show everything on record about a number."""
    print_rows(perform(lambda do: do.do_not_call.find(number)), (*_COLUMNS, "removed_at"), as_json)


@app.command("list")
def show(
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    before: Annotated[int | None, typer.Option(help="The last id of the page before.")] = None,
    removed: Annotated[bool, typer.Option("--removed", help="Those that hold no more.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the entries, the newest first."""
    found = perform(lambda do: do.do_not_call.list(limit=limit, before=before, removed=removed))
    print_rows(found, _REMOVED if removed else _COLUMNS, as_json)
