"""What answers mean: negation, homophones, dialect, numbers said any way; unsure is None."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.questionnaire.model import Option, Question
from campaigns.questionnaire.model import QuestionType as Type
from dialogs.ports import Heard
from dialogs.understanding import READ_BACK_BELOW, is_whole_answer, understand, understand_keys
from dialogs.understanding.lexicon import words
from dialogs.understanding.pinyin import syllables_of

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
SATISFACTION = Question("s", Type.SATISFACTION, "请问您对我们的服务满意吗？")
SOLVED = Question("y", Type.YES_NO, "请问您上次咨询的问题解决了吗？")
UNDERSTOOD = Question("u", Type.YES_NO, "请问刚才说的您听清楚了吗？")
USED = Question("e", Type.YES_NO, "请问您最近三个月用过电子税务局吗？")
WILLING = Question("w", Type.YES_NO, "请问您需要人员上门辅导吗？")
RATING = Question("r", Type.RATING, "您打几分？", minimum=0, maximum=10)
TIMES = Question("n", Type.NUMBER, "您一个月大约登录几次？", minimum=0, maximum=300)
DAY = Question("d", Type.DATE, "您哪一天方便？")
CHANNEL = Question(
    "c",
    Type.SINGLE_CHOICE,
    "您主要用哪种方式？",
    options=(
        Option("web", "电脑网页", ("电脑", "网页", "网站")),
        Option("app", "手机应用", ("手机", "软件")),
        Option("agent", "代理机构", ("代理", "会计", "代账公司")),
    ),
)
BUSINESS = Question(
    "m",
    Type.MULTIPLE_CHOICE,
    "您办过哪些业务？",
    options=(
        Option("filing", "纳税申报", ("申报", "报税")),
        Option("invoice", "发票业务", ("发票", "开票")),
        Option("social", "社保缴费", ("社保", "缴费")),
    ),
)


def value(question: Question, said: str) -> object:
    """What is understood of clearly heard words; `unsure` marks what is to be read back."""
    heard = Heard(said, syllables_of(said), 1.0, 0.0, 1.0)
    meaning = understand(question, heard, NOW)
    if meaning is None:
        return None
    return ("unsure", meaning.value) if meaning.confidence < READ_BACK_BELOW else meaning.value


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        ("非常满意", 5), ("飞常满意", 5), ("很满意", 5), ("十分满意", 5), ("没意见很满意", 5),
        ("满意满意非常满意", 5), ("五分", 5), ("没得说", 5),
        ("满意", 4), ("满衣", 4), ("蛮意", 4), ("挺好的", 4), ("四", 4), ("四分吧", 4),
        ("没什么不满意的", 4),
        ("基本满意", 3), ("还可以", 3), ("一般般吧", 3), ("马马虎虎", 3), ("我打三分", 3),
        ("不满意", 2), ("布满意", 2), ("不太满意", 2), ("没有满意", 2), ("服务态度不好", 2),
        ("谈不上满意", 2),
        ("非常不满意", 1), ("一点都不满意", 1), ("不满意太不满意了", 1), ("很差", 1),
        ("满不满意", None), ("满意不满意", None), ("不是不满意", None), ("不是特别的满意", None),
        ("满意什么", None), ("合满意", ("unsure", 4)), ("妈妈护肤", 3), ("服务特别好", 5),
        ("不太烂", None), ("飞常满一", 5),
        ("说不上满意", None), ("不好说", None), ("十分", None), ("六分", None),
        ("我在忙一会儿再打", None), ("我去查一下", None), ("满意但是不满意", None), ("", None),
    ],
)  # fmt: skip
def test_satisfaction(said: str, grade: int | None) -> None:
    assert value(SATISFACTION, said) == grade


@pytest.mark.parametrize(
    ("question", "said", "truth"),
    [
        (SOLVED, "解决了", True), (SOLVED, "对解决了", True), (SOLVED, "都解决了谢谢", True),
        (SOLVED, "嗯", True), (SOLVED, "是的", True), (SOLVED, "有", True),
        (SOLVED, "没解决", False), (SOLVED, "没有解决", False), (SOLVED, "未解决", False),
        (SOLVED, "问题还没有处理好", False), (SOLVED, "还没有", False), (SOLVED, "不是", False),
        (SOLVED, "解决不了", False),
        (SOLVED, "是的没有解决", False),
        (SOLVED, "是不是解决了", None), (SOLVED, "可能解决了吧", None), (SOLVED, "你好", None),
        (SOLVED, "解决了一部分", None), (SOLVED, "没完全解决", None), (SOLVED, "我不知道", None),
        (SOLVED, "没听清楚", None), (SOLVED, "不需要", None), (SOLVED, "什么问题", None),
        (SOLVED, "我在开会", None), (SOLVED, "今天天气不错", ("unsure", True)),
        (SOLVED, "好的", ("unsure", True)), (SOLVED, "不满", ("unsure", False)),
        (SOLVED, "对呀谢谢", True), (SOLVED, "没呢", False),
        (SOLVED, "我上次咨询的那个问题已经解决了", True),
        (SOLVED, "希望尽快解决", None), (SOLVED, "你们帮我解决", ("unsure", True)),
        (UNDERSTOOD, "听清楚了", True), (UNDERSTOOD, "知道了", True), (UNDERSTOOD, "好的", True),
        (UNDERSTOOD, "没听清", False), (UNDERSTOOD, "知道", True), (UNDERSTOOD, "不太明白", False),
        (UNDERSTOOD, "不清楚", False),
        (UNDERSTOOD, "请您重复一遍", None),
        (USED, "用过", True), (USED, "没用过", False), (USED, "从来没用过", False),
        (WILLING, "需要", True), (WILLING, "不用了", False), (WILLING, "不需要", False),
    ],
)  # fmt: skip
def test_yes_no(question: Question, said: str, truth: object) -> None:
    assert value(question, said) == truth


@pytest.mark.parametrize(
    ("question", "said", "number"),
    [
        (RATING, "八分", 8), (RATING, "我给八分吧", 8), (RATING, "十分", 10), (RATING, "满分", 10),
        (RATING, "零分", 0), (RATING, "9分", 9), (RATING, "五吧", 5),
        (RATING, "四分", ("unsure", 4)), (RATING, "十", ("unsure", 10)),
        (RATING, "是五", ("unsure", 5)),
        (RATING, "七八分", None), (RATING, "是的", None), (RATING, "一般", None),
        (RATING, "我有一个问题", None), (RATING, "十分满意", None), (RATING, "说一遍", None),
        (RATING, "二百五", None), (RATING, "好的", None), (RATING, "那就七分吧", 7),
        (RATING, "零三", None), (RATING, "我给八分版", 8), (RATING, "牛分", 6),
        (RATING, "就九分", 9),
        (TIMES, "三次", 3), (TIMES, "两百五", 250), (TIMES, "一个月三次", 3),
        (TIMES, "差不多三十次", 30), (TIMES, "二十五", 25), (TIMES, "两次吧", 2),
        (TIMES, "一次都没有", 0), (TIMES, "没有", 0),
        (TIMES, "三四次", None), (TIMES, "十几次", None), (TIMES, "好几次", None),
        (TIMES, "七八成", None), (TIMES, "五百次", None),
    ],
)  # fmt: skip
def test_numbers(question: Question, said: str, number: object) -> None:
    assert value(question, said) == number


@pytest.mark.parametrize(
    ("question", "said", "chosen"),
    [
        (CHANNEL, "电脑", "web"), (CHANNEL, "店脑", "web"), (CHANNEL, "手机上弄的", "app"),
        (CHANNEL, "会计帮我弄", "agent"), (CHANNEL, "第二个", "app"), (CHANNEL, "选三", "agent"),
        (CHANNEL, "最后一个", "agent"), (CHANNEL, "不是手机是电脑", "web"),
        (CHANNEL, "手机和电脑", None), (CHANNEL, "第四个", None), (CHANNEL, "随便", None),
        (CHANNEL, "不是手机", None),
        (BUSINESS, "申报和发票", ["filing", "invoice"]),
        (BUSINESS, "第一个和第三个", ["filing", "social"]),
        (BUSINESS, "都有", ["filing", "invoice", "social"]), (BUSINESS, "都没有", []),
        (BUSINESS, "除了社保都有", None), (BUSINESS, "我想想", None),
    ],
)  # fmt: skip
def test_choices(question: Question, said: str, chosen: object) -> None:
    assert value(question, said) == chosen


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("明天", "2026-11-24"), ("后天吧", "2026-11-25"), ("下周一", "2026-11-30"),
        ("十二月一号", "2026-12-01"), ("25号", "2026-11-25"), ("下个月五号", "2026-12-05"),
        ("星期五上午", "2026-11-27"), ("名天", "2026-11-24"), ("三天后", "2026-11-26"),
        ("三点钟", None), ("随便", None), ("月底", ("unsure", "2026-11-30")),
        ("下个月底", ("unsure", "2026-12-31")), ("国庆以后吧", ("unsure", "2027-10-08")),
    ],
)  # fmt: skip
def test_dates(said: str, day: str | None) -> None:
    assert value(DAY, said) == day


def test_a_date_needs_to_know_the_day() -> None:
    assert understand(DAY, Heard("明天", ("ming", "tian"), 1.0, 0.0, 1.0)) is None


def test_southern_syllables_count_as_the_words_they_mean() -> None:
    heard = Heard("", ("fei", "cang", "man", "yi"), 1.0, 0.0, 1.0)
    meaning = understand(SATISFACTION, heard)
    assert meaning is not None
    assert meaning.value == 5


def test_syllables_win_over_the_guessed_characters() -> None:
    heard = Heard("满意", ("bu", "man", "yi"), 1.0, 0.0, 1.0)
    meaning = understand(SATISFACTION, heard)
    assert meaning is not None
    assert meaning.value == 2


def test_what_was_heard_badly_is_less_sure() -> None:
    clear = understand(SATISFACTION, Heard("满意", ("man", "yi"), 1.0, 0.0, 1.0))
    noisy = understand(SATISFACTION, Heard("满意", ("man", "yi"), 0.2, 0.0, 1.0))
    assert clear is not None
    assert noisy is not None
    assert noisy.confidence < READ_BACK_BELOW < clear.confidence


@pytest.mark.parametrize(
    ("question", "digits", "keyed"),
    [
        (SATISFACTION, "5", 5), (SATISFACTION, "1", 1), (SATISFACTION, "6", None),
        (SOLVED, "1", True), (SOLVED, "2", False), (SOLVED, "3", None),
        (CHANNEL, "3", "agent"), (CHANNEL, "4", None), (CHANNEL, "0", None),
        (BUSINESS, "31#", ["filing", "social"]), (BUSINESS, "19#", None), (BUSINESS, "0#", []),
        (RATING, "10#", 10), (RATING, "11#", None), (TIMES, "250#", 250),
        (TIMES, "#", None), (TIMES, "*", None),
        (DAY, "20261201#", "2026-12-01"), (DAY, "20261301#", None), (DAY, "12", None),
        (Question("t", Type.TEXT, "？"), "1", None),
    ],
)  # fmt: skip
def test_keys(question: Question, digits: str, keyed: object) -> None:
    meaning = understand_keys(question, digits)
    assert (None if meaning is None else meaning.value) == keyed


@pytest.mark.parametrize(
    ("question", "said", "whole"),
    [
        (SATISFACTION, "非常满意", True), (SATISFACTION, "非常", False),
        (SATISFACTION, "不", False),
        (SOLVED, "没有解决", True), (SOLVED, "我的", False),
        (RATING, "八分", True), (RATING, "八", True), (RATING, "四", False), (TIMES, "二十", False),
        (CHANNEL, "手机", True), (BUSINESS, "申报", False), (BUSINESS, "都没有", True),
        (DAY, "明天", False), (Question("t", Type.TEXT, "为什么？"), "因为", False),
        (Question("t", Type.TEXT, "建议？", required=False), "没有了", True),
    ],
)  # fmt: skip
def test_whole_answers_end_a_turn_early(question: Question, said: str, whole: bool) -> None:
    assert is_whole_answer(question, said, syllables_of(said)) is whole


_TEXT = Question("t", Type.TEXT, "为什么？")


@pytest.mark.parametrize(
    "said",
    [
        "转人工", "帮我转人工服务", "我要人工", "你打错了", "打错电话了吧", "我现在没空", "没空啊",
        "我在开会", "再说一遍", "请你再说一次好吗", "没听清楚", "你是谁", "请问你是哪位啊",
        "不要再打了", "以后别打电话了", "你是骗子吧", "不需要", "晚点再打给我吧", "什么意思",
    ],
)  # fmt: skip
@pytest.mark.parametrize("question", [SATISFACTION, SOLVED, RATING, DAY, BUSINESS])
def test_whole_commands_end_a_turn_early(question: Question, said: str) -> None:
    assert is_whole_answer(question, said, syllables_of(said))


@pytest.mark.parametrize(
    "said",
    [
        "不", "不满", "非常", "我", "我现在", "你", "你们", "说", "别", "转", "明天再打", "因为",
        "等一下", "我在忙的时候打过电话", "再说一遍也没有用因为", "没空房", "人工服务态度",
    ],
)  # fmt: skip
def test_the_beginning_of_something_is_no_command(said: str) -> None:
    assert not is_whole_answer(DAY, said, syllables_of(said))


@pytest.mark.parametrize(
    ("said", "whole"),
    [("打错了", True), ("再说一遍", True), ("转人工", False), ("不知道", False), ("没空", False)],
)
def test_free_text_may_begin_like_a_command(said: str, whole: bool) -> None:
    assert is_whole_answer(_TEXT, said, syllables_of(said)) is whole


_SYLLABLES = st.lists(
    st.sampled_from(words("bu man yi fei chang shi si ba jiu dian ming tian di ge dou mei you n")),
    max_size=8,
)


def test_a_stuttered_number_is_asked_again() -> None:
    assert understand(TIMES, Heard("", ("shi", "shi", "yi"), 1.0, 0.0, 1.0), NOW) is None


@given(_SYLLABLES, st.sampled_from([SATISFACTION, SOLVED, RATING, TIMES, CHANNEL, BUSINESS, DAY]))
def test_anything_heard_gives_a_value_of_the_type_or_none(
    syllables: list[str], question: Question
) -> None:
    meaning = understand(question, Heard("", tuple(syllables), 1.0, 0.0, 1.0), NOW)
    if meaning is None:
        return
    assert 0 < meaning.confidence <= 1
    kinds = {
        Type.SATISFACTION: int,
        Type.YES_NO: bool,
        Type.RATING: int,
        Type.NUMBER: (int, float),
        Type.SINGLE_CHOICE: str,
        Type.MULTIPLE_CHOICE: list,
        Type.DATE: str,
    }
    assert isinstance(meaning.value, kinds[question.type])


@given(_SYLLABLES)
def test_a_negation_right_before_is_never_lost(syllables: list[str]) -> None:
    heard = Heard("", (*syllables, "bu", "man", "yi"), 1.0, 0.0, 1.0)
    meaning = understand(SATISFACTION, heard)
    assert meaning is None or meaning.value <= 2 or "mei" in syllables
