"""A caller ID: a number of the registry, and the table of its states (R2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.errors import Conflict
from campaigns.questionnaire.model import CampaignKind


class CallerIdStatus(StrEnum):
    """Whether a number may be shown."""

    PENDING = "pending"
    VERIFIED = "verified"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class CallerIdEvent(StrEnum):
    """What moves a caller ID on. Expiry is no event: `valid_to` decides."""

    VERIFY = "verify"
    SUSPEND = "suspend"
    REVOKE = "revoke"


_S, _E = CallerIdStatus, CallerIdEvent
TRANSITIONS: dict[tuple[CallerIdStatus, CallerIdEvent], CallerIdStatus] = {
    (_S.PENDING, _E.VERIFY): _S.VERIFIED,
    (_S.PENDING, _E.REVOKE): _S.REVOKED,
    (_S.VERIFIED, _E.SUSPEND): _S.SUSPENDED,
    (_S.VERIFIED, _E.REVOKE): _S.REVOKED,
    (_S.SUSPENDED, _E.VERIFY): _S.VERIFIED,
    (_S.SUSPENDED, _E.REVOKE): _S.REVOKED,
}


def next_status(status: CallerIdStatus, event: CallerIdEvent) -> CallerIdStatus:
    """Return the status an event leads to. Raises Conflict where the table has none."""
    try:
        return TRANSITIONS[status, event]
    except KeyError as error:
        raise Conflict(f"a number that is {status.value} does not take `{event.value}`") from error


@dataclass(frozen=True, slots=True)
class CallerId:
    """A number of the registry, shown from `valid_from` until before `valid_to`. `kinds` empty =
    every kind of campaign."""

    number: str
    display_name: str
    owner: str
    status: CallerIdStatus
    valid_from: datetime
    valid_to: datetime
    kinds: tuple[CampaignKind, ...] = ()
