"""What a supervised program is: its command, when it counts as ready and how it is stopped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Port:
    """A port a program binds; `setting` is the environment variable that moves it."""

    host: str
    number: int
    setting: str
    kind: Literal["tcp", "udp"] = "tcp"


@dataclass(frozen=True, slots=True)
class HttpReady:
    """Ready when this URL answers 2xx."""

    url: str


@dataclass(frozen=True, slots=True)
class LineReady:
    """Ready when a line that matches `pattern` appears in the program's log."""

    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Program:
    """One process of the service. Times in seconds.

    `environment` is added to our own. `needs` names the programs that must be ready before this
    one starts; they are stopped after it. `hung_after_s`: without a sign of life for so long it is
    ended and started again, None: it is not watched. A program ready by HTTP answers there; any
    other touches the file named in OUTBOUND_HEARTBEAT_FILE.
    """

    name: str
    command: tuple[str, ...]
    ready: HttpReady | LineReady
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    ports: tuple[Port, ...] = ()
    ready_within_s: float = 60.0
    stop_within_s: float = 10.0
    hung_after_s: float | None = None
