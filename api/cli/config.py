"""`outbound config`: every setting of every process, with its value and help text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_settings import BaseSettings

from api.cli.output import AsJson, console, print_json
from api.settings import ServiceSettings
from campaigns.settings import CoreSettings
from dialogs.settings import DialogueSettings
from tts_asr.settings import SpeechSettings

_HIDDEN = "(set, not shown)"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: what it is now and what it does."""

    group: str
    name: str
    value: Any
    help: str


def config(as_json: AsJson = False) -> None:
    """Print every setting of every process: name, value and what it does."""
    settings = tuple(effective_settings())
    if as_json:
        print_json(settings)
    else:
        _show(settings)


def effective_settings() -> Iterator[Setting]:
    """Return the settings of the processes this package starts, each once."""
    seen: set[str] = set()
    groups = (
        ("all processes", CoreSettings()),
        ("service", ServiceSettings()),
        ("speech", SpeechSettings()),
        ("dialogue", DialogueSettings()),
    )
    for group, settings in groups:
        for setting in describe(group, settings):
            if setting.name not in seen:
                seen.add(setting.name)
                yield setting
    yield from (each for each in _dialer_settings() if each.name not in seen)


def _dialer_settings() -> Iterator[Setting]:
    """Ask the dialer itself, which this package does not import."""
    command = [sys.executable, "-m", "dialer.main", "--show-settings"]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603
    for each in json.loads(shown.stdout):
        yield Setting("dialer", each["name"], each["value"], each["help"])


def describe(group: str, settings: BaseSettings) -> Iterator[Setting]:
    """Return what one settings object holds; secrets are not shown."""
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if field.repr is False and value:
            value = _HIDDEN
        yield Setting(group, f"{prefix}{name}".upper(), _plain(value), field.description or "")


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | str | None) else str(value)


def _show(settings: tuple[Setting, ...]) -> None:
    group = ""
    for setting in settings:
        if setting.group != group:
            group = setting.group
            console.print(f"[bold]{group}[/bold]")
        value = "" if setting.value is None else setting.value
        console.print(f"  {setting.name}={value}", markup=False, soft_wrap=True)
        console.print(f"      {setting.help}", markup=False, soft_wrap=True)
