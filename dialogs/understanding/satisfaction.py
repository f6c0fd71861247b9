"""The five grades of satisfaction: 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dialogs.understanding.lexicon import Lexicon, Match, words
from dialogs.understanding.number import number_said
from dialogs.understanding.pinyin import fold
from dialogs.understanding.understood import Understood

NEUTRAL: Final = 0
"""Phrases that say nothing about satisfaction, though a negation or a grade is in them."""
CONTRARY: Final = -1
"""Phrases after which no grade may be taken: ironical, asking back, or denying a denial."""

_STRONG = words("非常 特别 十分 太 极其 极度 相当 超级 很 完全 真的很")
_NOT = words(
    "不 没 没有 没那么 不是 不会 不能 没法 无法 没觉得 不觉得 不算是 不太 不怎么 不是很 "
    "不是太 不是特别 不是非常 不大 不够 不算 谈不上"
)


def _around(prefixes: Sequence[str], words: Sequence[str]) -> list[str]:
    return [prefix + word for prefix in prefixes for word in words]


_GRADES = Lexicon(
    {
        5: [
            *_around(_STRONG, ["满意", "好", "棒", "不错", "的满意", "地满意"]),
            *words(
                "满意极了 满意得很 好极了 太棒了 满分 没得说 没话说 无可挑剔 最满意 百分之百满意 "
                "百分百满意 满意的不得了 五星 五颗星"
            ),
        ],
        4: [
            *words(
                "满意 满意的 挺满意 蛮满意 比较满意 还满意 还是满意 都满意 挺好 蛮好 不错 挺不错 "
                "还不错 蛮不错 四星 四颗星 比较好"
            ),
            *_around(["没什么", "没有什么", "没啥"], ["不满意的", "不好的"]),
        ],
        3: [
            *words(
                "基本满意 基本上满意 基本还满意 还算满意 勉强满意 一般满意 三星 一般 一般般 "
                "一般吧 还行 还可以 还凑合 凑合 马马虎虎 过得去 马马虎虎吧 普普通通 中规中矩 "
                "就那样 差不多满意 大体满意 三颗星"
            ),
        ],
        2: [
            *_around([*_NOT, "有点不", "有些不", "比较不", "挺不", "还是不"], ["满意"]),
            *words(
                "不太好 不好 不怎么样 不咋样 不行 比较差 有点差 差劲 不满 有点失望 失望 二星 "
                "两星 两颗星 不咋地 不如意 不理想 态度差 服务差 效率差 质量差"
            ),
        ],
        1: [
            *_around(_STRONG, ["不满意", "不满", "差", "差劲", "糟糕", "失望", "不好", "烂"]),
            *_around(words("一点都不 一点也不 根本不 绝对不 压根不 丝毫不"), ["满意", "好"]),
            *words("最不满意 差极了 极差 糟透了 不满意极了 不满意得很 一星 一颗星"),
        ],
        NEUTRAL: [
            *words(
                "没问题 没有问题 没什么问题 没意见 没有意见 没什么意见 不用 没事 不好意思 没关系 "
                "没听清 差不多 "
                "服务 服务员 业务 不好说 没听清楚 不知道 不清楚 不客气 没有了"
            ),
        ],
        CONTRARY: [
            *words(
                "满不满意 满意不满意 满意什么 满意个 哪里满意 怎么满意 怎么会满意 不是不满意 "
                "没有不满意 没不满意 不会不满意 并非不满意 也不是不满意 满意还是不满意 谁满意 "
                "满意吗 满意才怪 说不上满意 说不上 才满意 好不好 行不行 慢一点 慢点 慢一些 太快 "
                "好什么 不要说满意 别说满意 "
                "怎么可能满意 有什么满意 能满意"
            ),
        ],
    }
)
_NEGATIONS = frozenset(map(fold, ("bu", "mei", "bie", "fei", "wu", "fou")))
_GOOD = 4
_BARE = 2
_UNSURE = 0.5
_BEFORE_GOOD = frozenset(
    map(
        fold,
        words(
            "n e a o wo jue de shi hai dou jiu na ge dui men fu wu tai du zong ti zheng ting man "
            "yi si le ba la ya ne xie ni gan zuo hui da gei xuan ying gai suan ke yi qi shi di "
            "hao you ren nai xin jie mei wen"
        ),
    )
)
"""What may stand right before 满意 without being a misheard 很, 非常 or 不."""
_REACH = 4
"""So many syllables before a good grade a stray negation makes it unsure."""


def understand_satisfaction(syllables: Sequence[str], *, near: bool = True) -> Understood | None:
    """Return the grade said, None when unsure. `near`: whether one syllable of a long phrase may
    have been misheard."""
    found = _GRADES.scan(syllables)
    grades = [match for match in found if match.value not in {NEUTRAL, CONTRARY}]
    if any(match.value == CONTRARY for match in found):
        return None
    if not grades:
        return _points(syllables) or (_near(syllables) if near else None)
    if any(_negated(match, found, syllables) for match in grades):
        return None
    agreed = _agreed([match.value for match in grades])
    backed = any(match.value == NEUTRAL for match in found)  # 都满意，没什么意见
    if agreed and agreed.value == _GOOD and not backed and _maybe_more(grades[0], syllables):
        return Understood(agreed.value, _UNSURE)
    return agreed


def is_contrary(syllables: Sequence[str]) -> bool:
    """Return whether a grade was named without being given (满不满意)."""
    return any(match.value == CONTRARY for match in _GRADES.scan(syllables))


def _points(syllables: Sequence[str]) -> Understood | None:
    number = number_said(syllables)
    if number is None or number.value not in {1, 2, 3, 4, 5}:
        return None
    return Understood(int(number.value), min(number.confidence, 0.9))


def _near(syllables: Sequence[str]) -> Understood | None:
    grade = _GRADES.near(syllables)
    return None if grade is None or grade <= NEUTRAL else Understood(grade, 0.7)


def _agreed(grades: list[int]) -> Understood | None:
    if len(set(grades)) == 1:
        return Understood(grades[0], 0.95)
    if (set(grades), grades[-1]) in [({4, 5}, 5), ({2, 1}, 1)]:
        return Understood(grades[-1], 0.75)
    return None


def _maybe_more(match: Match[int], syllables: Sequence[str]) -> bool:
    """Return whether what stands right before may be a misheard word of degree (合满意)."""
    if match.end - match.start > _BARE or match.start == 0:
        return False
    return fold(syllables[match.start - 1]) not in _BEFORE_GOOD


def _negated(match: Match[int], found: tuple[Match[int], ...], syllables: Sequence[str]) -> bool:
    taken = {at for each in found for at in range(each.start, each.end)}
    reach = _REACH if match.value >= 3 else 1
    before = range(max(0, match.start - reach), match.start)
    return any(at not in taken and _negates(syllables, at) for at in before)


def _negates(syllables: Sequence[str], at: int) -> bool:
    """Return whether the syllable is a negation; the 非 of 非常 is none."""
    if tuple(syllables[at : at + 2]) == ("fei", "chang"):
        return False
    return fold(syllables[at]) in _NEGATIONS
