"""The dialer's settings, read from the environment (prefix OUTBOUND_)."""

from __future__ import annotations

import json
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from campaigns.breaker import BreakerPolicy
from campaigns.settings import CoreSettings
from dialer.manners import Manners
from dialer.trunks.baresip import RuntimeOptions
from dialer.trunks.pyvoip import PyvoipOptions
from dialer.turns.end_point import Pauses
from dialer.turns.greeting import Greeting

SIP_PORT_STEP = 2
"""Between the SIP ports of dialers on one machine: TLS takes the one after."""
_HIDDEN = "********"


def _worker_name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class DialerSettings(CoreSettings):
    """How one dialer process places and leads calls."""

    worker: str = Field(
        default_factory=_worker_name, description="This worker's name, unique among dialers."
    )
    calls: int = Field(20, ge=1, le=200, description="Most calls at the same time.")
    calls_per_second: float = Field(
        5.0, gt=0, le=100, description="Most calls placed in a second by this dialer."
    )
    drain_s: float = Field(
        100.0, ge=0, description="After SIGTERM: seconds running calls may take to end naturally."
    )
    poll_s: float = Field(1.0, gt=0, le=60, description="Seconds between looks for due calls.")
    rasa_url: AnyHttpUrl = Field(
        AnyHttpUrl("http://127.0.0.1:5005"), description="Where the dialogue engine answers."
    )
    sip_host: str = Field(
        "127.0.0.1",
        description="Local addresses of SIP and audio, with commas between: 127.0.0.1 reaches "
        "rehearsal callees only; for a real trunk name the address of the network card that faces "
        "it as well, or 0.0.0.0 for every address of this machine. Each call leaves from the "
        "address that faces its trunk.",
    )
    sip_port: int = Field(
        5060,
        ge=1,
        le=65535,
        description="UDP port of the dialer's SIP; of several dialers on this machine the first's, "
        "the others follow in steps of two.",
    )
    dialers: int = Field(
        1, ge=1, le=16, description="Dialers on this machine; they share the audio ports out."
    )
    dialer_number: int = Field(
        1, ge=1, le=16, description="Which of them this one is; the supervisor sets it."
    )
    rtp_ports: Annotated[tuple[int, int], NoDecode] = Field(
        (20000, 29999), description="First and last UDP port for audio, as 20000-29999."
    )
    pyvoip_rtp_ports: Annotated[tuple[int, int], NoDecode] = Field(
        (30000, 30199),
        description="First and last UDP port for audio of trunks whose driver is pyvoip.",
    )
    jitter_buffer: Literal["off", "fixed", "adaptive"] = Field(
        "adaptive",
        description="The SIP stack's jitter buffer. adaptive waits 20 to 200 ms as the network "
        "needs; off saves 20 ms and suits networks that keep order.",
    )
    rtp_timeout_s: int = Field(
        120,
        ge=0,
        description="A call without any received packet for so many seconds is over; 0 = never. "
        "A telephone that does not send silence is silent for as long as its owner listens.",
    )
    pause_whole_s: float = Field(
        0.25, ge=0.1, le=2, description="Silence that ends a turn after a whole valid answer."
    )
    pause_unfinished_s: float = Field(
        0.7, ge=0.2, le=4, description="Silence that ends a turn after anything else."
    )
    pause_free_text_s: float = Field(
        1.2, ge=0.2, le=6, description="Silence that ends a turn of free text."
    )
    greeting_silence_s: float = Field(
        1.2, ge=0, le=5, description="Silence after the answer before the bot opens."
    )
    barge_in_s: float = Field(
        0.22, ge=0.06, le=2, description="Speech of the person that silences the bot."
    )
    longest_call_s: float = Field(
        900.0, ge=30, description="A conversation is ended after this many seconds."
    )

    breaker_share: float = Field(
        0.5, gt=0, le=1, description="Share of failed calls that stops calls over a trunk."
    )
    breaker_calls: int = Field(
        5, ge=1, le=1000, description="Fewest calls in the window that this share is taken of."
    )
    breaker_window_s: float = Field(
        60.0, ge=5, le=3600, description="Seconds of calls that are looked at."
    )
    breaker_open_s: float = Field(
        30.0, ge=1, le=3600, description="Seconds until one call tries; doubled while it fails."
    )

    @field_validator("rtp_ports", "pyvoip_rtp_ports", mode="before")
    @classmethod
    def _range(cls, value: object) -> object:
        if isinstance(value, str) and "-" in value:
            first, _, last = value.partition("-")
            return first, last
        return value

    @property
    def journal_dir(self) -> Path:
        """Sealed entries that wait for the database."""
        return self.data_dir / "journal"

    def breaker_policy(self) -> BreakerPolicy:
        """Return when calls stop going out over a trunk."""
        return BreakerPolicy(
            share=self.breaker_share,
            least_calls=self.breaker_calls,
            window=timedelta(seconds=self.breaker_window_s),
            open_for=timedelta(seconds=self.breaker_open_s),
        )

    def manners(self) -> Manners:
        """Return the bot's timings."""
        return Manners(
            greeting=Greeting(silence_s=self.greeting_silence_s),
            pauses=Pauses(self.pause_whole_s, self.pause_unfinished_s, self.pause_free_text_s),
            barge_in_s=self.barge_in_s,
            longest_call_s=self.longest_call_s,
        )

    def pyvoip_options(self) -> PyvoipOptions:
        """Return how the processes of pyvoip trunks run."""
        return PyvoipOptions(rtp_ports=self._own(self.pyvoip_rtp_ports))

    def runtime_options(self) -> RuntimeOptions:
        """Return how the SIP stack runs."""
        return RuntimeOptions(
            host=self.sip_host,
            port=self.sip_port + SIP_PORT_STEP * (self.dialer_number - 1),
            rtp_ports=self._own(self.rtp_ports),
            jitter_buffer=self.jitter_buffer,
            rtp_timeout_s=self.rtp_timeout_s,
        )

    def _own(self, ports: tuple[int, int]) -> tuple[int, int]:
        """Return this dialer's share of a range of ports, an even number from an even one on."""
        first, last = ports
        size = (last - first + 1) // self.dialers & ~1
        begin = first + size * (self.dialer_number - 1)
        return begin, begin + size - 1 if self.dialers > 1 else last


def described(settings: BaseModel) -> str:
    """Return the settings as JSON: name, value and help of each; secrets are hidden."""
    shown = []
    values = settings.model_dump(mode="json")
    for name, field in type(settings).model_fields.items():
        secret = field.repr is False and values[name]
        shown.append(
            {
                "name": f"OUTBOUND_{name.upper()}",
                "value": _HIDDEN if secret else values[name],
                "help": field.description or "",
            }
        )
    return json.dumps(shown, ensure_ascii=False, indent=2)
