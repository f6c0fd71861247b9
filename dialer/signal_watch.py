"""Follows the signalling of one leg: what happened when, kept as evidence as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from campaigns.clock import Clock
from dialer.journal import Journal
from dialer.journal_entry import AnsweredEntry, EventEntry, RingingEntry
from dialer.ports import (
    Answered,
    CallEvent,
    CallLeg,
    Dtmf,
    EarlyMedia,
    Ended,
    Hold,
    Quality,
    Ringing,
    Transferred,
    Trying,
)


class SignalWatch:
    """Reads a leg's events until its end."""

    def __init__(self, leg: CallLeg, attempt_id: UUID, journal: Journal, clock: Clock) -> None:
        self._leg = leg
        self._attempt_id = attempt_id
        self._journal = journal
        self._clock = clock
        self.answered = asyncio.Event()
        self.over = asyncio.Event()
        self.transfer_told = asyncio.Event()
        self.transferred = False
        """Whether the far end took our transfer (REFER), once that was told."""
        self.ringing_at: datetime | None = None
        self.answered_at: datetime | None = None
        self.early_media_at: datetime | None = None
        self.ended: Ended | None = None
        self.ended_at: datetime | None = None
        self.quality: Quality | None = None
        self.sip_call_id: str | None = None
        self.on_key: Callable[[str], None] = lambda _digit: None

    async def run(self) -> None:
        """Take every event; `over` is set after the last."""
        async for event in self._leg.events:
            self._take(event, self._clock.now())
        self.over.set()

    async def wait_answered(self, within_s: float, hopeless: asyncio.Event) -> bool:
        """Wait for the answer, the end, or until it is hopeless; False when none of them came
        within the time."""
        events = (self.answered, self.over, hopeless)
        waits = {asyncio.ensure_future(each.wait()) for each in events}
        done, left = await asyncio.wait(
            waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return bool(done)

    def _take(self, event: CallEvent, now: datetime) -> None:
        match event:
            case Trying(sip_call_id=sip_call_id):
                self.sip_call_id = sip_call_id
                self._event("invite_sent", now, sip_call_id=sip_call_id)
            case Ringing():
                self._rang(now)
            case EarlyMedia():
                self.early_media_at = self.early_media_at or now
                self._event("early_media", now)
            case Answered():
                self.answered_at = now
                self._journal.put(self._attempt_id, AnsweredEntry(now))
                self.answered.set()
            case Dtmf(digit=digit):
                self._event("key", now, digit=digit)
                self.on_key(digit)
            case Hold(held=held):
                self._event("hold", now, held=held)
            case Transferred(accepted=accepted):
                self._event("transferred", now, accepted=accepted)
                self.transferred = accepted
                self.transfer_told.set()
            case Quality():
                self.quality = event
            case Ended():
                self.ended, self.ended_at = event, now

    def _rang(self, now: datetime) -> None:
        if self.ringing_at is None:
            self.ringing_at = now
            self._journal.put(self._attempt_id, RingingEntry(now))

    def _event(self, name: str, now: datetime, **data: Any) -> None:
        self._journal.put(self._attempt_id, EventEntry(name, now, data))
