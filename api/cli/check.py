"""`outbound check`: everything that is wrong with a questionnaire, before anybody is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import AsJson, print_json
from campaigns.contact_file import open_contacts
from campaigns.errors import InvalidInput
from campaigns.questionnaire import file as questionnaire_file
from campaigns.questionnaire.attributes import needed_attributes
from campaigns.questionnaire.model import Questionnaire
from dialogs.script_check import Finding, Severity, check_script

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Questionnaire (YAML).")]
ContactsFile = Annotated[
    Path | None,
    typer.Option(
        "--contacts", exists=True, dir_okay=False, help="A contact list it is to be asked with."
    ),
]


def check(file: File, contacts: ContactsFile = None, as_json: AsJson = False) -> None:
    """Look for mistakes, unreachable questions, overlong prompts, options that sound alike, and
    names that nobody knows; exit code 1 where there is an error. Needs no running service."""
    try:
        found = questionnaire_file.parse(file.read_text(encoding="utf-8"))
    except InvalidInput as error:
        places = [f"line {each.line}" if each.line else "file" for each in error.problems]
        messages = [each.message for each in error.problems]
        read = zip(places or ["file"], messages or [error.summary], strict=True)
        _report(None, [Finding(Severity.ERROR, *each) for each in read], file, as_json)
        raise typer.Exit(1) from None
    findings = [*check_script(found), *_missing_columns(found, contacts)]
    _report(found, findings, file, as_json)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)


def _missing_columns(questionnaire: Questionnaire, contacts: Path | None) -> list[Finding]:
    if contacts is None:
        return []
    with open_contacts(contacts) as opened:
        columns = opened.columns
    return [
        Finding(Severity.ERROR, place, f"the contact list has no column {name}")
        for name, place in needed_attributes(questionnaire).items()
        if name not in columns
    ]


def _report(
    questionnaire: Questionnaire | None, findings: list[Finding], file: Path, as_json: bool
) -> None:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        about = {}
        if questionnaire is not None:
            about = {
                "id": questionnaire.id,
                "title": questionnaire.title,
                "kind": questionnaire.kind,
                "questions": len(questionnaire.questions),
                "columns": list(needed_attributes(questionnaire)),
            }
        print_json({**about, "errors": errors, "findings": findings})
        return
    for finding in findings:
        typer.echo(str(finding))
    if questionnaire is None:
        typer.echo(f"{file}: cannot be used")
        return
    title, count = questionnaire.title, len(questionnaire.questions)
    verdict = (
        "no mistakes" if not findings else f"{errors} errors, {len(findings) - errors} warnings"
    )
    typer.echo(f"{file}: {title} ({questionnaire.kind}), {count} questions, {verdict}")
    columns = ", ".join(needed_attributes(questionnaire))
    if columns:
        typer.echo(f"columns of the contact list it needs: {columns}")
