"""`outbound config`: every setting of every process, with its value and help text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from api.cli.output import AsJson, console, print_json
from api.settings import ServiceSettings
from campaigns.settings import CoreSettings
from tts_asr.settings import SpeechSettings

_HIDDEN = "(set, not shown)"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: what it is now, what it is by default, what it does."""

    group: str
    name: str
    value: Any
    default: Any
    help: str


def config(as_json: AsJson = False) -> None:
    """Print every setting of every process: name, value and what it does."""
    settings = tuple(effective_settings())
    if as_json:
        print_json(settings)
    else:
        _show(settings)
    sys.stdout.flush()
    if not as_json:
        console.print("\n[bold]dialer[/bold]")
        command = [sys.executable, "-m", "dialer.main", "--show-settings"]
        subprocess.run(command, check=True)  # noqa: S603 - our own process


def effective_settings() -> Iterator[Setting]:
    """Return the settings of the processes this package starts, each once."""
    seen: set[str] = set()
    groups = (
        ("all processes", CoreSettings()),
        ("service", ServiceSettings()),
        ("speech", SpeechSettings()),
    )
    for group, settings in groups:
        for setting in describe(group, settings):
            if setting.name not in seen:
                seen.add(setting.name)
                yield setting


def describe(group: str, settings: BaseSettings) -> Iterator[Setting]:
    """Return what one settings object holds; secrets are not shown."""
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        default = None if field.default is PydanticUndefined else field.default
        if field.repr is False and value:
            value = _HIDDEN
        yield Setting(
            group,
            f"{prefix}{name}".upper(),
            _plain(value),
            _plain(default),
            field.description or "",
        )


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
