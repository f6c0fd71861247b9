"""Interruptions wherever the conversation stands: answered, and back to what was open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dialogs.ports import CallLater, HangUp, Listen, Transfer
from dialogs.ports import ConversationOutcome as Outcome
from tests.fakes.talk import CALLBACK, NOTICE, SURVEY, Talk


def at_a_statement() -> Talk:
    """Right behind a notice, before its question is answered."""
    return Talk(NOTICE, deadline="十二月十五日")


def at_a_question() -> Talk:
    return Talk(CALLBACK)


def at_a_reading_back() -> Talk:
    talk = Talk(SURVEY)
    talk.says("手机")
    talk.says("四分")
    assert "您说的是，4分对吗" in talk.text
    return talk


def when_asked_for_a_time() -> Talk:
    talk = Talk(CALLBACK)
    talk.says("我在开会", busy_now=0.9)
    return talk


def at_a_promise_read_back() -> Talk:
    talk = when_asked_for_a_time()
    talk.says("明天下午三点")
    return talk


PLACES: dict[str, tuple[Callable[[], Talk], str]] = {
    "statement": (at_a_statement, "听清楚了吗"),
    "question": (at_a_question, "解决了吗"),
    "reading back": (at_a_reading_back, "4分对吗"),
    "asked when": (when_asked_for_a_time, "哪天"),
    "promise": (at_a_promise_read_back, "明天下午三点再打给您，可以吗"),
}
ASIDES = {
    "repeat": "再说一遍",
    "slower": "慢一点",
    "explain": "",
    "ask_identity": "智能语音",
    "ask_fraud": "不收任何费用",
    "ask_duration": "一两分钟",
    "complaint": "非常抱歉",
    "abuse": "抱歉",
    "greet": "您好",
}
ENDS = {
    "wrong_number": Outcome.WRONG_NUMBER,
    "opt_out": Outcome.OPT_OUT,
    "refuse": Outcome.REFUSED,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("intent", ASIDES)
def test_an_aside_is_answered_and_what_was_open_is_put_again(place: str, intent: str) -> None:
    make, open_text = PLACES[place]
    talk = make()
    before = talk.question
    reply = talk.says("随口一句", **{intent: 0.9})
    assert ASIDES[intent] in talk.text
    assert open_text in talk.text
    assert talk.question == before
    assert reply.intent == intent


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("intent", ENDS)
def test_an_ending_ends_the_call_wherever_it_is_said(place: str, intent: str) -> None:
    talk = PLACES[place][0]()
    talk.says("随口一句", **{intent: 0.9})
    assert talk.outcome is ENDS[intent]


@pytest.mark.parametrize("place", PLACES)
def test_a_human_is_to_be_had_wherever_one_is_wanted(place: str) -> None:
    talk = PLACES[place][0]()
    talk.says("帮我转人工")
    assert isinstance(talk.reply.steps[-1], Transfer | Listen)
    assert talk.reply.intent == "transfer_human"


@pytest.mark.parametrize("place", ["statement", "question", "reading back"])
@pytest.mark.parametrize("intent", ["busy_now", "call_later", "relative_answers"])
def test_who_has_no_time_is_asked_when(place: str, intent: str) -> None:
    talk = PLACES[place][0]()
    talk.says("随口一句", **{intent: 0.9})
    assert talk.question is None
    assert "方便" in talk.text
    talk.says("明天上午十点")
    assert "明天上午十点再打给您，可以吗" in talk.text
    talk.says("可以")
    later = next(step for step in talk.reply.steps if isinstance(step, CallLater))
    assert later.at is not None
    assert (later.at.day, later.at.hour) == (24, 10)
    assert talk.outcome is Outcome.CALL_LATER


@pytest.mark.parametrize("place", PLACES)
def test_goodbye_ends_the_call_politely(place: str) -> None:
    talk = PLACES[place][0]()
    talk.says("再见", goodbye=0.9)
    last = talk.reply.steps[-1]
    assert isinstance(last, HangUp | Listen)
    for _ in range(2):
        if not isinstance(talk.reply.steps[-1], HangUp):
            talk.says("再见", goodbye=0.9)
    promised = place in {"asked when", "promise"}
    assert talk.outcome is (Outcome.CALL_LATER if promised else Outcome.GOODBYE)


def test_an_interrupted_reading_back_keeps_its_answer() -> None:
    talk = at_a_reading_back()
    talk.says("你是谁", ask_identity=0.9)
    talk.says("对")
    assert talk.answers["score"] == 4


def test_an_interrupted_promise_keeps_its_time() -> None:
    talk = at_a_promise_read_back()
    talk.says("你是谁", ask_identity=0.9)
    talk.says("好的")
    later = next(step for step in talk.reply.steps if isinstance(step, CallLater))
    assert later.at is not None
    assert later.at.hour == 15


def test_a_promise_is_not_made_of_a_remark_nobody_understood() -> None:
    talk = at_a_promise_read_back()
    talk.says("呱呱呱")
    assert "明天下午三点再打给您，可以吗" in talk.text
    talk.says("不行")
    later = next(step for step in talk.reply.steps if isinstance(step, CallLater))
    assert later.at is None


def test_silence_and_nonsense_at_a_reading_back_have_words_of_their_own() -> None:
    said = []
    talk = at_a_reading_back()
    for _ in range(2):
        talk.silent()
        said.append(talk.text)
        assert "4分对吗" in talk.text
    talk.silent()
    said.append(talk.text)
    assert talk.outcome is Outcome.NO_RESPONSE
    assert len(set(said)) == 3
    talk = at_a_reading_back()
    talk.says("呱呱呱")
    assert "4分对吗" in talk.text
    talk.says("呱呱呱")
    assert "4分对吗" not in talk.text
    assert talk.question == "score"
    assert "score" not in talk.answers


def test_an_offer_of_a_human_can_be_interrupted_too() -> None:
    talk = at_a_question()
    talk.says("留抵退税怎么办", ask_tax=0.9)
    talk.says("我在开会", busy_now=0.9)
    assert talk.question is None
    assert "方便" in talk.text
    talk = at_a_question()
    talk.says("留抵退税怎么办", ask_tax=0.9)
    talk.says("呱呱呱")
    assert talk.question == "solved"


def test_endless_asides_in_a_promise_end_in_some_time() -> None:
    talk = at_a_promise_read_back()
    for _ in range(10):
        if isinstance(talk.reply.steps[-1], HangUp):
            break
        talk.says("你是谁", ask_identity=0.9)
    assert talk.outcome is Outcome.CALL_LATER
