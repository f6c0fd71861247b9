"""The conversation walks all that a questionnaire of format 2 can say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.questionnaire.file import parse
from campaigns.questionnaire.model import CampaignKind, Option, Question, Questionnaire
from campaigns.questionnaire.model import QuestionType as Type
from campaigns.questionnaire.plan import Plan
from campaigns.questionnaire.walk import due
from dialogs.conversation.state import from_document, to_document
from dialogs.ports import ConversationOutcome as Outcome
from dialogs.ports import HangUp, Listen, Say, Transfer
from dialogs.prompts import segments_of
from dialogs.understanding.lexicon import words
from tests.fakes.talk import CALLBACK, SURVEY, Talk

QUALITY = parse((Path(__file__).parents[3] / "examples/service_quality.yaml").read_text("utf-8"))


def visited() -> Talk:
    talk = Talk(QUALITY, name="王女士")
    talk.says("是的")
    assert talk.question == "business"
    return talk


def test_what_is_drawn_is_recorded_at_the_opening() -> None:
    talk = Talk(QUALITY, name="王女士")
    computed = {each.question_id: each.value for each in talk.given if each.source == "computed"}
    assert set(computed) == {"wording", "details", "order_of_business"}
    assert len(computed["wording"]) == 1


def test_options_are_read_in_the_order_of_this_person_and_keys_follow_it() -> None:
    talk = visited()
    order = next(each.value for each in talk.given if each.question_id == "order_of_business")
    labels = {option.value: option.label for option in QUALITY.question("business").options}
    places = [talk.text.index(labels[value]) for value in order]
    assert places == sorted(places)
    assert order[-1] == "other"
    talk.says(labels[order[0]])
    assert talk.answers["business"] == [order[0]]
    again = visited()
    again.says("第一个")
    assert again.answers["business"] == [order[0]]


def test_a_loop_speaks_of_each_item_and_branches_in_it() -> None:
    talk = visited()
    talk.says("纳税申报和社保缴费")
    assert talk.question == "rate.filing"
    assert "纳税申报" in talk.text
    talk.says("三分")
    assert talk.question == "trouble.filing"
    assert "纳税申报" in talk.text
    talk.says("排队太久了")
    assert talk.question == "rate.social"
    assert "社保缴费" in talk.text
    talk.says("九分")
    assert talk.question in {"recommend_a", "recommend_b"}
    assert talk.answers["rate.filing"] == 3
    assert talk.answers["average"] == 6
    assert talk.answers["unhappy"] is True
    assert talk.state is not None
    assert from_document(to_document(talk.state)) == talk.state


def test_too_many_choices_are_asked_again() -> None:
    talk = visited()
    talk.says("都办过")
    assert "少选几个" in talk.text
    assert talk.question == "business"
    assert "business" not in talk.answers


def test_a_constraint_says_what_is_wrong_and_asks_again() -> None:
    script = Questionnaire(
        "c", "c", CampaignKind.QUESTIONNAIRE, "您好。", "再见。", "我是助手。",
        (Question("minutes", Type.NUMBER, "多少分钟？", minimum=0, constraint="value <= 600",
                  constraint_message="好像太久了。"),),
    )  # fmt: skip
    talk = Talk(script)
    talk.keys("601")
    assert "好像太久了" in talk.text
    assert not talk.given
    talk.keys("600")
    assert talk.answers == {"minutes": 600}


def test_an_early_end_thanks_and_is_complete() -> None:
    talk = Talk(QUALITY, name="王女士")
    talk.says("没有")
    assert talk.outcome is Outcome.COMPLETED
    assert "不多打扰" in talk.text


def test_who_is_over_quota_is_thanked() -> None:
    talk = visited()
    talk.full = frozenset({"one_business"})
    talk.says("纳税申报和社保缴费")
    assert talk.question == "rate.filing", "this person is in no full cell"
    talk = visited()
    talk.full = frozenset({"one_business"})
    talk.says("纳税申报")
    assert talk.outcome is Outcome.OVER_QUOTA
    assert "收集得差不多" in talk.text
    assert talk.answers["business"] == ["filing"]


@pytest.mark.parametrize(
    "said", ["刚才那题我选错了", "我刚才说错了", "上一题错了", "回到上一题"]
)  # fmt: skip
def test_the_last_answer_is_opened_again(said: str) -> None:
    talk = Talk(CALLBACK)
    talk.says("解决了")
    talk.says(said)
    assert talk.question == "solved"
    assert "上一个问题" in talk.text
    talk.says("没解决")
    assert talk.answers["solved"] is False
    assert talk.question == "satisfaction"


def test_a_correction_with_its_value_is_taken_at_once() -> None:
    for said in ("不对是没解决", "我说错了是没有解决"):
        talk = Talk(CALLBACK)
        talk.says("解决了")
        talk.says(said)
        assert [each.value for each in talk.given if each.question_id == "solved"] == [True, False]
        assert talk.question == "satisfaction"
        assert "改过来了" in talk.text


def test_a_correction_changes_the_branch() -> None:
    talk = Talk(CALLBACK)
    talk.says("解决了")
    talk.says("不满意")
    assert talk.question == "reason"
    talk.says("不对是满意")
    assert talk.answers["satisfaction"] == 4
    assert talk.question == "suggestion"


def test_going_back_twice_reaches_the_question_before() -> None:
    talk = Talk(CALLBACK)
    talk.says("解决了")
    talk.says("满意")
    talk.says("上一题错了")
    assert talk.question == "satisfaction"
    talk.says("上一题错了")
    assert talk.question == "solved"
    talk.says("没解决")
    assert talk.question == "satisfaction"


def test_what_a_correction_takes_out_is_recorded_as_no_answer() -> None:
    chain = Questionnaire(
        "c", "c", CampaignKind.QUESTIONNAIRE, "您好。", "再见。", "我是助手。",
        (
            Question("used", Type.YES_NO, "用过吗？"),
            Question("easy", Type.YES_NO, "好用吗？", when="used"),
            Question("wish", Type.TEXT, "还有什么建议？"),
        ),
    )  # fmt: skip
    talk = Talk(chain)
    talk.says("用过")
    talk.says("好用")
    talk.says("上一题错了")
    talk.says("上一题错了")
    assert talk.question == "used"
    talk.says("没用过")
    assert talk.question == "wish"
    assert talk.answers["easy"] is None
    assert talk.answers["used"] is False


def test_a_plain_no_is_no_correction() -> None:
    talk = Talk(CALLBACK)
    talk.says("解决了")
    talk.says("不是很满意")
    assert talk.answers == {"solved": True, "satisfaction": 2}
    talk = Talk(SURVEY)
    talk.says("不对")
    assert not talk.given


def test_there_may_be_nothing_to_correct() -> None:
    talk = Talk(CALLBACK)
    talk.says("我说错了")
    assert talk.question == "solved"
    assert "没有可以修改" in talk.text


@pytest.mark.parametrize(
    ("said", "intents", "answer"),
    [
        ("我想问一下申报期限是哪天", {}, "十五号"),
        ("请问什么时候截止申报啊", {"ask_tax": 0.8}, "十五号"),
        ("那个申报到几号了", {"ask_tax": 0.8}, "十五号"),
        ("在哪里开电子发票", {"give_number": 0.9}, "电子税务局"),
    ],
)
def test_the_campaigns_own_answers_are_given(
    said: str, intents: dict[str, float], answer: str
) -> None:
    talk = visited()
    reply = talk.says(said, **intents)
    assert reply.intent == "ask_faq"
    assert answer in talk.text
    assert talk.question == "business"


def test_what_nobody_here_can_answer_offers_a_human() -> None:
    talk = visited()
    talk.says("我的增值税留抵怎么退", ask_tax=0.9)
    assert "需要请工作人员联系您吗" in talk.text
    talk.says("不用了")
    assert talk.question == "business"
    talk.says("留抵退税要什么资料", ask_tax=0.9)
    talk.says("需要")
    assert not isinstance(talk.reply.steps[-1], Say)
    assert talk.state is not None
    assert talk.state.done


def test_every_segment_of_a_loop_is_rendered_ahead() -> None:
    talk = Talk(QUALITY, name="王女士")
    known = set(segments_of(QUALITY, {"name": "王女士"}))
    said: list[str] = []
    for remark in ("是的", "纳税申报和社保缴费", "三分", "排队太久", "九分", "十分"):
        said += [s for step in talk.reply.steps if isinstance(step, Say) for s in step.segments]
        talk.says(remark)
    assert not set(said) - known


def test_a_whole_survey_comes_to_its_end() -> None:
    talk = visited()
    talk.says("发票业务")
    replies = {"rate.invoice": "八分", "minutes": "十五", "helped": "有", "wish": "没有"}
    for _ in range(12):
        last = talk.reply.steps[-1]
        if isinstance(last, HangUp):
            break
        question = talk.question or ""
        talk.says(replies.get(question, "九分"))
    assert talk.outcome is Outcome.COMPLETED
    assert talk.answers["minutes"] == 15
    assert talk.answers["unhappy"] is False
    assert "wish" not in talk.answers


def test_options_that_are_not_offered_cannot_be_chosen() -> None:
    script = Questionnaire(
        "c", "c", CampaignKind.QUESTIONNAIRE, "您好。", "再见。", "我是助手。",
        (
            Question("city", Type.SINGLE_CHOICE, "哪里？",
                     options=(Option("nn", "南宁"), Option("gl", "桂林"))),
            Question("office", Type.SINGLE_CHOICE, "哪个大厅？", options=(
                Option("a", "青秀大厅", when="city == 'nn'"), Option("b", "象山大厅"),
                Option("c", "别的大厅"))),
        ),
    )  # fmt: skip
    talk = Talk(script)
    talk.says("桂林")
    talk.keys("1")
    assert talk.answers["office"] == "b"


def test_what_was_read_back_wrong_is_said_again() -> None:
    for said, score in (("我说错了", None), ("说错了是八分", 8)):
        talk = Talk(SURVEY)
        talk.says("手机")
        talk.says("四分")
        talk.says(said)
        assert talk.answers.get("score") == score
        assert talk.answers["channel"] == "app"


_REMARK = st.sampled_from(
    words(
        "是的 没有 纳税申报和社保缴费 其他 都办过 都没有 八分 三分 十分 十五 排队太久 对 不对 "
        "我说错了 上一题错了 不对是九分 申报期限是哪天 呱呱呱 #1 #2 #700 ... /repeat /busy_now "
        "/ask_tax /ask_identity /dont_know /complaint 明天上午十点 需要 不用了"
    )
)


@settings(deadline=None)
@given(st.lists(_REMARK, max_size=30), st.sampled_from(["1", "2", "3"]))
def test_whatever_is_said_the_survey_goes_on_or_ends(remarks: list[str], seed: str) -> None:
    talk = Talk(QUALITY, seed=seed, name="王女士")
    known = set(segments_of(QUALITY, talk.script.variables))
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
        spoken = {s for step in talk.reply.steps if isinstance(step, Say) for s in step.segments}
        assert not {each for each in spoken - known if not each.isdigit() and "月" not in each}
    asked = {key: given.value for key, given in talk.last.items() if given.source != "computed"}
    due_ids = {step.question.id for step in due(Plan(QUALITY, {}, seed), asked)}
    kept = {key for key, value in asked.items() if value is not None}
    assert kept <= due_ids, "what no longer applies is recorded as no answer"
