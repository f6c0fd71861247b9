"""Takes every call that arrives and gives it to its person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from dialer.ports import Answered, AudioPort
from dialer.rehearsal.callee import Callee, Visit
from dialer.rehearsal.journal import Journal
from dialer.rehearsal.personas import Persona, Pickup, persona_of
from dialer.trunks.event_stream import EventStream

log = structlog.get_logger(__name__)

PICK_UP_AFTER_S = 1.0
LONGEST_CALL_S = 600.0


class Incoming(Protocol):
    """A call that somebody placed to us (`dialer.trunks.baresip.IncomingLeg`)."""

    dialled: str

    @property
    def events(self) -> EventStream: ...

    @property
    def audio(self) -> AudioPort: ...

    async def answer(self) -> None: ...

    async def reject(self) -> None: ...

    async def hang_up(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Began:
    number: str
    persona: Persona
    at: datetime


class Exchange:
    """Runs one task per call; `make_callee` builds the person on the call's sound."""

    def __init__(
        self,
        make_callee: Callable[[Persona, AudioPort], Callee],
        journal: Journal,
        now: Callable[[], datetime],
    ) -> None:
        self._make_callee = make_callee
        self._journal = journal
        self._now = now
        self._calls: dict[asyncio.Task[None], Incoming] = {}

    @property
    def live_calls(self) -> int:
        """How many calls are ringing or talking."""
        return len(self._calls)

    def accept(self, leg: Incoming) -> None:
        """Take a call that has just arrived."""
        task = asyncio.create_task(self._serve(leg), name="rehearsal-call")
        self._calls[task] = leg
        task.add_done_callback(lambda done: self._calls.pop(done, None))

    async def drain(self, grace_s: float) -> None:
        """Let running calls end by themselves for a while, then hang up."""
        if self._calls:
            await asyncio.wait(list(self._calls), timeout=grace_s)
        for leg in list(self._calls.values()):
            await leg.hang_up()
        if self._calls:
            await asyncio.wait(list(self._calls), timeout=2.0)

    async def _serve(self, leg: Incoming) -> None:
        began = _Began(leg.dialled, persona_of(leg.dialled), self._now())
        visit, answered = Visit(), False
        try:
            async with asyncio.timeout(LONGEST_CALL_S):
                answered = await self._pick_up(leg, began.persona)
                if answered:
                    callee = self._make_callee(began.persona, leg.audio)
                    visit = callee.visit
                    await callee.talk()
        except Exception:
            # The owner of the task: whatever breaks one call is told here and ends only this call.
            log.exception("rehearsal_call_failed", persona=began.persona.name)
            await leg.hang_up()
        finally:
            self._journal.write(began.number, began.persona, began.at, answered, visit)
            log.info("rehearsal_call_ended", persona=began.persona.name, answered=answered)

    async def _pick_up(self, leg: Incoming, persona: Persona) -> bool:
        """Answer, reject or let it ring; return whether the call was established."""
        match persona.pickup:
            case Pickup.BUSY:
                await leg.reject()
                return False
            case Pickup.RINGS:
                return await _answered(leg)
            case Pickup.ANSWERS:
                await asyncio.sleep(PICK_UP_AFTER_S)
                if leg.events.ended is None:
                    await leg.answer()
                return await _answered(leg)


async def _answered(leg: Incoming) -> bool:
    """Return True once the call is established, False when it has ended before."""
    async for event in leg.events:
        if isinstance(event, Answered):
            return True
    return False
