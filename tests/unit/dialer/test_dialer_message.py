"""What a machine gets: nothing, or the campaign's message after its beep."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from campaigns.disposition import Disposition
from campaigns.on_machine import OnMachine
from campaigns.questionnaire.model import CampaignKind, Question, Questionnaire, QuestionType
from dialer.answering.message import MessageMoment
from dialer.ports import FRAME_S
from dialer.trunks.simulated import SimulatedLine
from dialogs.ports import ConversationOutcome, HangUp, Reply, Say
from dialogs.prompts import message_of
from tests.fakes.call_stage import QUESTIONNAIRE, Stage, planned
from tests.fakes.sounds import silence
from tests.fakes.spotting import LexiconKeywords
from tests.peers import progress_tones

ASKED = Reply((Say(("请问解决了吗",)), HangUp(ConversationOutcome.GOODBYE)))
MESSAGE = QUESTIONNAIRE.opening + QUESTIONNAIRE.closing
BEEP = progress_tones.pcm(progress_tones.sine(1000.0, 0.5, -12.0))


def moment(parts: Sequence[tuple[str, float]], *, beeped: bool = False) -> float | None:
    """Return the second at which the moment comes, None where it does not."""
    waiting, now_s = MessageMoment(beeped=beeped), 0.0
    for kind, seconds in parts:
        for _ in range(round(seconds / FRAME_S)):
            now_s += FRAME_S
            waiting.on_frame(voiced=kind == "voice", beep=kind == "beep")
            if waiting.come:
                return round(now_s, 2)
    return None


@pytest.mark.parametrize(
    ("parts", "beeped", "at_s"),
    [
        ([("voice", 3.0), ("quiet", 1.0), ("beep", 0.5), ("quiet", 1.0)], False, 4.8),
        ([("voice", 3.0), ("quiet", 2.0), ("voice", 1.0), ("quiet", 5.0)], False, 8.5),
        ([("voice", 3.0), ("quiet", 2.0), ("voice", 20.0)], False, None),
        ([("beep", 0.4), ("quiet", 1.0)], True, 0.7),
        ([("quiet", 1.0)], True, 0.3),
    ],
)
def test_a_machine_listens_after_its_beep_or_when_it_has_finished(
    parts: list[tuple[str, float]], beeped: bool, at_s: float | None
) -> None:
    assert moment(parts, beeped=beeped) == at_s


def staged(on_machine: OnMachine) -> Stage:
    stage = Stage(replies=[ASKED, ASKED])
    stage.keywords = LexiconKeywords(stage.lexicon, ("语音信箱",))
    stage.attempt = replace(planned(), on_machine=on_machine)
    return stage


def answers_with(stage: Stage, times: dict[str, float], hangs_up_after: float = 60.0) -> Any:
    greeting = stage.said("这里是") + stage.said("语音信箱") + stage.said("有什么话请说")

    async def callee(line: SimulatedLine) -> None:
        line.ring()
        await asyncio.sleep(0.5)
        line.answer()
        answered = asyncio.get_running_loop().time()
        await asyncio.sleep(0.3)
        await line.speak(greeting + silence(1.0) + BEEP)
        times["beep_over"] = asyncio.get_running_loop().time() - answered
        await line.speak(silence(hangs_up_after))
        line.hang_up()

    return callee


def test_a_message_is_left_once_after_the_beep() -> None:
    stage, times = staged(OnMachine.LEAVE_MESSAGE), dict[str, float]()
    result = stage.play(answers_with(stage, times))
    assert result.disposition is Disposition.MESSAGE_LEFT
    assert (result.evidence["message_left"], result.ended_by) == (True, "local")
    said = [each for each in stage.store.of("utterance") if each.speaker == "bot"]
    (message,) = [each for each in said if each.text == MESSAGE]
    assert 0.2 <= message.start_s - times["beep_over"] <= 0.8
    assert message.end_s - message.start_s > 1.0
    assert result.recording is not None


@pytest.mark.parametrize("on_machine", [OnMachine.CALL_LATER, OnMachine.HANG_UP])
def test_nothing_is_left_unless_the_campaign_wants_it(on_machine: OnMachine) -> None:
    stage = staged(on_machine)
    result = stage.play(answers_with(stage, {}))
    assert result.disposition is Disposition.ANSWERING_SERVICE
    assert MESSAGE not in [each.text for each in stage.store.of("utterance")]
    assert stage.seconds < 5.0


def test_a_message_cut_off_was_not_left() -> None:
    stage = staged(OnMachine.LEAVE_MESSAGE)
    result = stage.play(answers_with(stage, {}, hangs_up_after=1.0))
    assert result.disposition is Disposition.ANSWERING_SERVICE
    assert result.evidence["message_left"] is False


def test_a_person_gets_the_conversation_and_no_message() -> None:
    stage = staged(OnMachine.LEAVE_MESSAGE)

    async def person(line: SimulatedLine) -> None:
        line.answer()
        await line.speak(stage.said("喂") + silence(20.0))
        await line.wait_over()

    result = stage.play(person)
    assert result.disposition is not Disposition.MESSAGE_LEFT
    assert MESSAGE not in [each.text for each in stage.store.of("utterance")]


def test_the_message_is_what_the_notification_says_without_asking() -> None:
    script = Questionnaire(
        id="notice",
        title="通知",
        kind=CampaignKind.NOTIFICATION,
        opening="{name}您好，本通话由人工智能合成语音播报，通话将被录音。",
        closing="再见。",
        identity="我是智能语音助手",
        questions=(
            Question("notice", QuestionType.NOTE, "申报期限是{deadline}。"),
            Question("heard", QuestionType.YES_NO, "您听清楚了吗？"),
            Question("late", QuestionType.NOTE, "您已经逾期。", when="heard == false"),
            Question("end", QuestionType.NOTE, "请按时申报。"),
        ),
    )
    said = "".join(message_of(script, {"name": "张三", "deadline": "十五日"}))
    assert said == (
        "张三您好，本通话由人工智能合成语音播报，通话将被录音。申报期限是十五日。请按时申报。再见。"
    )
