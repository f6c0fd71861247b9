"""A call that the network ends in sound: given up at once, recorded with what decided it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from campaigns.disposition import Disposition
from dialer.trunks.simulated import SimulatedLine
from dialogs.ports import ConversationOutcome, HangUp, Reply, Say
from tests.fakes.call_stage import Stage, planned
from tests.fakes.sounds import silence
from tests.fakes.spotting import LexiconKeywords
from tests.peers import progress_tones

NOTICE = "您好通知您一件事"


def staged(*phrases: str, **more: Any) -> Stage:
    stage = Stage(**more)
    stage.keywords = LexiconKeywords(stage.lexicon, phrases)
    return stage


def plays(pcm: bytes, then: str = "wait") -> Any:
    """A network that plays this before the answer and then waits, answers or clears."""

    async def callee(line: SimulatedLine) -> None:
        line.early_media()
        await line.speak(pcm)
        if then == "answer":
            line.answer()
        if then == "clear":
            line.refuse(480, 20, "Temporarily Unavailable")
        await line.wait_over()

    return callee


def test_an_announcement_is_a_dead_end_and_the_call_is_cancelled() -> None:
    stage = staged("号码是空号")
    said = stage.said("您拨打的") + stage.said("号码是空号") + silence(30.0)
    result = stage.play(plays(said))

    assert result.disposition is Disposition.INVALID_NUMBER
    assert result.ended_by == "local"
    assert stage.seconds < 4.0
    heard = result.evidence["heard_before_answer"]
    assert (heard["verdict"], heard["evidence"]) == ("invalid_number", "号码是空号")
    assert not result.evidence["ring_timed_out"]


def test_the_sound_that_decided_is_kept() -> None:
    stage = staged("号码是空号")
    result = stage.play(plays(stage.said("号码是空号") + silence(5.0)))
    clip = stage.recordings.written[0]
    assert result.recording == clip.path
    assert clip.closed
    left = b"".join(bytes(clip.pcm[at : at + 2]) for at in range(0, len(clip.pcm), 4))
    assert stage.lexicon.read(left) == "号码是空号"


def test_an_announcement_that_ends_with_the_call_still_decides() -> None:
    stage = staged("已停机")
    result = stage.play(plays(stage.said("已停机"), then="clear"))
    assert (result.disposition, result.q850) == (Disposition.OUT_OF_SERVICE, 20)


def test_a_busy_tone_cancels_without_any_spotter() -> None:
    result = Stage().play(plays(progress_tones.tone("busy", 20.0)))
    assert result.disposition is Disposition.BUSY
    assert result.evidence["heard_before_answer"]["evidence"] == "busy"


def test_ring_back_is_waited_on_and_the_answer_is_taken() -> None:
    told = Reply((Say((NOTICE,), barge_in=False), HangUp(ConversationOutcome.COMPLETED)))
    stage = staged("号码是空号", replies=[told])
    result = stage.play(plays(progress_tones.tone("ring_back", 11.0), then="answer"))
    assert result.disposition is Disposition.COMPLETED
    assert result.evidence["heard_before_answer"]["verdict"] == "ringing"
    assert result.answered_at is not None


@pytest.mark.parametrize("sound", ["silence", "music", "advert"])
def test_what_is_no_outcome_is_waited_on_until_nobody_answers(sound: str) -> None:
    stage = staged("号码是空号", attempt=planned(ring_s=20.0))
    pcm = {
        "silence": silence(40.0),
        "music": progress_tones.music(40.0),
        "advert": stage.said("欢迎致电我们公司") * 20,
    }[sound]
    if sound == "music":
        stage.keywords = None
    result = stage.play(plays(pcm))
    assert result.disposition is Disposition.NO_ANSWER
    assert result.evidence["ring_timed_out"]
    assert result.recording is None


def test_an_answer_outweighs_what_was_heard_before() -> None:
    told = Reply((Say((NOTICE,), barge_in=False), HangUp(ConversationOutcome.COMPLETED)))
    stage = staged("用户忙", replies=[told])
    result = stage.play(plays(stage.said("用户忙"), then="answer"))
    assert result.disposition is Disposition.COMPLETED


def answers_with(stage: Stage, *sounds: bytes) -> Any:
    async def callee(line: SimulatedLine) -> None:
        line.ring()
        await asyncio.sleep(0.5)
        line.answer()
        await asyncio.sleep(0.3)
        for pcm in sounds:
            await line.speak(pcm)
        await line.wait_over()

    return callee


ASKED = Reply((Say((NOTICE,)), HangUp(ConversationOutcome.GOODBYE)))


def test_a_machine_that_says_so_is_not_talked_to() -> None:
    stage = staged("语音信箱", replies=[ASKED])
    greeting = stage.said("这里是") + stage.said("语音信箱") + stage.said("有什么话请说")
    result = stage.play(answers_with(stage, greeting, silence(30.0)))
    assert result.disposition is Disposition.ANSWERING_SERVICE
    assert result.evidence["answered_by"]["by"] == "phrase"
    assert result.recording is not None
    assert stage.seconds < 4.0


def test_a_person_is_talked_to_however_long_the_first_words_are() -> None:
    stage = staged("语音信箱", replies=[ASKED])
    result = stage.play(answers_with(stage, stage.said("喂") + stage.said("很长的话" * 8)))
    assert result.disposition is not Disposition.ANSWERING_SERVICE
    assert result.evidence["answered_by"]["answerer"] == "person"
    assert NOTICE in [each.text for each in stage.store.of("utterance")]
