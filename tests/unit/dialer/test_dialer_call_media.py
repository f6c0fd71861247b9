"""Keys heard as tones and the quality kept, over whole calls in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from dialer.trunks.simulated import SimulatedLine
from dialogs.ports import ConversationOutcome, HangUp, Keyed, Listen, Reply, Say
from tests.fakes.call_stage import Stage
from tests.peers.dtmf import keys_tones

ASKED = Reply((Say(("请问满意吗",)), Listen("grade", no_input_s=3.0)))
THANKED = Reply((Say(("谢谢再见",)), HangUp(ConversationOutcome.COMPLETED)))


def test_a_key_sent_as_a_tone_is_a_turn() -> None:
    async def callee(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(3.5)
        await line.speak(keys_tones("5", 120, 100).astype("<i2").tobytes())
        await line.wait_over()

    stage = Stage(replies=[ASKED, THANKED])
    result = stage.play(callee)
    assert stage.engine.heard == [Keyed("5")]
    keys = [data for name, data in stage.store.of("event") if name == "key"]
    assert keys == [{"digit": "5", "heard_by": "tone"}]
    assert result.quality["one_way_audio"] is False


def test_a_key_that_comes_both_ways_is_one_turn() -> None:
    async def callee(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(3.5)
        line.press("5")
        await line.speak(keys_tones("5", 120, 100).astype("<i2").tobytes())
        await line.wait_over()

    stage = Stage(replies=[ASKED, THANKED])
    stage.play(callee)
    assert stage.engine.heard == [Keyed("5")]


@pytest.mark.parametrize("speaks", [True, False])
def test_a_far_end_that_never_sends_is_kept_as_one_way(speaks: bool) -> None:
    async def callee(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(2.0)
        if speaks:
            await line.speak(stage.said("喂你好"))
        await line.wait_over()

    stage = Stage(replies=[ASKED, THANKED])
    result = stage.play(callee)
    assert result.quality["one_way_audio"] is not speaks
    assert (result.quality["first_audio_s"] is None) is not speaks
