"""`outbound talk`: try a questionnaire by typing as the person who is called."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.cli.output import AsJson, print_json
from campaigns.errors import InvalidInput
from campaigns.questionnaire import file as questionnaire_file
from campaigns.questionnaire.attributes import needed_attributes
from campaigns.script import Script
from dialogs.conversation import Intent
from dialogs.ports import AnswerGiven, CallLater, HangUp, Listen, OptOut, Reply, Say, Transfer
from dialogs.rasa_classifier import ClassifierFailed, RasaClassifier, is_current, trained_model
from dialogs.settings import DialogueSettings
from dialogs.simulation import Classify, Simulation

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Questionnaire (YAML).")]
Attributes = Annotated[
    list[str] | None,
    typer.Option("--set", help="A column of the contact list: --set name=王女士. Repeatable."),
]
Seed = Annotated[str, typer.Option(help="Draws another order and another A/B.")]
Full = Annotated[list[str] | None, typer.Option("--full", help="A quota that is full. Repeatable.")]
Nlu = Annotated[
    bool, typer.Option(help="Classify remarks with the trained dialogue model (loads for 10 s).")
]
_HELP = (
    "say something; #5 presses keys; an empty line is silence; /busy_now means that; Ctrl-D ends"
)


def talk(
    file: File,
    attributes: Attributes = None,
    seed: Seed = "1",
    full: Full = None,
    nlu: Nlu = True,
    as_json: AsJson = False,
) -> None:
    """Try a questionnaire: type as the person, see what is understood and asked next."""
    script = _script(file, attributes or (), seed)
    with _classifier(nlu) as classify:
        simulation = Simulation(script, classify, _now, frozenset(full or ()))
        shown = not as_json
        if shown:
            typer.echo(f"({_HELP})")
        _show(simulation.start(), shown)
        while not simulation.over:
            line = _read()
            if line is None:
                break
            _show(simulation.hear(line), shown)
    summary = simulation.summary()
    if as_json:
        print_json(summary)
        return
    ended = summary["outcome"] or ("put through" if simulation.over else "the person hung up")
    typer.echo(f"end: {ended}; {summary['answered_share']:.0%} of what was due is answered")
    for name, value in summary["answers"].items():
        typer.echo(f"  {name} = {value!r}")


def _script(file: Path, attributes: Sequence[str], seed: str) -> Script:
    questionnaire = questionnaire_file.parse(file.read_text(encoding="utf-8"))
    variables: dict[str, str] = {}
    for each in attributes:
        name, found, value = each.partition("=")
        if not found:
            raise InvalidInput(f"--set {each}: write it as name=value")
        variables[name] = value
    missing = [name for name in needed_attributes(questionnaire) if name not in variables]
    if missing:
        typer.echo(f"(no value for {', '.join(missing)}: use --set {missing[0]}=…)", err=True)
    return Script(questionnaire, {**{name: f"〔{name}〕" for name in missing}, **variables}, seed)


@contextmanager
def _classifier(wanted: bool) -> Iterator[Classify]:
    settings = DialogueSettings()
    model = trained_model(settings) if wanted else None
    if model is None:
        if wanted:
            typer.echo(
                "(the dialogue model is not there: remarks that are no answer are understood by "
                "their words alone; `make setup` trains it)",
                err=True,
            )
        yield _unknown
        return
    if not is_current(settings, model):
        typer.echo("(the dialogue model is an earlier one: `make setup` trains it anew)", err=True)
    with RasaClassifier(settings, model) as classifier:
        try:
            yield classifier.rank
        except ClassifierFailed as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error


def _unknown(_text: str) -> tuple[Intent, ...]:
    return ()


def _now() -> datetime:
    return datetime.now(ZoneInfo(DialogueSettings().time_zone))


def _read() -> str | None:
    if sys.stdin.isatty():
        typer.echo("you: ", nl=False)
    line = sys.stdin.readline()
    if not line:
        return None
    if not sys.stdin.isatty():
        typer.echo(f"you: {line.rstrip()}", err=True)
    return line


def _show(reply: Reply, shown: bool) -> None:
    if not shown:
        return
    if reply.intent:
        typer.echo(f"  [{reply.intent}]")
    for step in reply.steps:
        match step:
            case AnswerGiven():
                by = "" if step.source == "computed" else f", {step.confidence:.2f}"
                typer.echo(f"  = {step.question_id}: {step.value!r} ({step.source}{by})")
            case Say():
                slower = " (slower)" if step.slower else ""
                typer.echo(f"bot{slower}: {''.join(step.segments)}")
            case Listen():
                typer.echo(f"  ? {step.question_id or 'any remark'}")
            case CallLater():
                typer.echo(f"  > call again: {step.at or 'some time'}")
            case OptOut():
                typer.echo("  > never called again")
            case Transfer():
                typer.echo(f"  > put through ({step.reason})")
            case HangUp():
                typer.echo(f"  > hang up: {step.outcome}")
