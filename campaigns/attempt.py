"""An attempt: one dial, one row, never reused. Committed before the INVITE is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from campaigns.disposition import Disposition
from campaigns.on_machine import OnMachine
from campaigns.questionnaire.model import Questionnaire


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's claim on a task until `expires_at`. `fence` grows with every claim: a write
    that carries an older fence is refused."""

    task_id: UUID
    campaign_id: UUID
    worker: str
    fence: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TrunkAddress:
    """How to reach a trunk. The password is left out of `repr`.

    Equal addresses are one trunk to a driver. Values are names of RFC 3261 (transport, registrar,
    realm), RFC 4568 and RFC 5764 (`srtp`: off, sdes, dtls).
    """

    name: str
    host: str
    port: int
    transport: str = "udp"
    """udp, tcp or tls."""
    username: str = ""
    password: str = field(default="", repr=False)
    max_calls: int = 1
    rehearsal: bool = False
    driver: str = "baresip"
    """baresip or pyvoip."""
    registration: bool = False
    """Whether to register `username` at the trunk; False: peering by address."""
    register_expiry_s: int = 300
    realm: str = ""
    """The trunk's SIP domain where it is not `host`: in From, To and REGISTER; requests still go
    to `outbound_proxy` or `host`."""
    outbound_proxy: str = ""
    """host or host:port every request goes through first; empty: straight to the trunk."""
    srtp: str = "off"
    codecs: tuple[str, ...] = ("pcma", "pcmu")
    """In the order of the offer: pcma, pcmu, g722, opus."""
    tls_ca_file: str = ""
    """PEM file of the authorities trusted for TLS; empty: the system's."""
    tls_verify: bool = True
    """False is refused by the baresip driver: name the trunk's certificate as `tls_ca_file`."""


@dataclass(frozen=True, slots=True)
class PlannedAttempt:
    """A committed attempt that may be dialled now, with exactly what is to be sent."""

    id: UUID
    lease: Lease
    ordinal: int
    number: str = field(repr=False)
    """As dialled: E.164 without plus, or a short number."""
    trunk: TrunkAddress
    caller_number: str
    caller_name: str
    sip_call_id: str
    questionnaire: Questionnaire
    variables: Mapping[str, str] = field(repr=False)
    """The contact's attributes for prompts and conditions."""
    ring_timeout_s: float = 45.0
    voice: str = ""
    """The campaign's voice; empty: the service's."""
    on_machine: OnMachine = OnMachine.CALL_LATER


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """Why a call was not placed, by rule. `retry_at` None: the task is over."""

    rule: str
    reason: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What became of an attempt; `evidence` holds what the disposition rests on.

    `replies_ms`: per turn, from the end of the person's speech to our first audio, in
    milliseconds as measured inside (the benchmark measures at the far end).
    """

    disposition: Disposition
    ended_at: datetime
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_by: str | None = None
    sip_code: int | None = None
    """The final response to our INVITE; 200 when it was answered."""
    sip_reason: str | None = None
    q850: int | None = None
    call_later_at: datetime | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)
    replies_ms: tuple[int, ...] = ()
    prompt_misses: int = 0
    sip_call_id: str | None = None
    """The Call-ID the INVITE really carried; None when none was sent."""
    unrung: bool = False
    """It failed by the trunk's fault before anything rang: another trunk may try at once."""
    recording: str | None = None
    """The sealed recording's path relative to the recordings folder."""
