"""The conversation: walking, reading back, interruptions, silences, ends."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.conversation.state import from_document, to_document
from dialogs.ports import CallLater, HangUp, Listen, OptOut, Say, Transfer
from dialogs.ports import ConversationOutcome as Outcome
from dialogs.prompts import segments_of
from dialogs.understanding.lexicon import words
from tests.fakes.talk import CALLBACK, NOTICE, SURVEY, Talk


def steps(talk: Talk, kind: type) -> list[object]:
    return [step for step in talk.reply.steps if isinstance(step, kind)]


def test_opens_with_a_notice_that_cannot_be_interrupted() -> None:
    talk = Talk(CALLBACK, name="王女士")
    notice, question, listen = talk.reply.steps
    assert notice == Say(
        ("王女士您好，", "这里是12366热线。", "本通话由人工智能合成语音播报，通话将被录音。"),
        barge_in=False,
    )
    assert question == Say(("耽误您一分钟。", "请问您上次咨询的问题解决了吗？"))
    assert isinstance(listen, Listen)
    assert (listen.question_id, listen.max_digits) == ("solved", 1)


def test_a_dissatisfied_person_is_asked_why() -> None:
    talk = Talk(CALLBACK)
    talk.says("没解决")
    talk.says("不满意")
    assert talk.question == "reason"
    talk.says("等的时间太长了")
    assert talk.outcome is Outcome.COMPLETED
    assert talk.answers == {"solved": False, "satisfaction": 2, "reason": "等的时间太长了"}
    assert [answer.source for answer in talk.given] == ["speech"] * 3


def test_a_satisfied_person_is_asked_for_a_wish_once() -> None:
    talk = Talk(CALLBACK)
    talk.keys("1")
    talk.keys("5")
    assert talk.question == "suggestion"
    talk.silent()
    assert talk.outcome is Outcome.COMPLETED
    assert talk.answers == {"solved": True, "satisfaction": 5, "suggestion": None}
    assert [answer.source for answer in talk.given] == ["keys", "keys", "none"]


def test_the_same_turn_asked_twice_gets_the_same_reply_and_is_walked_once() -> None:
    talk = Talk(CALLBACK)
    first = talk.says("解决了")
    again = talk.repeats("解决了")
    assert again == first
    assert talk.question == "satisfaction"


def test_after_the_end_there_is_nothing_more_to_do_than_to_hang_up() -> None:
    talk = Talk(CALLBACK)
    last = talk.says("别再打了")
    assert talk.says("喂").steps == last.steps[-1:]


def test_opt_out_wrong_number_and_human_win_over_everything() -> None:
    for said, outcome in (
        ("别再给我打电话了", Outcome.OPT_OUT),
        ("你打错了", Outcome.WRONG_NUMBER),
    ):
        talk = Talk(CALLBACK)
        talk.says("解决了")
        talk.says(said)
        assert talk.outcome is outcome
        assert bool(steps(talk, OptOut)) is (outcome is Outcome.OPT_OUT)
    talk = Talk(CALLBACK)
    talk.says("不满意帮我转人工")
    assert isinstance(talk.reply.steps[-1], Transfer)
    assert not talk.given


def test_complaining_about_the_human_service_is_an_answer_not_a_wish_for_a_human() -> None:
    talk = Talk(CALLBACK)
    talk.says("解决了")
    talk.says("不满意")
    talk.says("你们转人工太慢了", transfer_human=0.9)
    assert talk.answers["reason"] == "你们转人工太慢了"


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("repeat", "我再说一遍"), ("slower", "慢一点"), ("explain", "您直接说是"),
        ("ask_identity", "智能语音回访助手"), ("ask_fraud", "不收任何费用"),
        ("ask_duration", "一两分钟"), ("complaint", "非常抱歉"),
        ("greet", "您好"), ("abuse", "抱歉"),
    ],
)  # fmt: skip
def test_interruptions_are_answered_and_return_to_the_open_question(
    intent: str, expected: str
) -> None:
    talk = Talk(CALLBACK)
    reply = talk.says("随口一句", **{intent: 0.9})
    assert expected in talk.text
    assert "解决了吗" in talk.text
    assert talk.question == "solved"
    assert reply.intent == intent


def test_a_sure_answer_outranks_an_interruption_but_an_unsure_one_does_not() -> None:
    talk = Talk(CALLBACK)
    talk.says("解决了", busy_now=0.9)
    assert talk.question == "satisfaction"
    talk = Talk(CALLBACK)
    talk.says("好的", greet=0.9)
    assert talk.question == "solved"
    assert not talk.given


def test_free_text_is_an_answer_unless_an_interruption_is_clear_and_short() -> None:
    talk = Talk(CALLBACK)
    talk.says("没解决")
    talk.says("不满意")
    talk.says("什么", repeat=0.95)
    assert talk.question == "reason"
    talk.says("我打了好多次都没有人接也没有人告诉我怎么办", complaint=0.95)
    assert talk.answers["reason"] == "我打了好多次都没有人接也没有人告诉我怎么办"


def test_slower_speech_stays() -> None:
    talk = Talk(CALLBACK)
    talk.says("慢一点", slower=0.9)
    talk.says("解决了")
    assert all(step.slower for step in talk.reply.steps if isinstance(step, Say))


def test_three_silences_end_the_call_with_different_words() -> None:
    talk = Talk(CALLBACK)
    said = []
    for _ in range(3):
        talk.silent()
        said.append(talk.text)
    assert len(set(said)) == 3
    assert talk.outcome is Outcome.NO_RESPONSE


def test_speech_between_silences_starts_them_anew() -> None:
    talk = Talk(CALLBACK)
    talk.silent()
    talk.silent()
    talk.says("解决了")
    talk.silent()
    assert talk.question == "satisfaction"


def test_what_is_not_understood_is_asked_differently_and_then_left() -> None:
    talk = Talk(CALLBACK)
    said = []
    for _ in range(3):
        talk.says("呱呱呱")
        said.append(talk.text)
    assert len(set(said)) == 3
    assert talk.answers == {"solved": None}
    assert talk.question == "satisfaction"
    assert talk.given[0].source == "none"


def test_endless_interruptions_leave_the_question() -> None:
    talk = Talk(CALLBACK)
    for _ in range(9):
        talk.says("什么", repeat=0.9)
    assert talk.question == "satisfaction"
    assert talk.answers == {"solved": None}


def test_an_unsure_value_is_read_back_before_it_counts() -> None:
    talk = Talk(SURVEY)
    talk.says("手机")
    assert "用手机应用您打几分" in talk.text
    talk.says("四分")
    assert "您说的是" in talk.text
    assert "score" not in talk.answers
    talk.says("不对")
    assert talk.question == "score"
    talk.says("十分")
    assert talk.answers == {"channel": "app", "score": 10}


def test_a_value_read_back_is_taken_on_yes_and_replaced_by_another() -> None:
    for said, score in (("对", 4), ("四分", 4), ("八分", 8)):
        talk = Talk(SURVEY)
        talk.says("手机")
        talk.says("四分")
        talk.says(said)
        assert talk.answers["score"] == score
    talk = Talk(SURVEY)
    talk.says("手机")
    talk.says("四分")
    talk.keys("1")
    assert talk.given[-1].source == "speech"
    assert talk.answers["score"] == 4


def test_confirm_reads_every_spoken_value_back() -> None:
    asked = replace(CALLBACK.questions[1], confirm=True)
    script = replace(CALLBACK, questions=(asked,))
    talk = Talk(script)
    talk.says("非常满意")
    assert "您说的是，非常满意对吗？" in talk.text
    talk.says("是的")
    assert talk.answers == {"satisfaction": 5}
    assert talk.outcome is Outcome.COMPLETED


def test_the_classifier_may_only_propose_what_is_then_read_back() -> None:
    talk = Talk(CALLBACK)
    talk.says("妥妥的", affirm=0.9)
    assert not talk.given
    talk.says("对")
    assert talk.answers == {"solved": True}


def test_optional_questions_can_be_declined() -> None:
    talk = Talk(SURVEY)
    talk.says("电脑")
    talk.says("八分")
    talk.says("三次")
    talk.says("不需要")
    assert talk.outcome is Outcome.COMPLETED
    assert talk.answers["visit"] is None


@pytest.mark.parametrize(
    ("said", "wish"),
    [("没有", None), ("没有了谢谢", None), ("没什么建议", None), ("没有人接电话", "没有人接电话")],
)
def test_having_no_wish_is_no_answer(said: str, wish: str | None) -> None:
    talk = Talk(CALLBACK)
    talk.says("解决了")
    talk.says("满意")
    talk.says(said)
    assert talk.answers["suggestion"] == wish
    assert talk.given[-1].words == said


def test_not_knowing_is_helped_once_and_then_left() -> None:
    talk = Talk(CALLBACK)
    talk.says("不知道", dont_know=0.9)
    assert talk.question == "solved"
    talk.says("真不知道", dont_know=0.9)
    assert talk.answers == {"solved": None}


def test_a_notice_not_understood_is_said_again() -> None:
    talk = Talk(NOTICE, deadline="十二月十五日")
    talk.says("没听清楚")
    assert "十二月十五日" in talk.text
    assert not talk.given
    talk.says("听清楚了")
    assert talk.answers == {"understood": True}
    assert talk.outcome is Outcome.COMPLETED


def test_repeat_says_the_notice_before_the_question_again() -> None:
    talk = Talk(NOTICE, deadline="十二月十五日")
    talk.says("再说一遍", repeat=0.9)
    assert "本月申报期限是十二月十五日" in talk.text
    assert "听清楚了吗" in talk.text


def test_busy_people_are_asked_when_and_the_time_is_read_back() -> None:
    talk = Talk(CALLBACK)
    talk.says("我在开会", busy_now=0.9)
    assert talk.question is None
    talk.says("明天下午三点")
    assert "明天下午三点再打给您，可以吗？" in talk.text
    talk.says("可以")
    (later,) = steps(talk, CallLater)
    assert isinstance(later, CallLater)
    assert later.at is not None
    assert later.at.isoformat() == "2026-11-24T15:00:00+08:00"
    assert talk.outcome is Outcome.CALL_LATER


def test_a_time_named_at_once_is_read_back_at_once_and_can_be_corrected() -> None:
    talk = Talk(CALLBACK)
    talk.says("现在没空下午四点再打", busy_now=0.8)
    assert "今天下午四点" in talk.text
    talk.says("不行明天上午十点")
    assert "明天上午十点" in talk.text
    talk.silent()
    (later,) = steps(talk, CallLater)
    assert isinstance(later, CallLater)
    assert later.at is not None
    assert later.at.hour == 10


def test_a_time_that_cannot_be_read_is_left_open() -> None:
    talk = Talk(CALLBACK)
    talk.says("我在忙", busy_now=0.9)
    talk.says("再说吧")
    talk.says("再说吧")
    (later,) = steps(talk, CallLater)
    assert isinstance(later, CallLater)
    assert later.at is None


def test_a_busy_person_may_go_on_after_all() -> None:
    talk = Talk(CALLBACK)
    talk.says("我在忙", busy_now=0.9)
    talk.says("算了你说吧")
    assert talk.question == "solved"


def test_abuse_ends_the_call_the_second_time() -> None:
    talk = Talk(CALLBACK)
    talk.says("神经病", abuse=0.9)
    talk.says("滚", abuse=0.9)
    assert talk.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("intent", "outcome"), [("goodbye", Outcome.GOODBYE), ("refuse", Outcome.REFUSED)]
)
def test_polite_ends(intent: str, outcome: Outcome) -> None:
    talk = Talk(CALLBACK)
    talk.says("先这样", **{intent: 0.9})
    assert talk.outcome is outcome


@pytest.mark.parametrize("intent", ["goodbye", "refuse"])
def test_nobody_is_hung_up_on_for_a_garbled_word(intent: str) -> None:
    talk = Talk(CALLBACK)
    talk.says("香白", **{intent: 0.42})
    assert talk.question == "solved"


def test_wordings_can_be_replaced() -> None:
    talk = Talk(replace(CALLBACK, phrases={"silence_1": "喂，您在听吗？"}))
    talk.silent()
    assert talk.text.startswith("喂，您在听吗？")


_REMARK = st.sampled_from(
    words(
        "解决了 没解决 满意 不满意 手机 八分 四分 三次 明天 明天下午三点 对 不对 没有 你说吧 "
        "呱呱呱 打错了 #1 #2 #9 ... /repeat /slower /busy_now /dont_know /abuse /explain "
        "/affirm /relative_answers"
    )
)


@given(st.sampled_from([CALLBACK, SURVEY, NOTICE]), st.lists(_REMARK, max_size=25))
def test_whatever_is_said_the_conversation_goes_on_or_ends(
    script: object, remarks: list[str]
) -> None:
    talk = Talk(script, name="李先生", deadline="十二月十五日")  # type: ignore[arg-type]
    known = set(segments_of(talk.script.questionnaire, talk.script.variables))
    for remark in remarks:
        if remark == "...":
            talk.silent()
        elif remark.startswith("#"):
            talk.keys(remark[1:])
        elif remark.startswith("/"):
            talk.says("随口一句", **{remark[1:]: 0.9})
        else:
            talk.says(remark)
        assert isinstance(talk.reply.steps[-1], Listen | HangUp | Transfer)
        assert talk.state is not None
        assert from_document(to_document(talk.state)) == talk.state
        spoken = {
            segment
            for step in talk.reply.steps
            if isinstance(step, Say)
            for segment in step.segments
        }
        unknown = {each for each in spoken - known if not _known_only_in_the_call(each)}
        assert not unknown
    asked = [answer.question_id for answer in talk.given]
    assert len(asked) == len(set(asked)), "no question is answered twice"


def _known_only_in_the_call(segment: str) -> bool:
    return segment.startswith("用") or segment.isdigit() or "月" in segment
