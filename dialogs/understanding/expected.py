"""What people usually say to a question: the phrases a recogniser may listen for by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.understanding.choice import ways_to_name
from dialogs.understanding.lexicon import words
from dialogs.understanding.yes_no import stems

_MOST = 400
_MOST_POINTS = 20
_NUMERALS = words(
    "零 一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八 十九 二十"
)
_GRADES = words(
    "非常满意 很满意 特别满意 十分满意 非常好 很好 满意 满意的 挺满意的 挺满意 比较满意 还满意 "
    "蛮满意 不错 还不错 挺好 挺好的 蛮好的 基本满意 一般 一般般 一般吧 还行 还行吧 还可以 "
    "马马虎虎 凑合 不满意 不太满意 不怎么满意 不是很满意 有点不满意 不满 不好 不太好 不怎么样 不行 "
    "很不满意 非常不满意 特别不满意 太差了 很差 非常差 一点都不满意 没意见 没问题"
)
_TRUTHS = words(
    "是 是的 是啊 对 对的 对啊 嗯 有 有的 有啊 没错 好 好的 可以 可以的 行 需要 需要的 要 要的 "
    "愿意 不是 不是的 不对 没 没有 没有啊 没有呢 还没 还没有 不 不用 不用了 不需要 不要 不可以 "
    "不行 不愿意 不方便 解决了 没解决 没有解决 办好了 办完了 弄好了 "
    "搞定了 处理好了 没办好 没弄好 早就解决了 不用谢谢 不用了谢谢 清楚 "
    "清楚了 不清楚 知道了 明白 明白了 不知道"
)
_DAYS = words("今天 明天 后天 大后天 今天下午 明天上午 明天下午 后天上午 后天下午 月底 下个月")
_WEEKDAYS = "一二三四五六"
_PARTICLES = ("", "吧")


def expected_phrases(question: Question) -> tuple[str, ...]:
    """Return phrases that are whole answers to the question, likely ones first; () for questions
    that are answered in the person's own words."""
    return tuple(dict.fromkeys(_phrases(question)))[:_MOST]


def _phrases(question: Question) -> Iterable[str]:
    match question.type:
        case QuestionType.SATISFACTION:
            return (*_GRADES, *_points(question, 1, 5))
        case QuestionType.YES_NO:
            return (*_echoes(question.text), *_TRUTHS)
        case QuestionType.RATING:
            return _points(question, int(question.minimum or 0), int(question.maximum or 10))
        case QuestionType.NUMBER:
            return _counts()
        case QuestionType.SINGLE_CHOICE:
            return _choices(question)
        case QuestionType.MULTIPLE_CHOICE:
            return (*_choices(question), *_pairs(question))
        case QuestionType.DATE:
            return _dates()
        case _:
            return ()


def _points(question: Question, least: int, most: int) -> Iterator[str]:
    if most >= _MOST_POINTS:
        return
    for number in range(least, most + 1):
        for numeral in {_NUMERALS[number], "两" if number == 2 else _NUMERALS[number]}:
            yield numeral
            for end in ("", "吧"):
                yield f"{numeral}分{end}"
                yield f"打{numeral}分{end}"
                yield f"给{numeral}分{end}"
            yield f"{numeral}吧"
            yield f"给个{numeral}分"
            yield f"打个{numeral}分"
            yield f"我打{numeral}分"
            yield f"我给{numeral}分"
            yield f"那就{numeral}分"
    if question.type is QuestionType.RATING:
        yield from ("满分", "给满分", "打满分")


def _counts() -> Iterator[str]:
    for numeral in (*_NUMERALS[:13], "两", "十五", "二十", "三十", "五十", "一百"):
        for unit in ("", "次", "个", "天", "次吧"):
            yield numeral + unit
    yield from words("没有 一次都没有 从来没有 零次")


def _choices(question: Question) -> Iterator[str]:
    for place, names in enumerate(ways_to_name(question.options)[:10], 1):
        for said in names:
            for end in _PARTICLES:
                yield said + end
            yield from (f"用{said}", f"是{said}", f"选{said}")
        yield from (
            f"第{_NUMERALS[place]}个",
            f"第{_NUMERALS[place]}个吧",
            f"选第{_NUMERALS[place]}个",
        )
    yield from ("最后一个", "最后那个")
    if question.type is QuestionType.MULTIPLE_CHOICE:
        yield from words("都有 全部 都没有 都不是 都选 全都有 一个都没有")


def _pairs(question: Question) -> Iterator[str]:
    for first, second in permutations(question.options[:6], 2):
        for one in (first.label, *first.words)[:3]:
            for other in (second.label, *second.words)[:3]:
                yield f"{one}和{other}"


def _echoes(text: str) -> Iterator[str]:
    for stem in stems(text):
        yield from (f"{stem}了", f"已经{stem}了", f"没{stem}", f"没有{stem}", f"还没{stem}", stem)
        yield from (f"还没有{stem}", f"{stem}过", f"没{stem}过", f"没有{stem}过", f"不{stem}")


def _dates() -> Iterator[str]:
    yield from _DAYS
    for day in _WEEKDAYS:
        for week in ("周", "星期", "下周", "下星期", "这周", "礼拜"):
            yield week + day
            yield f"{week}{day}上午"
            yield f"{week}{day}下午"
