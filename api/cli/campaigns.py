"""`outbound campaign`: create, check, approve, launch, follow and export campaigns."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from api.cli.command_group import CommandGroup
from api.cli.operator import By, Reason
from api.cli.output import AsJson, console, print_fields, print_json, print_rows
from api.cli.use_case import perform
from api.use_cases import UseCases
from campaigns.campaign import HEAVIEST, Duplicates, NewCampaign
from campaigns.errors import InvalidInput
from campaigns.exports import Export
from campaigns.on_machine import OnMachine

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Campaigns.")

CampaignId = Annotated[UUID, typer.Argument(help="From `outbound campaign list`.")]

_MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%d"]
_ZONE = ZoneInfo("Asia/Shanghai")  # of campaigns made here
_RATES = ("rr1", "rr2", "coop1", "ref1", "con1")
_COLUMNS = ("id", "name", "kind", "state")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the campaign is called.")],
    questionnaire: Annotated[UUID, typer.Option(help="From `outbound questionnaire add`.")],
    contacts: Annotated[UUID, typer.Option(help="From `outbound contacts import`.")],
    caller: Annotated[str, typer.Option(help="A verified number of the caller-ID registry.")],
    trunk: Annotated[
        list[str] | None,
        typer.Option(help="A trunk's name; given again: tried next, in this order."),
    ] = None,
    trunk_group: Annotated[str, typer.Option(help="Instead: the trunks of this group.")] = "",
    on_machine: Annotated[
        OnMachine, typer.Option(help="When a machine answers; a message is for notifications.")
    ] = OnMachine.CALL_LATER,
    max_attempts: Annotated[int, typer.Option(min=1, max=20, help="Per person.")] = 3,
    ring_timeout: Annotated[int, typer.Option(min=5, max=120, help="In seconds.")] = 45,
    not_before: Annotated[
        datetime | None, typer.Option(formats=_MOMENT, help="No call before this local time.")
    ] = None,
    not_after: Annotated[
        datetime | None, typer.Option(formats=_MOMENT, help="No call from this local time on.")
    ] = None,
    weight: Annotated[
        int, typer.Option(min=1, max=HEAVIEST, help="Share of the lines beside other campaigns'.")
    ] = 1,
    retry: Annotated[
        str, typer.Option(help="JSON: what differs from the standard rules of calling again.")
    ] = "{}",
    duplicates: Annotated[
        Duplicates, typer.Option(help="Who waits in another campaign at the launch.")
    ] = Duplicates.KEEP,
    *,
    by: By,
    as_json: AsJson = False,
) -> None:
    """Create a campaign as a draft; `outbound campaign launch` starts it."""
    first, *others = trunk or [""]
    new = NewCampaign(
        name=name,
        questionnaire_id=questionnaire,
        contact_list_id=contacts,
        caller_number=caller,
        trunk=first,
        fallback_trunks=tuple(others),
        trunk_group=trunk_group,
        on_machine=on_machine,
        max_attempts=max_attempts,
        ring_timeout_s=ring_timeout,
        not_before=_local(not_before),
        not_after=_local(not_after),
        duplicates=duplicates,
        weight=weight,
        retry=_document(retry),
    )
    print_fields(perform(lambda do: do.campaigns.create(new, by)), as_json)


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"--retry is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInput('--retry is a JSON object, as {"no_answer": {"most": 2}}')
    return found


def _local(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=_ZONE)


@app.command()
def check(campaign_id: CampaignId, by: By, as_json: AsJson = False) -> None:
    """Look for everything it lacks; nothing: somebody else may approve it."""
    print_fields(perform(lambda do: do.approval.check(campaign_id, by)), as_json)


@app.command()
def approve(campaign_id: CampaignId, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """Let it be launched; who made or changed it cannot."""
    print_fields(perform(lambda do: do.approval.approve(campaign_id, by, reason)), as_json)


@app.command("send-back")
def send_back(campaign_id: CampaignId, reason: Reason, by: By, as_json: AsJson = False) -> None:
    """Do not approve it, and say why; it is a draft again."""
    print_fields(perform(lambda do: do.approval.send_back(campaign_id, by, reason)), as_json)


@app.command()
def launch(campaign_id: CampaignId, by: By, as_json: AsJson = False) -> None:
    """Make its tasks and render its prompts; it then runs by itself."""
    print_fields(perform(lambda do: do.launch(campaign_id, by)), as_json)


@app.command()
def pause(campaign_id: CampaignId, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """Place no further calls; running calls end naturally."""
    print_fields(perform(lambda do: do.campaigns.pause(campaign_id, by, reason)), as_json)


@app.command()
def resume(campaign_id: CampaignId, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """Go on with a paused campaign."""
    print_fields(perform(lambda do: do.campaigns.resume(campaign_id, by, reason)), as_json)


@app.command("wind-up")
def wind_up(campaign_id: CampaignId, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """Call nobody any more; it finishes when the running calls have ended."""
    print_fields(perform(lambda do: do.campaigns.wind_up(campaign_id, by, reason)), as_json)


@app.command()
def cancel(campaign_id: CampaignId, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """End it for good; running calls end naturally."""
    print_fields(perform(lambda do: do.campaigns.cancel(campaign_id, by, reason)), as_json)


@app.command()
def edit(
    campaign_id: CampaignId,
    by: By,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    questionnaire: Annotated[UUID | None, typer.Option(help="Before the launch.")] = None,
    contacts: Annotated[UUID | None, typer.Option(help="Before the launch.")] = None,
    caller: Annotated[str | None, typer.Option(help="Before the launch.")] = None,
    trunk: Annotated[str | None, typer.Option(help="Before the launch.")] = None,
    max_attempts: Annotated[
        int | None, typer.Option(min=1, max=20, help="Once launched: only more.")
    ] = None,
    ring_timeout: Annotated[int | None, typer.Option(min=5, max=120, help="In seconds.")] = None,
    not_before: Annotated[
        datetime | None, typer.Option(formats=_MOMENT, help="Once launched: only later.")
    ] = None,
    not_after: Annotated[
        datetime | None, typer.Option(formats=_MOMENT, help="Once launched: only earlier.")
    ] = None,
    weight: Annotated[
        int | None, typer.Option(min=1, max=HEAVIEST, help="Share of the lines.")
    ] = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Change it where that breaks no promise; a checked or approved one is a draft again."""
    wished = {
        "name": name,
        "questionnaire_id": questionnaire,
        "contact_list_id": contacts,
        "caller_number": caller,
        "trunk": trunk,
        "max_attempts": max_attempts,
        "ring_timeout_s": ring_timeout,
        "not_before": _local(not_before),
        "not_after": _local(not_after),
        "weight": weight,
    }
    changes = {field: value for field, value in wished.items() if value is not None}
    print_fields(perform(lambda do: do.editing.edit(campaign_id, changes, by, reason)), as_json)


