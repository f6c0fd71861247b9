"""People put through over real SIP and RTP: the person's phone is ours to script, the trunk that
takes or refuses a REFER and the agent are SIPp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from campaigns.attempt import AttemptResult, TrunkAddress
from campaigns.clock import SystemClock
from campaigns.disposition import Disposition
from campaigns.recordings import Recordings
from campaigns.transfers.rule import TransferMode
from campaigns.transfers.state import TransferEvent
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.ports import SAMPLE_RATE
from dialer.transfer import AgentLines
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialogs.ports import (
    ConversationOutcome,
    HangUp,
    NotTransferred,
    Reply,
    Say,
    Transfer,
)
from tests.fakes.call_stage import Stage, planned
from tests.fakes.transfer_stage import MemoryDesk
from tests.peers.ports import free_port, free_range
from tests.peers.sipp import Sipp, needs_sipp
from tests.peers.uas import ServerCall, Uas

VAULT = Vault(bytes(32))
REFER_TO = "sip:8001@127.0.0.1:5090"
BEEP_S = 0.2

pytestmark = needs_sipp


def stage() -> Stage:
    """A call that puts the person through at once."""
    connect = Transfer("transfer_human", "我要转人工", connect=True, comfort=("请稍等",))
    sorry = (Say(("坐席都在忙",), barge_in=False), HangUp(ConversationOutcome.HUMAN_REQUESTED))
    return Stage(replies=[Reply((Say(("马上转接",), barge_in=False), connect)), Reply(sorry)])


@asynccontextmanager
async def sip(port: int, agents_port: int | None, desk: MemoryDesk) -> AsyncIterator[tuple]:
    """Yield trunks to the person and the agents on one real stack."""
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
    await runtime.start()
    try:
        person = BaresipTrunk(runtime, TrunkAddress("person", "127.0.0.1", port))
        address = TrunkAddress("agents", "127.0.0.1", agents_port or free_port())
        yield person, AgentLines(desk, lambda _address: BaresipTrunk(runtime, address))
        assert runtime.live_calls == 0
    finally:
        await runtime.close()


async def put_through(
    play: Stage, port: int, folder: Path, desk: MemoryDesk, agents_port: int | None = None
) -> AttemptResult:
    """Place one call to this port whose person is put through to agents at the other."""
    async with AsyncExitStack() as stack:
        trunk, agents = await stack.enter_async_context(sip(port, agents_port, desk))
        journal = Journal(play.store, play.store, Backlog(folder / "journal", VAULT))
        writing = asyncio.create_task(journal.run())
        equipment = replace(
            play.equipment(journal),
            recordings=Recordings(folder / "recordings", VAULT),
            clock=SystemClock(),
            agents=agents,
        )
        async with asyncio.timeout(60):
            result = await Call(planned(), trunk, equipment).run()
            await journal.flush(2.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        return result


async def test_a_refer_that_is_taken_ends_our_part(tmp_path: Path) -> None:
    desk = MemoryDesk(["8001"], TransferMode.AUTO)
    keys = {"target": REFER_TO, "outcome": "200 OK"}
    async with Sipp("transfer_noted", tmp_path, keys) as peer:
        result = await put_through(stage(), peer.port, tmp_path, desk)
        assert await peer.succeeded(), peer.complaints()
    assert result.disposition is Disposition.TRANSFERRED
    assert result.evidence["transfer"]["state"] == "handed_over"
    assert [event for event, _ in desk.log] == [TransferEvent.HAND_OVER]


@pytest.mark.parametrize("scenario", ["transfer_refused", "transfer_noted"])
async def test_a_refer_that_comes_to_nothing_becomes_a_bridge(
    tmp_path: Path, scenario: str
) -> None:
    """Refused by the trunk, or the trunk says that the agent did not answer it."""
    desk = MemoryDesk(["8001"], TransferMode.AUTO)
    keys = {
        "target": REFER_TO,
        "refusal": "405 Method Not Allowed",
        "outcome": "503 Service Unavailable",
    }
    async with (
        Sipp(scenario, tmp_path, keys) as peer,
        Sipp("answer_then_bye", tmp_path) as agent,
    ):
        result = await put_through(stage(), peer.port, tmp_path, desk, agent.port)
        assert await peer.succeeded(), peer.complaints()
        assert await agent.succeeded(), agent.complaints()
    assert result.disposition is Disposition.TRANSFERRED
    assert result.evidence["transfer"]["state"] == "talked"
    assert [event for event, _ in desk.log] == [TransferEvent.CONNECT, TransferEvent.END]


async def test_the_agents_phone_is_told_an_opaque_id_and_a_registered_number(
    tmp_path: Path,
) -> None:
    async def picks_up(call: ServerCall) -> None:
        assert await call.answer()
        await asyncio.sleep(1.0)
        call.bye()

    desk = MemoryDesk(["8001"], TransferMode.BRIDGE)
    agent = await Uas.listen(picks_up)
    try:
        async with Sipp("answer_until_bye", tmp_path) as peer:
            await put_through(stage(), peer.port, tmp_path, desk, agent.port)
    finally:
        await agent.close()
    invite = agent.calls[0].invite
    assert invite.header("x-transfer") == str(desk.id)
    assert "sip:077112366@" in invite.header("from")
    assert "13800138000" not in str(invite)


async def test_an_agent_who_is_engaged_means_an_apology(tmp_path: Path) -> None:
    desk = MemoryDesk(["8001"], TransferMode.BRIDGE)
    play = stage()
    keys = {"code": "486", "phrase": "Busy Here", "cause": "17"}
    async with (
        Sipp("answer_until_bye", tmp_path, echo=False) as peer,
        Sipp("refuse", tmp_path, keys) as agent,
    ):
        result = await put_through(play, peer.port, tmp_path, desk, agent.port)
        assert await peer.succeeded(), peer.complaints()
        assert await agent.succeeded(), agent.complaints()
    assert result.disposition is Disposition.HUMAN_REQUESTED
    assert result.evidence["transfer"]["why"] == "the agent did not answer (486)"
    assert isinstance(play.engine.heard[-1], NotTransferred)
    assert [each.text for each in play.store.of("utterance")] == ["马上转接", "坐席都在忙"]


async def test_sound_passes_both_ways_quickly(tmp_path: Path) -> None:
    """The agent is an echo: what the person says comes back through the bridge twice."""
    tripped: list[float] = []
    frame = (8000 * np.sin(2 * np.pi * 1000 * np.arange(160) / SAMPLE_RATE)).astype("<i2").tobytes()

    async def person(call: ServerCall) -> None:
        assert await call.answer()
        await asyncio.sleep(6.0)
        for _ in range(8):
            tripped.append(await trip(call))
            await asyncio.sleep(0.4)
        call.bye()

    async def trip(call: ServerCall) -> float:
        """Beep; return how long the beep takes to the echo and back, in seconds."""
        before = len(call.line.sent)
        call.line.write(frame * int(BEEP_S / 0.02))
        await asyncio.sleep(BEEP_S + 0.5)
        gone = next(each.at for each in call.line.sent[before:] if loud(each.pcm))
        return next(p.at for p in call.line.received if p.at > gone and loud(p.pcm)) - gone

    uas = await Uas.listen(person)
    desk = MemoryDesk(["8001"], TransferMode.BRIDGE)
    try:
        async with Sipp("answer_until_bye", tmp_path, echo=True) as agent:
            result = await put_through(stage(), uas.port, tmp_path, desk, agent.port)
            assert await agent.succeeded(), agent.complaints()
    finally:
        await uas.close()
    assert (result.disposition, result.ended_by) == (Disposition.TRANSFERRED, "remote")
    assert len(tripped) == 8
    # two ways through us, 60 ms each at most; a busy machine may hold some of them up for longer
    assert min(tripped) <= 0.12, tripped
    assert median(tripped) <= 0.25, tripped


def loud(pcm: bytes) -> bool:
    return bool(np.abs(np.frombuffer(pcm, "<i2")).max(initial=0) > 4000)
