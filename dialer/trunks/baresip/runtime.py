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
    RuntimeDead,
    StackEvent,
    UserAgent,
)

from campaigns.attempt import TrunkAddress
from dialer.errors import SipThreadDied, TrunkError
from dialer.trunks.baresip.identity import Identity, registering_account
from dialer.trunks.baresip.leg import BaresipLeg, IncomingLeg
from dialer.trunks.baresip.registration import Registrar, Registration
from dialer.trunks.baresip.stack_library import PreparedRuntime, StackLibrary
from dialer.trunks.baresip.stack_log import route_stack_log
from dialer.trunks.pump import AudioPump

log = structlog.get_logger(__name__)

_CLOSE_WAIT_S = 3.0
_SHORTEST_WAIT_MS, _LONGEST_WAIT_MS = 20, 200
"""What the jitter buffer adds: one packet on a good network, enough for 40 ms of jitter on a bad
one."""
_LAST_MESSAGES_S = 0.5
"""After the last call's end: time for the ACK of a 487 and the 200 of a BYE."""
_LOOPBACK = "127.0.0.1"
_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104
_REGISTER_WITHIN_S = 5.0
_USER_PART = re.compile(r"sips?:([^@;>]*)@")


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """How the stack runs: where it listens, which UDP ports carry audio.

    `host` is a local address, several with commas between them, or 0.0.0.0 for all of this
    machine, loopback included. Each call goes out from the one that faces its trunk.
    `jitter_buffer` adaptive: packets are put in order and wait 20 to 200 ms, as the network
    needs. off: they are decoded as they come, right only where nothing overtakes.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    rtp_ports: tuple[int, int] = (20000, 29999)
    jitter_buffer: str = "adaptive"
    command_timeout_s: float = 5.0
    rtp_timeout_s: int = 0
    ca_path: str = "/etc/ssl/certs"
    """Folder of the authorities every TLS trunk may be certified by."""

    @property
    def more_hosts(self) -> tuple[str, ...]:
        """The local addresses besides the one the stack itself is given."""
        if self.host == _EVERY_ADDRESS:
            return (_LOOPBACK,)
        return tuple(host.strip() for host in self.host.split(",")[1:])

    def config(self) -> Config:
        """Return the stack's configuration."""
        first, last = self.rtp_ports
        host = self.host.split(",")[0].strip()
        listen = _EVERY_ADDRESS if self.more_hosts else host
        return Config(
            net_interface=None if host == _EVERY_ADDRESS else host,
            max_concurrent_calls=None,
            native_log_level="error",
            expose_headers=("Reason", "To"),
            rtp_timeout=self.rtp_timeout_s,
            extra_config_text=(
                # With 0.0.0.0 only the port counts: each local address is bound by itself.
                f"sip_listen {listen}:{self.port}\n"
                "sip_verify_server yes\n"
                f"sip_capath {self.ca_path}\n"
                f"rtp_ports {first}-{last}\n"
                f"audio_jitter_buffer_type {self.jitter_buffer}\n"
                f"audio_jitter_buffer_ms {_SHORTEST_WAIT_MS}-{_LONGEST_WAIT_MS}\n"
            ),
        )


