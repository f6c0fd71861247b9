"""`outbound transfer`: how campaigns put people through to a human, and who waits."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, print_fields, print_json, print_rows
from api.cli.use_case import perform
from campaigns.transfers.rule import TransferMode, TransferRule
from campaigns.transfers.state import TransferState

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Transfers to a human.")

_COLUMNS = ("requested_at", "campaign", "state", "number_masked", "agent_masked", "wish", "failure")

CampaignId = Annotated[UUID, typer.Argument(help="From `outbound campaign list`.")]


@app.command("set")
def put(
    campaign_id: CampaignId,
    trunk: Annotated[str, typer.Option(help="The trunk the agents are reached on.")],
    caller: Annotated[str, typer.Option(help="A verified number of the caller-ID registry.")],
    agent: Annotated[list[str] | None, typer.Option(help="An agent's number; repeat it.")] = None,
    queue: Annotated[str, typer.Option(help="Or a queue: sip:8000@pbx.example:5060.")] = "",
    mode: Annotated[TransferMode, typer.Option(help="How they are joined.")] = TransferMode.AUTO,
    ring: Annotated[int, typer.Option(min=5, max=120, help="Seconds people wait in all.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Let a campaign put people through, during the standard hours (other hours: over HTTP)."""
    rule = TransferRule(trunk, caller, tuple(agent or ()), queue, mode, ring)
    print_fields(perform(lambda do: do.transfers.put_rule(campaign_id, rule)), as_json)


@app.command()
def show(campaign_id: CampaignId, as_json: AsJson = False) -> None:
    """Show how a campaign puts people through; agents are masked."""
    print_fields(perform(lambda do: do.transfers.rule(campaign_id)), as_json)


@app.command()
def drop(campaign_id: CampaignId) -> None:
    """Put nobody through any more."""
    perform(lambda do: do.transfers.drop_rule(campaign_id))


@app.command("list")
def show_all(
    state: Annotated[TransferState | None, typer.Option(help="As waiting or failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List transfers, the newest first."""
    found = perform(lambda do: do.transfers.list(state, limit=limit))
    if as_json:
        print_json(list(found))
    else:
        print_rows(found, _COLUMNS, as_json=False)
