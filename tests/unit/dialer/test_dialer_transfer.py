"""Putting a person through, in virtual time: REFER, the bridge, and when nobody comes."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from campaigns.disposition import Disposition
from campaigns.transfers.rule import TransferMode
from campaigns.transfers.state import TransferEvent
from dialer.manners import Manners
from dialer.trunks.simulated import Callee, SimulatedLine
from dialogs.ports import (
    ConversationOutcome,
    HangUp,
    Listen,
    NotTransferred,
    Reply,
    Say,
    Transfer,
)
from tests.fakes.sounds import times_of
from tests.fakes.transfer_stage import MemoryDesk, TransferStage

QUESTION = "请问满意吗"
CONNECTING = "好的请不要挂机"
COMFORT = "正在为您转接"
SORRY = "坐席都在忙"
WISH = "我要转人工"
REFER_TO = "sip:8001@127.0.0.1:5090"

REPLIES = [
    Reply((Say((QUESTION,)), Listen("grade"))),
    Reply(
        (
            Say((CONNECTING,), barge_in=False),
            Transfer("transfer_human", WISH, connect=True, comfort=(COMFORT,)),
        )
    ),
    Reply((Say((SORRY,), barge_in=False), HangUp(ConversationOutcome.HUMAN_REQUESTED))),
]


def stage(**wishes: Any) -> TransferStage:
    return TransferStage(replies=REPLIES, **wishes)


def person(stage: TransferStage, *then: tuple[float, str], stays_s: float | None = None) -> Callee:
    """Somebody who asks for a human, says these things later, and hangs up after a while."""

    async def callee(line: SimulatedLine) -> None:
        line.ring()
        line.answer()
        await asyncio.sleep(4.0)
        await line.speak(stage.said(WISH))
        for wait_s, text in then:
            await asyncio.sleep(wait_s)
            await line.speak(stage.said(text))
        if stays_s is not None:
            await asyncio.sleep(stays_s)
            line.hang_up()
        await line.wait_over()

    return callee


def agent(
    stage: TransferStage, *says: tuple[float, str], after_s: float = 3.0, talks_s: float = 8.0
) -> Callee:
    """An agent who picks up, says these things and hangs up."""

    async def callee(line: SimulatedLine) -> None:
        line.ring()
        await asyncio.sleep(after_s)
        line.answer()
        for wait_s, text in says:
            await asyncio.sleep(wait_s)
            await line.speak(stage.said(text))
        await asyncio.sleep(talks_s)
        line.hang_up()

    return callee


async def busy(line: SimulatedLine) -> None:
    """An agent whose phone is engaged."""
    line.refuse(486, 17)


async def silent(line: SimulatedLine) -> None:
    """An agent who does not pick up."""
    line.ring()
    await line.wait_over()


def heard(stage: TransferStage, leg: int) -> dict[str, float]:
    assert stage.trunk is not None
    return times_of(stage.lexicon, stage.trunk.legs[leg].audio.heard)


def test_an_agent_answers_and_both_hear_each_other() -> None:
    play = stage()
    play.agents = {"8001": agent(play, (1.0, "您好我是人工坐席"))}
    result = play.play(person(play, (7.0, "我的发票开不出来")))
    assert result.disposition is Disposition.TRANSFERRED
    assert play.desk.wish == WISH
    assert [event for event, _ in play.desk.log] == [TransferEvent.CONNECT, TransferEvent.END]
    assert "您好我是人工坐席" in heard(play, 0)
    assert "我的发票开不出来" in heard(play, 1)
    assert QUESTION not in heard(play, 1)
    evidence = result.evidence["transfer"]
    assert (evidence["state"], evidence["why"], evidence["dropped"]) == ("talked", "", 0)
    assert evidence["talked_s"] == pytest.approx(10.3, abs=0.3)
    # the bot heard nothing of their talk
    assert [turn for turn in play.engine.heard if isinstance(turn, NotTransferred)] == []
    assert "我的发票开不出来" not in [each.text for each in play.store.of("utterance")]


def test_the_agents_phone_shows_a_registered_number_and_an_opaque_id_alone() -> None:
    play = stage()
    play.agents = {"8001": agent(play)}
    play.play(person(play))
    assert play.trunk is not None
    request = play.trunk.dialled[1]
    assert (request.number, request.caller_number) == ("8001", "077112366")
    assert request.headers == {"X-Transfer": str(play.desk.id)}


def test_sound_passes_within_sixty_milliseconds() -> None:
    play = stage()
    spoke_at: list[float] = []

    async def says(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(2.0)
        spoke_at.append(asyncio.get_running_loop().time())
        await line.speak(play.said("坐席说话"))
        await asyncio.sleep(2.0)
        line.hang_up()

    play.agents = {"8001": says}
    play.play(person(play))
    assert 0 <= heard(play, 0)["坐席说话"] - spoke_at[0] <= 0.06


def test_both_sides_of_the_talk_are_recorded() -> None:
    play = stage()
    play.agents = {"8001": agent(play, (1.0, "坐席在这里"))}
    play.play(person(play, (7.0, "纳税人在这里")))
    stereo = np.frombuffer(bytes(play.recordings.written[0].pcm), "<i2").reshape(-1, 2)
    left, right = (play.lexicon.read(side.tobytes()) for side in stereo.T)
    assert "纳税人在这里" in left
    assert "坐席在这里" in right
    assert QUESTION in right


def test_they_hear_that_it_rings_and_a_word_while_they_wait() -> None:
    play = stage()
    play.agents = {"8001": agent(play, after_s=19.0)}
    play.play(person(play))
    assert COMFORT in heard(play, 0)
    assert play.leg is not None
    tones = [
        at for at, pcm in play.leg.audio.heard if np.abs(np.frombuffer(pcm, "<i2")).max() > 3900
    ]
    assert len(tones) > 100  # 450 Hz in three and more seconds


def test_whoever_hangs_up_ends_both() -> None:
    play = stage()
    play.agents = {"8001": agent(play, talks_s=600.0)}
    result = play.play(person(play, stays_s=20.0))
    assert (result.disposition, result.ended_by) == (Disposition.TRANSFERRED, "remote")
    assert play.trunk is not None
    assert play.trunk.legs[1].over.is_set()


def test_a_long_talk_with_an_agent_is_not_cut() -> None:
    play = stage(manners=Manners(longest_call_s=60.0))
    play.agents = {"8001": agent(play, talks_s=600.0)}
    result = play.play(person(play))
    assert result.disposition is Disposition.TRANSFERRED
    assert result.evidence["transfer"]["talked_s"] == pytest.approx(600.0, abs=1.0)


def test_a_trunk_that_takes_the_refer_rings_the_agent_itself() -> None:
    play = stage(desk=MemoryDesk(["8001"], TransferMode.AUTO), accepts={REFER_TO: True})
    result = play.play(person(play))
    assert result.disposition is Disposition.TRANSFERRED
    assert [event for event, _ in play.desk.log] == [TransferEvent.HAND_OVER]
    assert result.evidence["transfer"]["state"] == "handed_over"
    assert play.trunk is not None
    assert len(play.trunk.dialled) == 1


def test_a_refused_refer_becomes_a_bridge_to_the_same_agent() -> None:
    play = stage(desk=MemoryDesk(["8001"], TransferMode.AUTO), accepts={REFER_TO: False})
    play.agents = {"8001": agent(play)}
    result = play.play(person(play))
    assert result.evidence["transfer"]["state"] == "talked"


def test_a_refused_refer_is_the_end_where_nothing_else_is_wanted() -> None:
    play = stage(desk=MemoryDesk(["8001"], TransferMode.REFER), accepts={REFER_TO: False})
    result = play.play(person(play))
    assert (result.disposition, len(play.trunk.dialled)) == (Disposition.HUMAN_REQUESTED, 1)  # type: ignore[union-attr]
    assert "the trunk refused the transfer" in result.evidence["transfer"]["why"]
    assert SORRY in heard(play, 0)


def test_the_next_agent_is_tried_when_one_is_engaged() -> None:
    play = stage(desk=MemoryDesk(["8001", "8002"]))
    play.agents = {"8001": busy, "8002": agent(play)}
    assert play.play(person(play)).disposition is Disposition.TRANSFERRED
    assert play.trunk is not None
    assert [each.number for each in play.trunk.dialled[1:]] == ["8001", "8002"]


@pytest.mark.parametrize(
    ("desk", "agents", "why"),
    [
        (MemoryDesk(["8001"]), {"8001": busy}, "the agent did not answer (486)"),
        (MemoryDesk(["8001"], ring_s=10.0), {"8001": silent}, "the agent did not answer"),
        (MemoryDesk([]), {}, "no agent answered"),
        (MemoryDesk([], busy_looks=99, ring_s=10.0), {}, "all agents are in calls"),
        (MemoryDesk(["8001"], away=True), {}, "the store does not answer"),
    ],
    ids=["engaged", "silent", "none", "all busy", "store away"],
)
def test_nobody_comes_and_the_bot_apologises(
    desk: MemoryDesk, agents: dict[str, Callee], why: str
) -> None:
    play = stage(desk=desk, agents=agents)
    result = play.play(person(play))
    assert result.disposition is Disposition.HUMAN_REQUESTED
    assert result.evidence["transfer"]["why"] == why
    assert isinstance(play.engine.heard[-1], NotTransferred)
    assert SORRY in heard(play, 0)
    assert play.trunk is not None
    assert all(leg.over.is_set() for leg in play.trunk.legs)
    assert play.seconds < 25.0
    if not desk.away:
        assert desk.log == [(TransferEvent.FAIL, why)]


def test_an_agent_who_comes_free_is_rung() -> None:
    play = stage(desk=MemoryDesk(["8001"], busy_looks=3))
    play.agents = {"8001": agent(play)}
    assert play.play(person(play)).disposition is Disposition.TRANSFERRED


def test_a_person_who_hangs_up_while_waiting_stops_the_ringing() -> None:
    play = stage(agents={"8001": silent})
    result = play.play(person(play, stays_s=6.0))
    assert result.disposition is Disposition.HUMAN_REQUESTED
    assert [event for event, _ in play.desk.log] == [TransferEvent.LEAVE]
    assert result.evidence["transfer"]["state"] == "left"
    assert play.trunk is not None
    assert play.trunk.legs[1].over.is_set()
    assert play.seconds < 15.0


def test_without_agents_the_call_ends_as_before() -> None:
    last = Transfer("transfer_human", WISH)
    play = TransferStage(replies=[REPLIES[0], Reply((Say(("会有人联系您",)), last))])
    result = play.play(person(play))
    assert result.disposition is Disposition.HUMAN_REQUESTED
    assert "transfer" not in result.evidence
    assert play.desk.wish is None
