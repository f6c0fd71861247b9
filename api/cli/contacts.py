"""`outbound contacts`: import the people to call."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.cli.command_group import CommandGroup
from api.cli.operator import By
from api.cli.output import AsJson, console, print_fields, print_json, print_rows
from api.cli.use_case import perform
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.consent import Consent, ConsentBasis

ListId = Annotated[UUID, typer.Argument(help="From `outbound contacts list`.")]
_DAY = ["%Y-%m-%d"]

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Contact lists.")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")],
    name: Annotated[str | None, typer.Option(help="The list's name; none: the file's.")] = None,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Refuse the whole file when a row is bad.")
    ] = False,
    consent: Annotated[
        ConsentBasis | None, typer.Option(help="Why these people may be called.")
    ] = None,
    evidence: Annotated[str, typer.Option(help="What proves it: a form, a clause.")] = "",
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="None: today.")] = None,
    *,
    by: By,
    as_json: AsJson = False,
) -> None:
    """Import people to call; bad rows are reported with row and column, good ones kept."""
    given = _consent(consent, evidence, since) if consent else None
    report = perform(
        lambda do: do.contacts.import_file(
            name or file.stem, file, all_or_nothing=all_or_nothing, consent=given, by=by
        )
    )
    if as_json:
        print_json(report)
        return
    typer.echo(f"{report.id}: {report.accepted} accepted, {report.refused} refused")
    for problem in report.report:
        console.print(f"  {problem}", markup=False)


@app.command("consent")
def record_consent(
    list_id: ListId,
    basis: Annotated[ConsentBasis, typer.Option(help="Why these people may be called.")],
    evidence: Annotated[str, typer.Option(help="What proves it: a form, a clause.")],
    by: By,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="None: today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record why the people of a list may be called; real telephones need it."""
    given = _consent(basis, evidence, since)
    print_fields(perform(lambda do: do.contacts.record_consent(list_id, given, by)), as_json)


@app.command("withdraw-consent")
def withdraw_consent(
    list_id: ListId,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Call nobody of a list any more: its campaigns stop before their next call."""
    print_fields(perform(lambda do: do.contacts.withdraw_consent(list_id, reason, by)), as_json)


def _consent(basis: ConsentBasis, evidence: str, since: datetime | None) -> Consent:
    return Consent(basis, evidence, (since or datetime.now(SHANGHAI)).date())


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the contact lists."""
    lists = perform(lambda do: do.contacts.list())
    print_rows(lists, ("id", "name", "accepted", "refused", "created_at"), as_json)
