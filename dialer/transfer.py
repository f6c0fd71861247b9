"""Putting a person through to a human: the trunk is asked (RFC 3515), or an agent is called and
joined with them; they hear that it rings meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import structlog

from campaigns.attempt import PlannedAttempt, TrunkAddress
from campaigns.errors import CampaignError
from campaigns.ports import TransferDesk
from campaigns.transfers.planned import AgentCall, NoAgent, PlannedTransfer
from campaigns.transfers.rule import TransferMode
from campaigns.transfers.state import TransferEvent
from dialer.agent_leg import AgentLeg
from dialer.errors import SipThreadDied, TrunkError
from dialer.media.bridge import Bridge
from dialer.media.line import Line
from dialer.media.player import Player
from dialer.media.ring_tone import PAUSE_S, ring_tone
from dialer.ports import CallLeg, DialRequest, Trunk
from dialer.signal_watch import SignalWatch
from dialer.waiting import first_of

log = structlog.get_logger(__name__)

TRANSFER_HEADER = "X-Transfer"
"""Tells the agent's console which transfer its call belongs to; says nothing else."""
_STORE_WAIT_S = 3.0
_RING_ONE_S = 20.0
"""How long one agent's phone rings before the next is tried."""
_BUSY_PAUSE_S = 1.0
_REFER_TOLD_S = 1.0
_LONGEST_TALK_S = 7200.0
_RINGS_A_COMFORT = 3

Comfort = Callable[[], Awaitable[None]]
Answer = TypeVar("Answer")


class TransferEnd(StrEnum):
    """How it ended."""

    HANDED_OVER = "handed_over"
    TALKED = "talked"
    FAILED = "failed"
    LEFT = "left"
    """The person hung up while waiting."""


@dataclass(frozen=True, slots=True)
class AgentLines:
    """The way to agents: who is next, and the trunks they are reached on."""

    desk: TransferDesk
    trunk_of: Callable[[TrunkAddress], Trunk]