class BaresipRuntime:
    """Owner of the stack; one may be alive per process, and a dead one stays dead."""

    def __init__(self, options: RuntimeOptions) -> None:
        self.options = options
        self.died = asyncio.Event()
        """Set when the SIP thread is gone or no longer answers: leave the process."""
        self.pump = AudioPump()
        self._library = StackLibrary()
        self._runtime = PreparedRuntime(self._prepare, options.command_timeout_s)
        self._agents: dict[str, UserAgent] = {}
        self._registrars: dict[TrunkAddress, Registrar] = {}
        self._trusted: set[str] = set()
        self._agent_lock = asyncio.Lock()
        self._legs: dict[int, BaresipLeg] = {}
        self._unclaimed: dict[int, list[StackEvent]] = {}
        self._listeners: dict[int, Callable[[IncomingLeg], None]] = {}
        self._declining: set[asyncio.Task[None]] = set()
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
        if self._runtime.unprepared is not None:
            await self._runtime.close()
            raise self._runtime.unprepared
        self._pump_task = asyncio.create_task(self.pump.run(), name="audio-pump")

    async def close(self) -> None:
        """Hang up what is left, stop the SIP thread and the audio pump."""
        legs = list(self._legs.values())
        if legs and not self.died.is_set():
            hang_ups = [asyncio.ensure_future(leg.hang_up()) for leg in legs]
            await asyncio.wait(hang_ups, timeout=_CLOSE_WAIT_S)
        await asyncio.gather(*self._declining, return_exceptions=True)
        if not self.died.is_set():
            await asyncio.gather(*(registrar.stop() for registrar in self._registrars.values()))
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
        self._trust(identity.trunk)
        agent = await self._agent(identity.address_of_record())
        try:
            call = await agent.dial(uri, headers=headers)
        except (RuntimeDead, CommandTimeout) as error:
            self._on_dead()
            raise SipThreadDied("the SIP thread does not answer: restart the process") from error
        except (BaresipError, ValueError) as error:
            raise TrunkError(f"the stack refused to dial: {error}") from error
        leg = BaresipLeg(call, self.pump, self._library.causes)
        self._adopt(call, leg)
        return leg

    async def register(self, trunk: TrunkAddress) -> Registration:
        """Register a trunk's user if that was not done yet; return what the registrar said last.

        The first time this waits for an answer, 5 s at most; the stack renews it from then on.
        Raises TrunkError when the account is malformed.
        """
        registrar = self._registrars.get(trunk)
        if registrar is None:
            self._trust(trunk)
            agent = await self._agent(registering_account(trunk))
            registrar = self._registrars.setdefault(trunk, Registrar(agent, trunk.name))
        return await registrar.start(_REGISTER_WITHIN_S)

    def registration(self, trunk: TrunkAddress) -> Registration | None:
        """Return how a trunk's registration stands, None when it was never asked for."""
        registrar = self._registrars.get(trunk)
        return registrar.last if registrar is not None else None

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

    def _prepare(self) -> None:
        if self.options.more_hosts:
            self._library.add_local_addresses(self.options.more_hosts)
        self._library.watch_packets()

    def _trust(self, trunk: TrunkAddress) -> None:
        if trunk.tls_ca_file and trunk.tls_ca_file not in self._trusted:
            self._library.trust(trunk.tls_ca_file)
            self._trusted.add(trunk.tls_ca_file)

    async def _agent(self, account: str) -> UserAgent:
        # The stack has no way to destroy a user agent: one per account line, for good.
        async with self._agent_lock:
            agent = self._agents.get(account)
            if agent is None:
                try:
                    agent = await UserAgent.create(self._runtime, account)
                except (RuntimeDead, CommandTimeout) as error:
                    self._on_dead()
                    raise SipThreadDied("the SIP thread does not answer") from error
                except BaresipError as error:
                    raise TrunkError(f"the stack refused the account: {error}") from error
                self._agents[account] = agent
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
        if not event.call:
            return
        if event.event is Event.CALL_INCOMING:
            if event.ua not in self._listeners:
                self._turn_away(event)
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

    def _turn_away(self, event: StackEvent) -> None:
        """Decline a call to one of our caller numbers: nobody here picks up."""
        call = Call._from_incoming(self._runtime, event)
        leg = IncomingLeg(call, self.pump, _dialled(call), call.peer or "", self._library.causes)
        self._adopt(call, leg)
        log.info("incoming_call_declined")
        declining = asyncio.create_task(leg.reject(), name="decline")
        self._declining.add(declining)
        declining.add_done_callback(self._declining.discard)

    def _incoming(self, call: Call) -> None:
        on_call = self._listeners[call._ua_handle]
        leg = IncomingLeg(call, self.pump, _dialled(call), call.peer or "", self._library.causes)
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
