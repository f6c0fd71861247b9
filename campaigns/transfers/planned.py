"""What the dialer is told to do for a transfer."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from campaigns.attempt import TrunkAddress
from campaigns.transfers.rule import TransferMode


@dataclass(frozen=True, slots=True)
class PlannedTransfer:
    """A transfer that was begun: `ring_s` seconds may pass until an agent answers."""

    id: UUID
    mode: TransferMode
    ring_s: float


@dataclass(frozen=True, slots=True)
class AgentCall:
    """An agent (or queue) to be tried now, claimed for this transfer.

    `uri`: the queue's own URI for a REFER, empty = the number at the person's trunk.
    """

    number: str = field(repr=False)
    trunk: TrunkAddress
    caller_number: str
    caller_name: str
    uri: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NoAgent:
    """Why nobody can be rung now; `busy`: all are, and one may come free."""

    reason: str
    busy: bool = False
