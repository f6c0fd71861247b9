"""One call from dialling to its result, in virtual time against a scripted callee."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from campaigns.disposition import Disposition
from dialer.manners import Manners
from dialer.trunks.simulated import SimulatedLine
from dialogs.ports import (
    AnswerGiven,
    CallLater,
    ConversationOutcome,
    DialogueError,
    HangUp,
    Heard,
    Keyed,
    Listen,
    NoInput,
    OptOut,
    Reply,
    Say,
    Transfer,
)
from tests.fakes.call_stage import APOLOGY, FILLER, Stage, planned
from tests.fakes.sounds import times_of

OPENING = "您好这里是税务局"
QUESTION = "请问解决了吗"
CLOSING = "谢谢再见"


def ask(question_id: str | None, *texts: str, no_input_s: float = 6.0, **say: Any) -> Reply:
    listen = Listen(question_id, ("满意",), no_input_s=no_input_s)
    return Reply((*(Say((text,), **say) for text in texts), listen))


def end(outcome: ConversationOutcome = ConversationOutcome.COMPLETED) -> Reply:
    return Reply((Say((CLOSING,)), HangUp(outcome)))


def answered(question_id: str, value: object, words: str, *then: object) -> Reply:
    given = AnswerGiven(question_id, value, words, 0.9, "speech")
    return Reply((given, *then))  # type: ignore[arg-type]


def speaks(stage: Stage, *lines: tuple[float, str]) -> Any:
    """A callee that answers at once and says each text after so many seconds of waiting."""

    async def callee(line: SimulatedLine) -> None:
        line.ring()
        await asyncio.sleep(1.0)
        line.answer()
        for wait_s, text in lines:
            await asyncio.sleep(wait_s)
            await line.speak(stage.said(text))
        await line.wait_over()

    return callee


def test_a_whole_conversation_is_led_and_recorded() -> None:
    stage = Stage(
        replies=[
            ask("solved", OPENING, QUESTION),
            answered("solved", True, "是的", Say(("请问满意吗",)), Listen("grade")),
            answered("grade", 4, "满意", Say((CLOSING,)), HangUp(ConversationOutcome.COMPLETED)),
        ]
    )
    result = stage.play(speaks(stage, (5.5, "是的"), (3.0, "满意")))

    assert result.disposition is Disposition.COMPLETED
    assert (result.ended_by, result.sip_code) == ("local", 200)
    assert [answer.value for answer in stage.store.of("answer")] == [True, 4]
    said = [(each.speaker, each.text) for each in stage.store.of("utterance")]
    assert said == [
        ("bot", OPENING),
        ("bot", QUESTION),
        ("person", "是的"),
        ("bot", "请问满意吗"),
        ("person", "满意"),
        ("bot", CLOSING),
    ]
    assert stage.engine.numbers == [1, 2]
    assert stage.recordings.written[0].closed
    assert result.recording == stage.recordings.written[0].path


def test_a_whole_answer_is_replied_to_after_a_quarter_of_a_second() -> None:
    stage = Stage(replies=[ask("grade", QUESTION), end()])
    result = stage.play(speaks(stage, (3.0, "满意")))
    assert len(result.replies_ms) == 1
    assert 290 <= result.replies_ms[0] <= 350  # 250 ms pause, 50 ms engine, one tick


def test_an_unfinished_answer_is_given_more_time_and_kept_whole() -> None:
    stage = Stage(replies=[ask("grade", QUESTION), end()])
    result = stage.play(speaks(stage, (3.0, "因为"), (0.5, "太慢")))
    assert [heard.text for heard in stage.engine.heard if isinstance(heard, Heard)] == ["因为太慢"]
    assert 740 <= result.replies_ms[0] <= 800


def test_free_text_is_given_the_most_time() -> None:
    stage = Stage(replies=[ask("wish", QUESTION), end()])
    result = stage.play(speaks(stage, (3.0, "窗口"), (1.0, "太慢")))
    assert [heard.text for heard in stage.engine.heard if isinstance(heard, Heard)] == ["窗口太慢"]
    assert 1240 <= result.replies_ms[0] <= 1300


def test_free_text_that_is_declined_ends_at_once() -> None:
    stage = Stage(replies=[ask("wish", QUESTION), end()])
    result = stage.play(speaks(stage, (3.0, "没有")))
    assert result.replies_ms[0] <= 450  # seen in a partial, which comes every 100 ms


def test_answers_carry_the_span_of_the_words_in_call_time() -> None:
    stage = Stage(replies=[ask("grade", QUESTION), answered("grade", 4, "满意", *end().steps)])
    stage.play(speaks(stage, (3.0, "满意")))
    answer = stage.store.of("answer")[0]
    assert answer.start_s == pytest.approx(3.0, abs=0.05)
    assert answer.end_s == pytest.approx(3.0 + 0.32, abs=0.05)


def test_the_bot_waits_for_the_first_words_of_the_person() -> None:
    stage = Stage(replies=[ask(None, OPENING), end()])
    stage.play(speaks(stage, (0.5, "喂你好")))
    assert stage.leg is not None
    first = min(times_of(stage.lexicon, stage.leg.audio.heard).values())
    # answered at 1.0, spoken 1.5 to 1.98, then 0.4 s of silence
    assert first == pytest.approx(2.38, abs=0.1)
    assert stage.store.of("utterance")[0].text == "喂你好"


def test_the_bot_opens_after_a_moment_of_silence() -> None:
    stage = Stage(replies=[ask(None, OPENING, no_input_s=1.0), end()])
    stage.play(speaks(stage))
    assert stage.leg is not None
    first = min(times_of(stage.lexicon, stage.leg.audio.heard).values())
    assert first == pytest.approx(2.2, abs=0.1)


def test_the_persons_voice_silences_the_bot_and_is_their_turn() -> None:
    long = "这是一段很长很长很长很长很长很长很长很长的话"
    stage = Stage(replies=[ask("grade", long), end()])
    stage.play(speaks(stage, (2.0, "不满意啊")))
    assert stage.leg is not None
    level = stage.lexicon.say(long)[:2]
    spoken = [at for at, pcm in stage.leg.audio.heard if pcm[:2] == level]
    # speech begins at 3.0: 220 ms to be sure, and nothing queued is sent after the flush
    assert max(spoken) < 3.0 + 0.22 + 0.1
    assert [heard.text for heard in stage.engine.heard if isinstance(heard, Heard)] == ["不满意啊"]
    assert stage.store.of("utterance")[0].interrupted


def test_a_back_channel_leaves_the_bot_speaking_and_is_no_turn() -> None:
    long = "这是一段很长很长很长很长很长很长很长很长很长很长的话"
    stage = Stage(replies=[ask("grade", long, no_input_s=1.0), end()])
    stage.play(speaks(stage, (2.0, "嗯")))
    bot = next(each for each in stage.store.of("utterance") if each.speaker == "bot")
    assert (bot.text, bot.interrupted) == (long, False)
    assert stage.engine.heard == [NoInput()]
    assert "嗯" in [each.text for each in stage.store.of("utterance")]


def test_what_must_be_heard_is_not_interrupted() -> None:
    stage = Stage(replies=[ask("grade", OPENING, barge_in=False, no_input_s=1.0), end()])
    stage.play(speaks(stage, (1.3, "满意")))
    assert stage.store.of("utterance")[0].text == "满意"
    bot = stage.store.of("utterance")[1]
    assert (bot.text, bot.interrupted) == (OPENING, False)
    assert isinstance(stage.engine.heard[0], NoInput)


def test_silence_becomes_a_turn_of_its_own() -> None:
    stage = Stage(
        replies=[
            ask("grade", QUESTION, no_input_s=4.0),
            end(ConversationOutcome.NO_RESPONSE),
        ]
    )
    result = stage.play(speaks(stage))
    assert stage.engine.heard == [NoInput()]
    assert result.disposition is Disposition.NO_RESPONSE


def test_keys_work_while_the_bot_speaks() -> None:
    async def callee(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(1.5)
        line.press("5")
        await line.wait_over()

    stage = Stage(replies=[ask("grade", QUESTION), end()])
    stage.play(callee)
    assert stage.engine.heard == [Keyed("5")]
    assert stage.store.of("utterance")[0].interrupted


def test_a_hang_up_keeps_the_answers_and_counts_the_share() -> None:
    async def callee(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(2.5)
        await line.speak(stage.said("是的"))
        await asyncio.sleep(1.0)
        line.hang_up()

    stage = Stage(
        replies=[
            ask("solved", QUESTION),
            answered("solved", True, "是的", Say(("请问满意吗",)), Listen("grade")),
        ]
    )
    result = stage.play(callee)
    assert result.disposition is Disposition.PARTIAL  # one of two required questions
    assert result.ended_by == "remote"
    assert [answer.value for answer in stage.store.of("answer")] == [True]


def test_a_hang_up_without_an_answer_is_a_break_off() -> None:
    async def callee(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(1.5)
        line.hang_up()

    stage = Stage(replies=[ask("solved", QUESTION)])
    assert stage.play(callee).disposition is Disposition.BREAK_OFF


def test_the_last_words_before_a_hang_up_are_understood() -> None:
    async def callee(line: SimulatedLine) -> None:
        line.answer()
        await asyncio.sleep(3.0)
        await line.speak(stage.said("别再打了"))
        line.hang_up()

    stage = Stage(
        replies=[
            ask("solved", QUESTION),
            Reply((OptOut("别再打了"), Say((CLOSING,)), HangUp(ConversationOutcome.OPT_OUT))),
        ]
    )
    result = stage.play(callee)
    assert result.disposition is Disposition.OPT_OUT
    assert stage.store.of("opt_out") == ["别再打了"]
    assert [each.speaker for each in stage.store.of("utterance")] == ["bot", "person"]


def test_call_later_and_transfer_end_as_such() -> None:
    at = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
    later = Stage(
        replies=[
            Reply(
                (CallLater("下午三点", at), Say(("好的",)), HangUp(ConversationOutcome.CALL_LATER))
            )
        ]
    )
    result = later.play(speaks(later))
    assert (result.disposition, result.call_later_at) == (Disposition.CALL_LATER, at)

    human = Stage(replies=[Reply((Say(("请稍等",)), Transfer("asked")))])
    assert human.play(speaks(human)).disposition is Disposition.HUMAN_REQUESTED
    assert [each.text for each in human.store.of("utterance")] == ["请稍等"]


@pytest.mark.parametrize("at_start", [True, False])
def test_a_dialogue_fault_is_apologised_for(at_start: bool) -> None:
    fault = DialogueError("down")
    stage = Stage(replies=[fault] if at_start else [ask("grade", QUESTION), fault])
    result = stage.play(speaks(stage, (3.0, "满意")))
    assert result.disposition is Disposition.DIALOGUE_FAULT
    assert stage.store.of("utterance")[-1].text == APOLOGY


def test_an_engine_that_never_answers_is_a_fault() -> None:
    stage = Stage(replies=[ask("grade", QUESTION)], engine_takes_s=60.0)
    result = stage.play(speaks(stage))
    assert result.disposition is Disposition.DIALOGUE_FAULT
    assert stage.seconds < 15


def test_a_slow_engine_is_covered_by_a_filler_and_its_reply_follows() -> None:
    replies = [ask("grade", QUESTION), answered("grade", 4, "满意", *end().steps)]
    stage = Stage(replies=replies, engine_takes_s=[0.05, 2.0])
    result = stage.play(speaks(stage, (3.0, "满意")))
    assert result.disposition is Disposition.COMPLETED
    said = [each.text for each in stage.store.of("utterance") if each.speaker == "bot"]
    assert said == [QUESTION, FILLER, CLOSING]
    assert result.replies_ms[-1] > 1900, "the filler is no reply"


def test_a_quick_engine_needs_no_filler() -> None:
    replies = [ask("grade", QUESTION), answered("grade", 4, "满意", *end().steps)]
    stage = Stage(replies=replies, engine_takes_s=[0.05, 0.7])
    stage.play(speaks(stage, (3.0, "满意")))
    assert FILLER not in [each.text for each in stage.store.of("utterance")]


def test_an_answer_the_engine_gives_too_late_is_kept() -> None:
    replies = [
        ask("grade", QUESTION),
        DialogueError("down"),
        answered("grade", 4, "满意", Say(("下一题",)), Listen("solved")),
    ]
    stage = Stage(replies=replies)
    result = stage.play(speaks(stage, (3.0, "满意")))
    assert result.disposition is Disposition.DIALOGUE_FAULT
    assert [each.value for each in stage.store.of("answer")] == [4]
    assert stage.engine.numbers == [1, 1], "the same turn was asked again"
    assert stage.store.of("utterance")[-1].text == APOLOGY


def test_who_was_done_is_not_called_again_for_a_fault_at_the_end() -> None:
    replies = [
        ask("grade", QUESTION),
        DialogueError("down"),
        answered("grade", 4, "满意", *end().steps),
    ]
    stage = Stage(replies=replies)
    result = stage.play(speaks(stage, (3.0, "满意")))
    assert result.disposition is Disposition.COMPLETED


def test_a_wish_not_to_be_called_again_needs_no_engine() -> None:
    stage = Stage(replies=[ask("grade", QUESTION), DialogueError("down")])
    result = stage.play(speaks(stage, (3.0, "别再打了")))
    assert result.disposition is Disposition.OPT_OUT
    assert stage.store.of("opt_out") == ["别再打了"]


def test_a_prompt_that_was_not_rendered_is_counted() -> None:
    stage = Stage(replies=[ask(None, OPENING, no_input_s=1.0), end()], missing=frozenset({OPENING}))
    result = stage.play(speaks(stage))
    assert result.prompt_misses == 1
    assert OPENING in stage.prompts.rendered


def test_a_conversation_has_a_longest_time() -> None:
    replies = [ask("solved", QUESTION) for _ in range(100)]
    stage = Stage(replies=replies, manners=Manners(longest_call_s=40.0))
    result = stage.play(speaks(stage))
    assert stage.seconds < 60
    assert result.disposition is Disposition.BREAK_OFF
    assert result.ended_by == "local"


def test_nobody_answers() -> None:
    async def rings(line: SimulatedLine) -> None:
        line.ring()
        await line.wait_over()

    stage = Stage(attempt=planned(ring_s=20.0))
    result = stage.play(rings)
    assert result.disposition is Disposition.NO_ANSWER
    assert stage.seconds == pytest.approx(20.0, abs=0.1)
    assert result.ringing_at is not None
    assert result.answered_at is None
    assert stage.recordings.written == []


@pytest.mark.parametrize(
    ("code", "q850", "disposition"),
    [
        (486, 17, Disposition.BUSY),
        (404, None, Disposition.INVALID_NUMBER),
        (603, None, Disposition.DECLINED),
        (503, None, Disposition.CONGESTION),
    ],
)
def test_a_refusal_is_told_with_its_evidence(
    code: int, q850: int | None, disposition: Disposition
) -> None:
    async def refuses(line: SimulatedLine) -> None:
        await asyncio.sleep(0.5)
        line.refuse(code, q850, "refused")

    stage = Stage()
    result = stage.play(refuses)
    assert result.disposition is disposition
    assert (result.sip_code, result.q850, result.ended_by) == (code, q850, "remote")


def test_the_recording_holds_each_side_where_it_was_heard() -> None:
    stage = Stage(replies=[ask("grade", QUESTION), end()])
    stage.play(speaks(stage, (3.0, "满意")))
    stereo = np.frombuffer(stage.recordings.written[0].pcm, "<i2").reshape(-1, 2)
    person = np.flatnonzero(stereo[:, 0]) / 8000
    bot = np.flatnonzero(stereo[:, 1]) / 8000
    assert person[0] == pytest.approx(3.0, abs=0.03)
    assert person[-1] == pytest.approx(3.32, abs=0.03)
    assert bot[0] == pytest.approx(1.2, abs=0.1)
    utterances = stage.store.of("utterance")
    assert bot[0] == pytest.approx(utterances[0].start_s, abs=0.1)


def test_a_full_disk_costs_the_recording_and_nothing_else() -> None:
    stage = Stage(replies=[end()])
    stage.recordings.full = True
    result = stage.play(speaks(stage))
    assert result.disposition is Disposition.COMPLETED
    assert result.recording is None


def test_the_attempt_is_named_on_the_wire_in_rehearsals_only() -> None:
    for rehearsal in (True, False):
        attempt = planned(rehearsal=rehearsal)
        stage = Stage(replies=[end()], attempt=attempt)
        stage.play(speaks(stage))
        assert stage.trunk is not None
        headers = stage.trunk.dialled[0].headers
        assert headers == ({"X-Attempt": str(attempt.id)} if rehearsal else {})


def test_slow_speech_takes_longer() -> None:
    def seconds(*, slower: bool) -> float:
        replies = [Reply((Say((OPENING,), slower=slower), HangUp(ConversationOutcome.COMPLETED)))]
        stage = Stage(replies=replies, manners=replace(Manners(), slower=1.25))
        stage.play(speaks(stage))
        bot = stage.store.of("utterance")[0]
        return float(bot.end_s - bot.start_s)

    assert seconds(slower=True) == pytest.approx(1.25 * seconds(slower=False), rel=0.08)


def test_a_media_path_that_breaks_ends_the_call_as_a_fault() -> None:
    class Broken:
        def feed(self, frame: bytes, /) -> float:
            raise ValueError("broken detector")

    stage = Stage(replies=[ask("grade", QUESTION)])
    stage.voice_activity = Broken
    result = stage.play(speaks(stage))
    assert result.disposition is Disposition.DIALOGUE_FAULT
    assert "broken detector" in result.evidence["fault"]
    assert stage.seconds < 20
