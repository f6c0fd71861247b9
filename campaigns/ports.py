"""What the dialer needs of the store: the queue of calls and the record of each call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from campaigns.answer import Answer, Utterance
from campaigns.attempt import AttemptResult, Lease, NotPlaced, PlannedAttempt, TrunkAddress
from campaigns.questionnaire.model import Quota
from campaigns.transfers.planned import AgentCall, NoAgent, PlannedTransfer
from campaigns.transfers.state import TransferEvent
from campaigns.trunk_health import Health


class LeaseLost(Exception):
    """Another worker holds the task now (the fence is old): stop what you are doing with it."""


class CallQueue(Protocol):
    """Hands out tasks, at most once each, and takes back what became of them."""

    async def lease(self, worker: str, limit: int) -> Sequence[Lease]:
        """Claim up to `limit` due tasks of running campaigns."""
        ...

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        """Prolong the leases still held; those lost are missing from the answer."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give a task back that was not dialled."""
        ...

    async def start_attempt(self, lease: Lease) -> PlannedAttempt | NotPlaced:
        """Claim a trunk slot, check every rule and commit the attempt, in one transaction.

        Only a `PlannedAttempt` may be dialled, once. Raises LeaseLost.
        """
        ...

    async def finish(self, attempt: PlannedAttempt, result: AttemptResult) -> None:
        """Close the attempt, finish or reschedule its task, free the slot: one transaction.

        Idempotent: closing a closed attempt changes nothing. Raises LeaseLost.
        """
        ...


class QuotaBook(Protocol):
    """Counts people into quota cells."""

    async def claim(self, attempt_id: UUID, cells: Sequence[Quota]) -> frozenset[str]:
        """Hold a place for an attempt in each of these cells and give up its others; return the
        ids of those that are full, none of them held then. The same again gives the same.

        Raises NotFound when there is no such attempt.
        """
        ...


class TrunkPings(Protocol):
    """Whose turn it is to be pinged, and what came of it; shared by all dialers."""

    async def claim_due(self) -> Sequence[TrunkAddress]:
        """Return the trunks to ping now; nobody else is handed them before their next turn."""
        ...

    async def note(self, trunk: str, *, alive: bool, detail: str, took_s: float) -> Health | None:
        """Keep what came of a ping; return the trunk's health where it changed."""
        ...


class CallRecord(Protocol):
    """Keeps what happens during a call, as it happens."""

    async def ringing(self, attempt_id: UUID, at: datetime) -> None: ...

    async def answered(self, attempt_id: UUID, at: datetime) -> None: ...

    async def utterance(self, attempt_id: UUID, utterance: Utterance) -> None: ...

    async def answer(self, attempt_id: UUID, answer: Answer) -> None:
        """Store an answer; a second answer to the same question replaces the first, which stays
        in the history."""
        ...

    async def opt_out(self, attempt_id: UUID, words: str) -> None:
        """Put the number on the do-not-call list, effective at once for every queued task."""
        ...

    async def event(
        self, attempt_id: UUID, kind: str, at: datetime, data: dict[str, object]
    ) -> None:
        """Keep a signalling or media event as evidence."""
        ...


class TransferDesk(Protocol):
    """Begins transfers to a human, claims agents and keeps what became of each."""

    async def begin(self, attempt_id: UUID, wish: str) -> PlannedTransfer | NoAgent:
        """Note that a person waits for a human."""
        ...

    async def next_agent(self, transfer_id: UUID) -> AgentCall | NoAgent:
        """Claim the next agent and a line to ring them on; what was claimed before is given
        back. An agent is never rung by two transfers at a time."""
        ...

    async def move(self, transfer_id: UUID, event: TransferEvent, why: str = "") -> None:
        """Note what became of a transfer. Idempotent."""
        ...