class AgentTransfer:
    """One person's transfer; `run` once, `leave` when they hang up."""

    def __init__(
        self,
        attempt: PlannedAttempt,
        person: CallLeg,
        watch: SignalWatch,
        line: Line,
        player: Player,
        may_refer: bool,
        agents: AgentLines,
    ) -> None:
        self._attempt = attempt
        self._person = person
        self._watch = watch
        self._line = line
        self._player = player
        self._may_refer = may_refer
        self._desk = agents.desk
        self._trunk_of = agents.trunk_of
        self._gone = asyncio.Event()
        self._why = ""
        self.joined = False
        """Whether the person talks, or has talked, with an agent."""
        self.evidence: dict[str, Any] = {}

    def leave(self) -> None:
        """The person has hung up."""
        self._gone.set()

    @property
    def _left(self) -> bool:
        """Whether the person is gone, told or not: nobody is rung for them any more."""
        return self._gone.is_set() or self._watch.over.is_set()

    async def run(self, wish: str, comfort: Comfort) -> TransferEnd:
        """Put the person through; return when they have talked, or that nobody took the call."""
        began_s = _now()
        self.evidence = {"state": "waiting"}
        begun = await self._ask(self._desk.begin(self._attempt.id, wish))
        if isinstance(begun, PlannedTransfer):
            self.evidence["id"] = str(begun.id)
            end = await self._put_through(begun, comfort)
        else:
            self._why, end = begun.reason, TransferEnd.FAILED
        self.evidence |= {"state": end.value, "why": self._why, "s": round(_now() - began_s, 1)}
        log.info("transfer_ended", end=end.value, why=self._why)
        return end

    async def _put_through(self, begun: PlannedTransfer, comfort: Comfort) -> TransferEnd:
        comforting = asyncio.create_task(self._comfort(comfort), name="comfort")
        try:
            found = await self._find(begun)
        finally:
            comforting.cancel()
            await asyncio.gather(comforting, return_exceptions=True)
            self._player.stop()
        if isinstance(found, AgentLeg):
            return await self._talk(begun.id, found)
        event = {
            TransferEnd.HANDED_OVER: TransferEvent.HAND_OVER,
            TransferEnd.LEFT: TransferEvent.LEAVE,
        }.get(found, TransferEvent.FAIL)
        await self._note(begun.id, event)
        return found

    async def _find(self, begun: PlannedTransfer) -> AgentLeg | TransferEnd:
        """Try one agent after the other until one answers or the time is over."""
        deadline_s = _now() + begun.ring_s
        while not self._left and (left_s := deadline_s - _now()) > 0:
            agent = await self._ask(self._desk.next_agent(begun.id))
            if isinstance(agent, NoAgent):
                self._why = self._why if self._why and not agent.busy else agent.reason
                if not agent.busy:
                    break
                await first_of(self._gone, self._watch.over, within_s=min(left_s, _BUSY_PAUSE_S))
                continue
            if self._may_refer and begun.mode is not TransferMode.BRIDGE:
                referred = await self._refer(agent, left_s)
                if referred is not None:
                    return referred
            if begun.mode is not TransferMode.REFER and not self._left:
                call = await self._ring(begun.id, agent, min(left_s, _RING_ONE_S))
                if call is not None:
                    return call
        self._why = self._why or "no agent answered in time"
        return TransferEnd.LEFT if self._left else TransferEnd.FAILED

    async def _refer(self, agent: AgentCall, within_s: float) -> TransferEnd | None:
        """Ask the trunk to call the agent; None when it refuses."""
        trunk = self._attempt.trunk
        uri = agent.uri or f"sip:{agent.number}@{trunk.host}:{trunk.port}"
        try:
            async with asyncio.timeout(within_s):
                await self._person.transfer(uri)
        except TrunkError as error:
            self._why = f"the trunk did not take the transfer: {error}"
            return None
        except TimeoutError:
            # The trunk may still be ringing somebody: nobody else is rung beside.
            self._why = "the trunk did not say what became of the transfer"
            return TransferEnd.FAILED
        await first_of(self._watch.transfer_told, self._watch.over, within_s=_REFER_TOLD_S)
        if self._watch.transferred:
            return TransferEnd.HANDED_OVER
        self._why = "the trunk refused the transfer"
        return None

    async def _ring(self, transfer_id: UUID, agent: AgentCall, within_s: float) -> AgentLeg | None:
        """Call the agent; None when they do not answer within the time."""
        request = DialRequest(
            attempt_id=self._attempt.id,
            number=agent.number,
            caller_number=agent.caller_number,
            caller_name=agent.caller_name,
            sip_call_id=f"{transfer_id}@outbound.invalid",
            headers={TRANSFER_HEADER: str(transfer_id)},
        )
        try:
            leg = await self._trunk_of(agent.trunk).dial(request)
        except (TrunkError, SipThreadDied) as error:
            self._why = f"the agent could not be called: {error}"
            return None
        call = AgentLeg(leg)
        try:
            await first_of(
                call.answered, call.over, self._gone, self._watch.over, within_s=within_s
            )
        except asyncio.CancelledError:
            await call.end()
            raise
        if call.talks and not self._left:
            return call
        await call.end()
        code = call.ended.sip_code if call.ended else None
        self._why = f"the agent did not answer ({code})" if code else "the agent did not answer"
        return None

    async def _talk(self, transfer_id: UUID, agent: AgentLeg) -> TransferEnd:
        """Join the two until either hangs up."""
        self.joined = True
        self._why = ""
        bridge = Bridge(self._person.audio, agent.audio)
        passing = asyncio.create_task(bridge.run(), name="bridge")
        self._line.join(bridge)
        began_s = _now()
        try:
            await self._note(transfer_id, TransferEvent.CONNECT)
            await first_of(agent.over, self._gone, self._watch.over, within_s=_LONGEST_TALK_S)
        finally:
            self._line.part()
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)
            await agent.end()
            self.evidence |= {"talked_s": round(_now() - began_s, 1), "dropped": bridge.dropped}
        await self._note(transfer_id, TransferEvent.END)
        return TransferEnd.TALKED

    async def _comfort(self, comfort: Comfort) -> None:
        """Let the person hear that it rings, and a word from time to time."""
        tone = ring_tone()
        while True:
            for _ in range(_RINGS_A_COMFORT):
                self._player.play(tone)
                await self._player.finished()
                await asyncio.sleep(PAUSE_S)
            await comfort()

    async def _ask(self, asked: Coroutine[Any, Any, Answer]) -> Answer | NoAgent:
        """Ask the desk; one that does not answer has no agent."""
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                return await asked
        except (CampaignError, OSError, TimeoutError) as error:
            log.error("transfer_desk_away", error=str(error))
            return NoAgent("the store does not answer")

    async def _note(self, transfer_id: UUID, event: TransferEvent) -> None:
        """Tell the desk what became of it; the planner's upkeep ends what could not be told."""
        await self._ask(self._desk.move(transfer_id, event, self._why))


def _now() -> float:
    return asyncio.get_running_loop().time()
