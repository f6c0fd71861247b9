"""The SIP stack of this process: one thread, every call's reports sorted to its leg."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from baresip import (
    BaresipError,
    Call,
    CommandTimeout,
    Config,
    Event,
    Runtime,
    RuntimeDead,
    StackEvent,
    UserAgent,
)

from dialer.errors import SipThreadDied, TrunkError
from dialer.trunks.baresip.identity import Identity
from dialer.trunks.baresip.leg import BaresipLeg, IncomingLeg
from dialer.trunks.baresip.stack_log import route_stack_log
from dialer.trunks.pump import AudioPump

log = structlog.get_logger(__name__)

_CLOSE_WAIT_S = 3.0
_LAST_MESSAGES_S = 0.5
"""After the last call's end: time for the ACK of a 487 and the 200 of a BYE."""
_USER_PART = re.compile(r"sips?:([^@;>]*)@")


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """How the stack runs: where it listens, which UDP ports carry audio.

    `jitter_buffer` off: packets are decoded as they come and the reader's own 60 ms slack evens
    them out; `fixed` or `adaptive` where the network reorders.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_ports: tuple[int, int] = (20000, 29999)
    jitter_buffer: str = "off"
    command_timeout_s: float = 5.0
    rtp_timeout_s: int = 0

    def config(self) -> Config:
        """Return the stack's configuration."""
        first, last = self.rtp_ports
        return Config(
            net_interface=self.host,
            max_concurrent_calls=None,
            native_log_level="error",
            expose_headers=("Reason", "To"),
            rtp_timeout=self.rtp_timeout_s,
            extra_config_text=(
                f"sip_listen {self.host}:{self.port}\n"
                f"rtp_ports {first}-{last}\n"
                f"audio_jitter_buffer_type {self.jitter_buffer}\n"
            ),
        )


class BaresipRuntime:
    """Owner of the stack; one may be alive per process, and a dead one stays dead."""

    def __init__(self, options: RuntimeOptions) -> None:
        self.options = options
        self.died = asyncio.Event()
        """Set when the SIP thread is gone or no longer answers: leave the process."""
        self.pump = AudioPump()
        self._runtime = Runtime(command_timeout=options.command_timeout_s, native_log_level="error")
        self._agents: dict[Identity, UserAgent] = {}
        self._agent_lock = asyncio.Lock()
        self._legs: dict[int, BaresipLeg] = {}
        self._unclaimed: dict[int, list[StackEvent]] = {}
        self._listeners: dict[int, Callable[[IncomingLeg], None]] = {}
        self._pump_task: asyncio.Task[None] | None = None
        self._quiet_at = 0.0

    async def start(self) -> None:
        """Bind the sockets and start the SIP thread. Raises TrunkError when it cannot."""
        route_stack_log()
        self._runtime.subscribe(self._route)
        self._runtime.on_dead = self._on_dead
        try:
            await self._runtime.start(self.options.config())
        except BaresipError as error:
            raise TrunkError(
                f"the SIP stack could not start on {self.options.host}:{self.options.port} "
                f"({error}): is the port in use?"
            ) from error
        self._pump_task = asyncio.create_task(self.pump.run(), name="audio-pump")

    async def close(self) -> None:
        """Hang up what is left, stop the SIP thread and the audio pump."""
        legs = list(self._legs.values())
        if legs and not self.died.is_set():
            hang_ups = [asyncio.ensure_future(leg.hang_up()) for leg in legs]
            await asyncio.wait(hang_ups, timeout=_CLOSE_WAIT_S)
        await asyncio.sleep(self._quiet_at - asyncio.get_running_loop().time())
        for leg in list(self._legs.values()):
            leg.abandon("the SIP stack was closed")
        self._legs.clear()
        if self._pump_task is not None:
            self._pump_task.cancel()
            await asyncio.gather(self._pump_task, return_exceptions=True)
        try:
            await self._runtime.close()
        except RuntimeDead:
            log.error("sip_thread_did_not_stop")

    async def dial(self, identity: Identity, uri: str, headers: dict[str, str]) -> BaresipLeg:
        """Send an INVITE. Raises TrunkError when the stack refuses, SipThreadDied when it is
        gone (the INVITE may or may not have left then)."""
        agent = await self._agent(identity)
        try:
            call = await agent.dial(uri, headers=headers)
        except (RuntimeDead, CommandTimeout) as error:
            self._on_dead()
            raise SipThreadDied("the SIP thread does not answer: restart the process") from error
        except (BaresipError, ValueError) as error:
            raise TrunkError(f"the stack refused to dial: {error}") from error
        leg = BaresipLeg(call, self.pump)
        self._adopt(call, leg)
        return leg

    async def listen(self, address_of_record: str, on_call: Callable[[IncomingLeg], None]) -> None:
        """Accept calls for an account (`catchall=yes` in it: for any user part).

        `on_call` runs on the loop for each call, which rings until answered or rejected.
        """
        try:
            agent = await UserAgent.create(self._runtime, address_of_record)
        except BaresipError as error:
            raise TrunkError(f"the account could not be made: {error}") from error
        self._listeners[agent.handle] = on_call
        agent.on_incoming(self._incoming)

    @property
    def live_calls(self) -> int:
        """How many calls the stack has now."""
        return len(self._legs)

    async def _agent(self, identity: Identity) -> UserAgent:
        # The stack has no way to destroy a user agent: one per identity, for good.
        async with self._agent_lock:
            agent = self._agents.get(identity)
            if agent is None:
                try:
                    agent = await UserAgent.create(self._runtime, identity.address_of_record())
                except (RuntimeDead, CommandTimeout) as error:
                    self._on_dead()
                    raise SipThreadDied("the SIP thread does not answer") from error
                except BaresipError as error:
                    raise TrunkError(f"the stack refused the caller identity: {error}") from error
                self._agents[identity] = agent
            return agent

    def _adopt(self, call: Call, leg: BaresipLeg) -> None:
        """Bind a call to its leg and replay what came before `dial` returned."""
        self._legs[call.handle] = leg
        for event in self._unclaimed.pop(call.handle, []):
            # The stack's own object missed these as well; without the closing one it would
            # stay subscribed for ever.
            call._on_stack_event(event)
            self._give(leg, event)

    def _route(self, event: StackEvent) -> None:
        if not event.call or event.event is Event.CALL_INCOMING:
            return
        leg = self._legs.get(event.call)
        if leg is None:
            self._unclaimed.setdefault(event.call, []).append(event)
        else:
            self._give(leg, event)

    def _give(self, leg: BaresipLeg, event: StackEvent) -> None:
        leg.take(event)
        if event.event is Event.CALL_CLOSED:
            self._legs.pop(event.call, None)
            self._quiet_at = asyncio.get_running_loop().time() + _LAST_MESSAGES_S

    def _incoming(self, call: Call) -> None:
        on_call = self._listeners[call._ua_handle]
        leg = IncomingLeg(call, self.pump, _dialled(call), call.peer or "")
        self._adopt(call, leg)
        on_call(leg)

    def _on_dead(self) -> None:
        if self.died.is_set():
            return
        log.critical("sip_thread_died", calls=len(self._legs))
        self.died.set()
        for leg in list(self._legs.values()):
            leg.abandon("the SIP thread died")
        self._legs.clear()


def _dialled(call: Call) -> str:
    found = _USER_PART.search(call.headers.get("To", ""))
    return found.group(1) if found else ""
