"""The queue and the record in memory, with a switch that makes them unreachable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from campaigns.answer import Answer, Utterance
from campaigns.attempt import AttemptResult, Lease, NotPlaced, PlannedAttempt
from campaigns.ports import LeaseLost
from campaigns.store.database import StoreUnavailable


class MemoryStore:
    """A `CallQueue` and a `CallRecord`; `log` holds every write in order."""

    def __init__(self) -> None:
        self.away = False
        self.broken = False
        self.lost: set[UUID] = set()
        self.waiting: list[PlannedAttempt | NotPlaced] = []
        self.log: list[tuple[str, Any]] = []
        self.results: dict[UUID, AttemptResult] = {}
        self.renewed = 0
        self._leased: dict[UUID, PlannedAttempt | NotPlaced] = {}

    def of(self, kind: str) -> list[Any]:
        """Return the writes of one kind."""
        return [value for name, value in self.log if name == kind]

    async def lease(self, worker: str, limit: int) -> Sequence[Lease]:
        self._reach()
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        leases = []
        for attempt in taken:
            task_id = attempt.lease.task_id if isinstance(attempt, PlannedAttempt) else uuid4()
            until = datetime.now(UTC) + timedelta(seconds=60)
            leases.append(Lease(task_id, uuid4(), worker, 1, until))
            self._leased[task_id] = attempt
        return leases

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        self._reach()
        self.renewed += 1
        return leases

    async def release(self, lease: Lease) -> None:
        self._reach()

    async def start_attempt(self, lease: Lease) -> PlannedAttempt | NotPlaced:
        self._reach()
        return self._leased.pop(lease.task_id)

    async def finish(self, attempt: PlannedAttempt, result: AttemptResult) -> None:
        self._reach()
        if attempt.id in self.lost:
            raise LeaseLost
        self.results[attempt.id] = result
        self.log.append(("finished", attempt.id))

    async def ringing(self, attempt_id: UUID, at: datetime) -> None:
        self._write("ringing", at)

    async def answered(self, attempt_id: UUID, at: datetime) -> None:
        self._write("answered", at)

    async def utterance(self, attempt_id: UUID, utterance: Utterance) -> None:
        self._write("utterance", utterance)

    async def answer(self, attempt_id: UUID, answer: Answer) -> None:
        self._write("answer", answer)

    async def opt_out(self, attempt_id: UUID, words: str) -> None:
        self._write("opt_out", words)

    async def event(
        self, attempt_id: UUID, kind: str, at: datetime, data: dict[str, object]
    ) -> None:
        self._write("event", (kind, data))

    def _write(self, kind: str, value: Any) -> None:
        self._reach()
        if self.broken:
            raise ValueError("this entry can never be written")
        self.log.append((kind, value))

    def _reach(self) -> None:
        if self.away:
            raise StoreUnavailable("the store is away")