@app.command()
def copy(
    campaign_id: CampaignId,
    name: Annotated[str, typer.Argument(help="What the copy is called.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Make a draft with the same settings and people."""
    print_fields(perform(lambda do: do.editing.copy(campaign_id, name, by)), as_json)


@app.command()
def history(campaign_id: CampaignId, as_json: AsJson = False) -> None:
    """Say who did what, when and why."""
    steps = perform(lambda do: do.editing.history(campaign_id))
    print_rows(steps, ("at", "by", "event", "to_state", "reason"), as_json)


@app.command()
def status(campaign_id: CampaignId, as_json: AsJson = False) -> None:
    """Show how far it is."""
    found = perform(lambda do: do.campaigns.status(campaign_id))
    if as_json:
        print_json(found)
        return
    print_fields(found.campaign, as_json=False)
    for title, counts in (("tasks", found.tasks), ("outcomes", found.outcomes)):
        shown = ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
        console.print(f"[bold]{title}[/bold]: {shown}")
    rates = [(name.upper(), rate) for name in _RATES if (rate := found.rates[name]) is not None]
    shown = ", ".join(f"{name} {float(rate):.1%}" for name, rate in rates) or "none"
    console.print(f"[bold]rates[/bold]: {shown}")


@app.command()
def quotas(campaign_id: CampaignId, as_json: AsJson = False) -> None:
    """Show how full the quota cells of a campaign are."""
    standing = perform(lambda do: do.quotas.standing(campaign_id))
    print_rows(standing, ("id", "when", "limit", "given", "open"), as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the campaigns, the newest first."""
    print_rows(perform(lambda do: do.campaigns.list()), _COLUMNS, as_json)


@app.command()
def export(
    campaign_id: CampaignId,
    file_format: Annotated[
        Literal["csv", "xlsx"], typer.Option("--format", help="What kind of file.")
    ] = "csv",
    timeout: Annotated[int, typer.Option(min=1, help="Seconds to wait for the file.")] = 300,
    as_json: AsJson = False,
) -> None:
    """Write its results to a file, one row an attempt, and print the file's path."""

    async def work(do: UseCases) -> tuple[Export, Path]:
        started = await do.start_export(campaign_id, file_format)
        done = await do.finished_export(started.id, timeout)
        return done, await do.exports.path(done.id)

    done, path = perform(work)
    if as_json:
        print_json({"id": done.id, "rows": done.rows, "path": path})
    else:
        typer.echo(str(path))
