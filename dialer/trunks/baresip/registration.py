"""A trunk's registration (RFC 3261 section 10): asked for once, renewed by the stack."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

import structlog
from baresip import BaresipError, Event, RegistrationError, StackEvent, UserAgent

log = structlog.get_logger(__name__)

_STOP_WITHIN_S = 2.0


class RegistrationState(StrEnum):
    """Where a registration is."""

    TRYING = "trying"
    REGISTERED = "registered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registrar said last, at the loop's time `at`; `code` None: it said nothing."""

    state: RegistrationState
    code: int | None
    reason: str
    at: float


class Registrar:
    """Keeps one account registered from `start` to `stop` and knows how that went last."""

    def __init__(self, agent: UserAgent, trunk: str) -> None:
        self._agent = agent
        self._trunk = trunk
        self._told = asyncio.Event()
        self._starting = asyncio.Lock()
        self.last = self._now(RegistrationState.TRYING, "")
        agent.on(self._take)

    async def start(self, timeout_s: float) -> Registration:
        """Send REGISTER unless it was sent before; return how it stands.

        Waits for the first outcome, `failed` when none came in time; the stack goes on trying
        and renews in time either way.
        """
        async with self._starting:
            if not self._told.is_set():
                self._agent.on(self._take)
                try:
                    await self._agent.register(timeout=timeout_s)
                except (RegistrationError, BaresipError) as error:
                    if not self._told.is_set():
                        self._become(self._now(RegistrationState.FAILED, str(error)))
        return self.last

    async def stop(self) -> None:
        """Take the registration back, as far as the registrar answers."""
        try:
            await self._agent.unregister(timeout=_STOP_WITHIN_S)
        except (RegistrationError, BaresipError) as error:
            log.warning("unregister_failed", trunk=self._trunk, error=str(error))
        self._agent.off(self._take)

    def _take(self, event: StackEvent) -> None:
        if event.event is Event.REGISTER_OK:
            self._become(self._now(RegistrationState.REGISTERED, event.text or ""))
        elif event.event is Event.REGISTER_FAIL:
            self._become(self._now(RegistrationState.FAILED, event.text or ""))

    def _become(self, new: Registration) -> None:
        self._told.set()
        if new.state is not self.last.state:
            told = log.info if new.state is RegistrationState.REGISTERED else log.error
            told("trunk_registration", trunk=self._trunk, state=new.state, reason=new.reason)
        self.last = new

    def _now(self, state: RegistrationState, said: str) -> Registration:
        code, _, reason = said.partition(" ")
        at = asyncio.get_running_loop().time()
        if code.isdecimal() and len(code) == 3:
            return Registration(state, int(code), reason, at)
        return Registration(state, None, said, at)
