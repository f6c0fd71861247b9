"""`outbound demo`: the main job on rehearsal callees, from nothing to a verdict."""

from __future__ import annotations

import asyncio
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import console
from api.cli.up import report_state
from api.rehearsal.campaign import create_rehearsal
from api.rehearsal.display import Progress, print_verdict, reply_summary, results_table
from api.rehearsal.program import rehearsal_program
from api.rehearsal.run import Outcome, collect, run_rehearsal
from api.service import prepare, service_supervisor
from api.settings import ServiceSettings
from api.supervisor.session import supervise
from api.use_cases import open_use_cases
from campaigns import log
from campaigns.clock import SystemClock
from campaigns.questionnaire import file as questionnaire_file

_EXAMPLES = Path(__file__).parents[2] / "examples"
_CONTACTS = _EXAMPLES / "rehearsal_contacts.csv"


class Example(StrEnum):
    """The examples that can be rehearsed: files in the folder of examples."""

    SATISFACTION_CALLBACK = "satisfaction_callback"
    NOTIFICATION = "notification"
    QUESTIONNAIRE = "questionnaire"
    SERVICE_QUALITY = "service_quality"


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End by itself; the exit code is the verdict.")
    ] = False,
    example: Annotated[
        Example, typer.Option(help="Which example campaign.")
    ] = Example.SATISFACTION_CALLBACK,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A questionnaire of your own instead."),
    ] = None,
    calls: Annotated[int, typer.Option(min=1, max=20, help="Calls at the same time.")] = 4,
    timeout: Annotated[
        int, typer.Option(min=60, help="Most seconds the campaign may take.")
    ] = 1800,
) -> None:
    """Start everything, call eight rehearsal callees and judge what came of it.

    The service then stays up until Ctrl-C, unless --once is given.
    """
    settings = ServiceSettings()
    log.configure("demo", "warning")
    script = file or _EXAMPLES / f"{example}.yaml"
    right = asyncio.run(_demo(settings, script, once=once, calls=calls, timeout_s=timeout))
    raise typer.Exit(0 if right else 1)


async def _demo(
    settings: ServiceSettings, script: Path, *, once: bool, calls: int, timeout_s: int
) -> bool | None:
    """Return the verdict, None when a signal came before it."""
    text = await asyncio.to_thread(script.read_text, encoding="utf-8")
    journal = settings.data_dir / "rehearsals" / f"{datetime.now():%Y%m%d-%H%M%S}.jsonl"
    verdict: bool | None = None

    async def work() -> None:
        nonlocal verdict
        async with open_use_cases(settings) as do:
            campaign_id = await create_rehearsal(
                do, SystemClock(), text, _CONTACTS, settings.rehearsal_port, calls
            )
            with Progress(console) as progress:
                await run_rehearsal(do, campaign_id, timeout_s, progress.show)
            outcome = await collect(do, campaign_id, journal, questionnaire_file.parse(text))
        _show(outcome)
        verdict = not outcome.findings
        if not once:
            console.print(f"the service is up: {settings.api_url}/docs (Ctrl-C stops it)")
            await asyncio.Event().wait()

    await asyncio.to_thread(prepare, settings)
    callees = rehearsal_program(settings.rehearsal_port, script, journal)
    await supervise(service_supervisor(settings, report_state, [callees]), work)
    return verdict


def _show(outcome: Outcome) -> None:
    console.print(results_table(outcome.lines))
    console.print(reply_summary(outcome.lines))
    for path in outcome.exports:
        console.print(f"export: {path}", soft_wrap=True, markup=False)
    print_verdict(console, outcome.findings, len(outcome.lines))
