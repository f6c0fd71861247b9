"""The telephone ports: what every trunk driver offers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

SAMPLE_RATE = 8000
FRAME_S = 0.02
FRAME_BYTES = int(SAMPLE_RATE * FRAME_S) * 2


@dataclass(frozen=True, slots=True)
class DialRequest:
    """One call to place. Numbers are secrets: never logged (`repr` leaves them out)."""

    attempt_id: UUID
    number: str = field(repr=False)
    caller_number: str
    caller_name: str
    sip_call_id: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Party(StrEnum):
    """Who ended a call."""

    LOCAL = "local"
    REMOTE = "remote"
    NETWORK = "network"
    UNKNOWN = "unknown"
    """The driver cannot tell: nothing may be concluded."""


@dataclass(frozen=True, slots=True)
class Trying:
    """The INVITE is on its way; `sip_call_id` is the Call-ID it really carries."""

    at: float
    sip_call_id: str = ""
    kind: Literal["trying"] = "trying"


@dataclass(frozen=True, slots=True)
class Ringing:
    at: float
    kind: Literal["ringing"] = "ringing"


@dataclass(frozen=True, slots=True)
class EarlyMedia:
    """Audio flows before the answer (183)."""

    at: float
    kind: Literal["early_media"] = "early_media"


@dataclass(frozen=True, slots=True)
class Answered:
    at: float
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Dtmf:
    at: float
    digit: str
    kind: Literal["dtmf"] = "dtmf"


@dataclass(frozen=True, slots=True)
class Hold:
    at: float
    held: bool
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class Transferred:
    """The far end accepted our transfer (REFER)."""

    at: float
    accepted: bool
    kind: Literal["transferred"] = "transferred"


@dataclass(frozen=True, slots=True)
class Quality:
    """The media figures of the call, once, before `Ended`; None where the driver cannot tell."""

    at: float
    received_packets: int | None
    lost_packets: int | None
    jitter_ms: float | None
    kind: Literal["quality"] = "quality"


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; `q850` is the cause of a Reason header (RFC 3326), None if none came."""

    at: float
    who: Party
    sip_code: int | None
    q850: int | None
    reason: str
    kind: Literal["ended"] = "ended"


CallEvent = Trying | Ringing | EarlyMedia | Answered | Dtmf | Hold | Transferred | Quality | Ended


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of s16le mono audio at 8000 Hz; `early` before the answer; `gap`: nothing arrived
    and the frame is silence. `at` is the loop's time when the frame was complete."""

    pcm: bytes
    at: float
    early: bool = False
    gap: bool = False


class AudioPort(Protocol):
    """The sound of one leg."""

    def frames(self) -> AsyncIterator[Frame]:
        """Yield one frame every 20 ms from the first media until the call ends."""
        ...

    def write(self, pcm: bytes) -> int:
        """Queue PCM to be sent, as far as 200 ms in all; return the bytes taken."""
        ...

    def queued_s(self) -> float:
        """Return how many seconds of written audio have not been sent yet."""
        ...

    def flush(self) -> None:
        """Throw away what has not been sent (barge-in)."""
        ...


class CallLeg(Protocol):
    """One SIP call, from before its INVITE to its end."""

    @property
    def events(self) -> AsyncIterator[CallEvent]:
        """Every event since before the INVITE, in order; exactly one `Ended`, the last."""
        ...

    @property
    def audio(self) -> AudioPort: ...

    async def hang_up(self) -> None:
        """End the call in any state (CANCEL or BYE). Idempotent."""
        ...

    async def send_dtmf(self, digits: str) -> None: ...

    async def transfer(self, uri: str) -> None: ...


class Trunk(Protocol):
    """A way out to the telephone network."""

    name: str
    capabilities: frozenset[str]
    """Of early_media, cancel, sip_code, q850, dtmf_tx, refer, headers, srtp."""
    max_calls: int

    async def dial(self, request: DialRequest) -> CallLeg:
        """Start a call and return at once; what becomes of it arrives as events."""
        ...
