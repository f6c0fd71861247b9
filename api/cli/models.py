"""`outbound models`: the speech models of this machine."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, console, print_rows
from tts_asr.models import FetchProgress, Models, ProgressCallback
from tts_asr.recognizers import fetch_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voices import fetch_voices

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Speech models and voices.")


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List every model the product knows and whether it is on this machine."""
    states = Models(SpeechSettings()).list()
    print_rows(states, ("name", "kind", "ready", "title"), as_json)


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models by name; none: those the settings need.")
    ] = None,
) -> None:
    """Fetch models from their sources in order, check them by SHA-256 and keep them in the cache.

    What is there already is not fetched again.
    """
    settings = SpeechSettings()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=console
    ) as bars:
        follow = _follow(bars)
        if names:
            for name in names:
                Models(settings).ensure(name, follow)
            return
        recognizer = fetch_recognizer(settings, follow)
        voice = fetch_voices(settings, follow)
    typer.echo(f"recogniser: {recognizer.reason}\nvoice: {voice}")


def _follow(bars: Progress) -> ProgressCallback:
    tasks: dict[str, TaskID] = {}

    def follow(progress: FetchProgress) -> None:
        if progress.model not in tasks:
            tasks[progress.model] = bars.add_task(progress.model, total=None)
        bars.update(
            tasks[progress.model],
            description=f"{progress.model}: {progress.step}",
            completed=progress.done_bytes,
            total=progress.total_bytes,
        )

    return follow
