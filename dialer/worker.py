"""The dialer worker: claims due calls up to its free lines, places them and tells the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from campaigns.attempt import AttemptResult, Lease, NotPlaced, PlannedAttempt, TrunkAddress
from campaigns.clock import Clock
from campaigns.disposition import Disposition
from campaigns.errors import CampaignError
from campaigns.ports import CallQueue, LeaseLost
from dialer.call import Call
from dialer.journal import Journal
from dialer.journal_entry import FinishedEntry
from dialer.pace import Pace
from dialer.ports import Trunk

log = structlog.get_logger(__name__)

_STORE_WAIT_S = 10.0
_AWAY_POLL_S = 5.0
_RENEW_S = 20.0
_CUT_S = 15.0
"""After the drain limit: how long calls that were hung up may take to be told to the store."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Most calls at a time and in a second, seconds between looks, seconds to drain."""

    calls: int
    calls_per_second: float = 5.0
    poll_s: float = 1.0
    drain_s: float = 100.0


class Worker:
    """`run` until `stop` is set, then drain. Each lease is one owned task."""

    def __init__(
        self,
        name: str,
        queue: CallQueue,
        journal: Journal,
        trunk_of: Callable[[TrunkAddress], Trunk],
        call_of: Callable[[PlannedAttempt, Trunk], Call],
        clock: Clock,
        limits: WorkerLimits,
    ) -> None:
        self.name = name
        self._queue = queue
        self._journal = journal
        self._trunk_of = trunk_of
        self._call_of = call_of
        self._clock = clock
        self.limits = limits
        self._pace = Pace(limits.calls_per_second)
        self._leases: dict[asyncio.Task[None], Lease] = {}
        self._calls: set[Call] = set()
        self._free = asyncio.Event()
        self.draining = False
        """No further calls are taken."""

    @property
    def calls(self) -> int:
        """How many calls there are now."""
        return len(self._calls)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, let running calls end, and return when all are told."""
        renewing = asyncio.create_task(self._renew(), name="renew-leases")
        try:
            while not stop.is_set():
                wait_s = await self._look()
                await self._rest(stop, wait_s)
            await self._drain()
        finally:
            renewing.cancel()
            for task in self._leases:
                task.cancel()
            await asyncio.gather(renewing, *self._leases, return_exceptions=True)

    async def _look(self) -> float:
        """Claim what is due; return how long to rest."""
        free = self.limits.calls - len(self._leases)
        if free <= 0:
            return self.limits.poll_s
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                leases = await self._queue.lease(self.name, free)
        except (CampaignError, OSError, TimeoutError) as error:
            log.warning("store_away", error=str(error))
            return _AWAY_POLL_S
        for lease in leases:
            task = asyncio.create_task(self._serve(lease), name=f"task-{lease.task_id}")
            self._leases[task] = lease
            task.add_done_callback(self._served)
        return self.limits.poll_s

    async def _rest(self, stop: asyncio.Event, wait_s: float) -> None:
        self._free.clear()
        waits = [asyncio.ensure_future(each.wait()) for each in (stop, self._free)]
        await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._leases.pop(task, None)
        self._free.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", error=repr(error), exc_info=error)

    async def _serve(self, lease: Lease) -> None:
        """Place one task's call, if the rules allow, and tell what became of it."""
        await self._pace.turn()
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                placed = await self._queue.start_attempt(lease)
        except LeaseLost:
            log.warning("lease_lost", task_id=str(lease.task_id))
            return
        except (CampaignError, OSError, TimeoutError) as error:
            # Committed or not: what is not known to be committed is never dialled.
            log.error("attempt_not_started", task_id=str(lease.task_id), error=str(error))
            return
        if isinstance(placed, NotPlaced):
            log.info("not_placed", task_id=str(lease.task_id), rule=placed.rule)
            return
        with structlog.contextvars.bound_contextvars(attempt_id=str(placed.id)):
            result = await self._call(placed)
            log.info("attempt_ended", disposition=result.disposition, sip_code=result.sip_code)
            await self._journal.put(placed.id, FinishedEntry(placed, result))

    async def _call(self, attempt: PlannedAttempt) -> AttemptResult:
        call = self._call_of(attempt, self._trunk_of(attempt.trunk))
        self._calls.add(call)
        try:
            return await call.run()
        except Exception as error:
            log.exception("call_failed")
            return AttemptResult(
                Disposition.UNKNOWN, self._clock.now(), evidence={"fault": repr(error)}
            )
        finally:
            self._calls.discard(call)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_S)
            leases = list(self._leases.values())
            if not leases:
                continue
            try:
                async with asyncio.timeout(_STORE_WAIT_S):
                    kept = await self._queue.renew(leases)
            except (CampaignError, OSError, TimeoutError) as error:
                log.warning("leases_not_renewed", error=str(error))
                continue
            if len(kept) < len(leases):
                # The calls go on: people are on the phone, and their answers are not fenced.
                log.warning("leases_lost", count=len(leases) - len(kept))

    async def _drain(self) -> None:
        self.draining = True
        if not self._leases:
            return
        log.info("draining", calls=len(self._leases), limit_s=self.limits.drain_s)
        _, running = await asyncio.wait(self._leases, timeout=self.limits.drain_s)
        if not running:
            return
        log.warning("drain_limit_reached", calls=len(running))
        await asyncio.gather(*(call.hang_up() for call in self._calls), return_exceptions=True)
        await asyncio.wait(running, timeout=_CUT_S)
