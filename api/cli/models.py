"""`outbound models`: the speech models of this machine."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, console, print_rows
from tts_asr.errors import ModelUnavailable
from tts_asr.models import FetchProgress, Models
from tts_asr.models.catalogue import KOKORO, KOKORO_MANDARIN, STREAMING_MANDARIN, WHISPER_BASE
from tts_asr.settings import SpeechSettings

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Speech models and voices.")

_LAST_RESORT = "espeak-ng"


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
    models = Models(settings)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=console
    ) as bars:
        if names:
            for name in names:
                _ensure(models, name, bars)
        else:
            _fetch_recognizer(models, settings, bars)
            _fetch_voice(models, settings, bars)


def _fetch_recognizer(models: Models, settings: SpeechSettings, bars: Progress) -> None:
    wanted = {
        "auto": (STREAMING_MANDARIN, WHISPER_BASE),
        "sherpa": (STREAMING_MANDARIN,),
        "whisper": (WHISPER_BASE,),
    }[settings.recognizer]
    *preferred, last = (model.name for model in wanted)
    for name in preferred:
        try:
            return _ensure(models, name, bars)
        except ModelUnavailable as reason:
            bars.console.print(
                f"{reason}\nusing {last} instead: replies take seconds, not half one"
            )
    _ensure(models, last, bars)


def _fetch_voice(models: Models, settings: SpeechSettings, bars: Progress) -> None:
    if settings.voice_engine == "espeak":
        return
    try:
        for model in (KOKORO, KOKORO_MANDARIN):
            _ensure(models, model.name, bars)
    except ModelUnavailable as reason:
        if settings.voice_engine == "kokoro" or shutil.which(_LAST_RESORT) is None:
            raise
        bars.console.print(f"{reason}\nusing {_LAST_RESORT} instead: it sounds like a machine")


def _ensure(models: Models, name: str, bars: Progress) -> None:
    task = bars.add_task(name, total=None)

    def follow(progress: FetchProgress) -> None:
        bars.update(
            task,
            description=f"{name}: {progress.step}",
            completed=progress.done_bytes,
            total=progress.total_bytes,
        )

    models.ensure(name, follow)
    bars.update(task, description=f"{name}: ready", total=1, completed=1)
