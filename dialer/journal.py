"""Writes what happens in calls to the store, in order; on disk while the store is away.

Nothing in a call waits for the database: entries are queued and one task writes them. When the
store does not answer they go to a file of the worker (append-only, one sealed line each, synced
to the disk) and are written from there, in order, once it is back, or by the next worker that
starts. An entry may be written twice when the worker dies between the store and the file.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from campaigns.errors import CampaignError
from campaigns.ports import CallQueue, CallRecord, LeaseLost
from dialer.backlog import Backlog
from dialer.journal_entry import (
    AnsweredEntry,
    AnswerGivenEntry,
    Entry,
    EventEntry,
    FinishedEntry,
    JournalEntry,
    OptOutEntry,
    RingingEntry,
    UtteranceEntry,
)

log = structlog.get_logger(__name__)

_STORE_WAIT_S = 3.0
_RETRY_S = 2.0

_Queued = tuple[JournalEntry, asyncio.Future[None]]


class Journal:
    """The one writer of a worker; `run` is its task."""

    def __init__(self, record: CallRecord, queue: CallQueue, backlog: Backlog) -> None:
        self._record = record
        self._queue = queue
        self._backlog = backlog
        self._entries: asyncio.Queue[_Queued] = asyncio.Queue()
        self._writing: _Queued | None = None
        self._unsettled: set[asyncio.Future[None]] = set()

    def put(self, attempt_id: UUID, entry: Entry) -> asyncio.Future[None]:
        """Write an entry; the future is done once it is in the store or on the disk."""
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unsettled.add(settled)
        settled.add_done_callback(self._unsettled.discard)
        self._entries.put_nowait((JournalEntry(attempt_id, entry), settled))
        return settled

    async def run(self) -> None:
        """Write until cancelled; what is left then goes to the disk."""
        await asyncio.to_thread(self._backlog.open)
        try:
            while True:
                await self._next()
        finally:
            self._keep_rest()
            self._backlog.close()

    async def flush(self, within_s: float) -> None:
        """Wait until everything queued so far is in the store or on the disk."""
        if self._unsettled:
            await asyncio.wait(self._unsettled, timeout=within_s)

    async def _next(self) -> None:
        if self._backlog.empty:
            self._writing = await self._entries.get()
            await self._write(self._writing[0])
        else:
            try:
                self._writing = await asyncio.wait_for(self._entries.get(), _RETRY_S)
            except TimeoutError:
                await self._drain()
                return
            await asyncio.to_thread(self._backlog.append, self._writing[0])
        _settle(self._writing)
        self._writing = None

    async def _write(self, entry: JournalEntry) -> None:
        if not await self._store(entry):
            log.warning("store_away", attempt_id=str(entry.attempt_id))
            await asyncio.to_thread(self._backlog.append, entry)

    async def _drain(self) -> None:
        while (entry := self._backlog.first()) is not None:
            if not await self._store(entry):
                return
            await asyncio.to_thread(self._backlog.drop_first)
        log.info("backlog_written")

    async def _store(self, entry: JournalEntry) -> bool:
        """Write to the store; False when the store is away. What it refuses is set aside."""
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                await self._apply(entry)
        except LeaseLost:
            log.warning("result_came_too_late", attempt_id=str(entry.attempt_id))
        except Exception as error:
            if _is_away(error):
                return False
            log.exception("store_refused", attempt_id=str(entry.attempt_id))
            await asyncio.to_thread(self._backlog.set_aside, entry)
        return True

    async def _apply(self, entry: JournalEntry) -> None:
        attempt_id = entry.attempt_id
        match entry.entry:
            case RingingEntry(at=at):
                await self._record.ringing(attempt_id, at)
            case AnsweredEntry(at=at):
                await self._record.answered(attempt_id, at)
            case UtteranceEntry(utterance=utterance):
                await self._record.utterance(attempt_id, utterance)
            case AnswerGivenEntry(answer=answer):
                await self._record.answer(attempt_id, answer)
            case OptOutEntry(words=words):
                await self._record.opt_out(attempt_id, words)
            case EventEntry(name=name, at=at, data=data):
                await self._record.event(attempt_id, name, at, dict(data))
            case FinishedEntry(attempt=attempt, result=result):
                await self._queue.finish(attempt, result)

    def _keep_rest(self) -> None:
        left = [self._writing] if self._writing is not None else []
        while not self._entries.empty():
            left.append(self._entries.get_nowait())
        for queued in left:
            self._backlog.append(queued[0])
            _settle(queued)


def _settle(queued: _Queued) -> None:
    if not queued[1].done():
        queued[1].set_result(None)


def _is_away(error: Exception) -> bool:
    if isinstance(error, CampaignError):
        return error.retryable
    return isinstance(error, OSError | TimeoutError)
