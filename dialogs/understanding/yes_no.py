"""Yes or no: the usual words, and the question's own verb said back (解决了, 没申报)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dialogs.understanding.lexicon import Lexicon, Match, words
from dialogs.understanding.pinyin import fold, folded, position, sounds
from dialogs.understanding.understood import Understood

YES: Final = "yes"
NO: Final = "no"
AGREED: Final = "agreed"
DECLINED: Final = "declined"
"""Answers to an offer; to a question of fact they may mean something else (好的，你说)."""
HEARD: Final = "heard"
UNHEARD: Final = "unheard"
"""Answers to 听清楚了吗; to another question they ask to hear it again or only acknowledge."""
UNSURE: Final = "unsure"
ASIDE: Final = "aside"
"""Says neither yes nor no and takes nothing from what does."""

_WORDS = Lexicon(
    {
        YES: words(
            "是 是的 是啊 是呀 对 对的 对啊 对呀 嗯 有 有的 有啊 有了 没错 当然 肯定 当然是 就是 "
            "确实 已经 已经好了 办好了 弄好了 搞定了 好了 办完了 可以了 解决了 已经解决了 处理好了 "
            "办成了 弄完了 处理完了 是这样 是这样的 经常 常用 早就 对头"
        ),
        AGREED: words(
            "好 好的 好啊 可以 可以的 行 行的 行啊 需要 要 要的 会 愿意 方便 没问题 没有问题 "
            "没有问题了 没什么问题 没有什么问题 成 得 愿意的 会的 得了 不错 同意 记得"
        ),
        DECLINED: words(
            "不可以 不用 不用了 不要 不需要 不愿意 不方便 不想 不同意 不会 不好 不行 不成 不能 "
            "不得 不必 不要了"
        ),
        NO: words(
            "不 不是 不是的 不对 没 没有 没有啊 没有呢 没呢 还没 还没有 没办好 没弄好 没搞定 "
            "没弄完 还没好 没办完 没有办好 没有弄好 从来没 没成 没有呀 否 不可能 没好 没有好 "
            "并没有 哪有 没解决 没有解决 没有处理 没处理 没处理好 没有处理好 没办成 没弄成 "
            "没有办成 解决不了 办不了 弄不了 没给办 没人管"
        )
        + [
            first + negation + done
            for first in words("还 一直 都 根本 一直都 还是")
            for negation in words("没 没有")
            for done in words("解决 处理 处理好 办好 弄好 搞定 办成 弄完 办完 弄成 解决好")
        ],
        HEARD: words(
            "清楚 清楚了 听清楚了 听清了 听到了 听见了 知道了 明白 明白了 了解 了解了 懂了 听懂了 "
            "收到 记住了 晓得了 知道"
        ),
        UNHEARD: words(
            "没听清 没听清楚 没听懂 没听明白 不明白 听不清 听不懂 没有听清 没有听清楚 没有听懂 "
            "没有听明白 听不清楚 没听到 没有听到 没听见 没听太清 没太听清 不太清楚 不清楚 不太明白 "
            "不太懂 不懂 不是很清楚 不是很明白 没太听懂 没太明白 没明白 听不明白 没太听明白"
        ),
        ASIDE: words(
            "问题 我的 那个 这个 到现在 一直 你们 我们 觉得 上次 麻烦 谢谢 现在 目前 事情 业务"
        ),
        UNSURE: words(
            "是不是 有没有 好不好 对不对 行不行 要不要 可不可以 能不能 会不会 不知道 不确定 不记得 "
            "记不清 忘了 不好说 说不好 不一定 好像 可能 应该 大概 差不多 算是吧 半 一半 部分 "
            "不完全 没完全 不太 不怎么 不是很 不全 有的有 好多 好几 不好意思 没事 没关系 "
            "什么 怎么 是谁 哪里 哪位 有什么 有事 有点 有些 不晓得 刚刚 没有完全 没有全部 还行 "
            "要是 不过 但是 只是 就是说 要不 对了 不对劲 得看 还要 还得 还有 你好 您好 很好 有时候 "
            "希望 尽快 什么时候 赶紧 快点 有时 要么 可以再 可以说 可以重复 好好 有人 有空 没空 "
            "行动 没时间"
        ),
    }
)
_NEGATIONS = frozenset(map(fold, ("bu", "mei", "wei", "bie")))
_COMPLETED = {("le",), ("la",), ("guo",), ("hao",), ("wan",), ("lo",)}
_OFFER = re.compile("需要|愿意|方便|可以|要不要|能否|同意|清楚|明白|听到|了解|知道|对吗|行吗|好吗")
_HEARING = re.compile("听清|听到|听懂|清楚|明白|了解|知道")
_FEW = 2
_PARTICLES = frozenset(map(fold, words("a ya ba de le la ne o ei n xie")))
_LONGEST = 12
_LONGEST_WITH_ECHO = 20
"""A longer remark says more than yes or no; only the question's own verb is believed there."""


def understand_yes_no(question: str, syllables: Sequence[str]) -> Understood | None:
    """Return the answer to the yes/no question with this text, None when unsure."""
    echo = _echo(question, syllables)
    found = [match for match in _WORDS.scan(syllables) if _stands_alone(match, syllables)]
    said = {_in_light_of(question, match.value) for match in found} - {ASIDE}
    if echo is not None:
        return _with_echo(echo, said, len(syllables))
    if not said or len(syllables) > _LONGEST:
        return None
    offered = bool(_OFFER.search(question))
    more = _unexplained(found, syllables)
    whole_word = any(match.end - match.start > 1 for match in found)
    sure = 0.9 if more <= (_FEW if whole_word else 0) else 0.5
    if said <= {YES, AGREED}:
        hum = len(syllables) == 1 and fold(syllables[0]) == "eng"
        return Understood(True, 0.65 if hum else sure if YES in said or offered else 0.5)
    if said <= {NO, DECLINED} and (NO in said or offered):
        return Understood(False, sure)
    return None


def _unexplained(found: Sequence[Match[str]], syllables: Sequence[str]) -> int:
    taken = {at for match in found for at in range(match.start, match.end)}
    said = {syllables[at] for at in taken}  # 对对对 says 对
    return sum(
        at not in taken and each not in said and fold(each) not in _PARTICLES
        for at, each in enumerate(syllables)
    )


def _in_light_of(question: str, word: str) -> str:
    if word == HEARD:
        return YES if _HEARING.search(question) else AGREED
    if word == UNHEARD:
        return NO if _HEARING.search(question) else UNSURE
    return word


def _stands_alone(match: Match[str], syllables: Sequence[str]) -> bool:
    """A single syllable (是, 有, 会) is a word of its own only at the beginning of a remark."""
    return match.end - match.start > 1 or match.start == 0 or len(syllables) <= _FEW


@dataclass(frozen=True, slots=True)
class _Echo:
    """The question's verb said back: denied or not; `done`: with 了, 过 or nothing else."""

    truth: bool
    done: bool


def _with_echo(echo: _Echo, said: set[str], length: int) -> Understood | None:
    if UNSURE in said or length > _LONGEST_WITH_ECHO:
        return None
    if not echo.truth:
        return Understood(False, 0.95)
    if said & {NO, DECLINED}:
        return None
    return Understood(
        True, 0.95 if echo.done or YES in said else 0.5
    )  # 希望尽快解决 does not say that it is


def _echo(question: str, syllables: Sequence[str]) -> _Echo | None:
    heard = folded(syllables)
    for predicate in predicates(question):
        at = position(predicate, heard)
        if at < 0:
            continue
        end = at + len(predicate)
        after = heard[end : end + 2]
        if after[:1] == ("bu",) or after[:1] == ("mei",):
            return _Echo(False, True) if after in {("bu", "liao"), ("bu", "le")} else None
        denied = any(each in _NEGATIONS for each in heard[max(0, at - 4) : at])
        a_le = len(after) == 1 and after[0].startswith("l")  # 解决了, however the 了 was heard
        done = (
            a_le
            or after[:1] in _COMPLETED
            or predicate[-1] == "guo"
            or len(heard) <= len(predicate) + 1
        )
        return _Echo(not denied, done)
    return None


def stems(question: str) -> list[str]:
    """Return the verb the question asks about, as written: 解决 of 问题解决了吗."""
    found = []
    for sentence in re.split(r"[，。！？,!?；、]", question):
        ending = re.search(r"([\u3400-\u9fff]{2,})(?:了|过)?(?:吗|没有|没)$", sentence)
        if ending:
            found.append(re.sub("[了过]$", "", ending.group(1))[-2:])
        found += re.findall(r"([\u3400-\u9fff])过", sentence)
    return found


@lru_cache(maxsize=512)
def predicates(question: str) -> tuple[tuple[str, ...], ...]:
    """Return the sounds of what the question asks about: the two or three syllables before
    了吗, 过吗, 吗, and each verb with 过 (用过)."""
    found: list[tuple[str, ...]] = []
    for sentence in re.split(r"[，。！？,!?；、]", question):
        ending = re.search(r"([\u3400-\u9fff]+?)(?:了|过)?(?:吗|没有|没)$", sentence)
        if ending:
            stem = ending.group(1)
            found += [sounds(stem[-size:]) for size in (3, 2) if len(stem) >= size]
        found += [sounds(each) for each in re.findall(r"[\u3400-\u9fff]过", sentence)]
    return tuple(found)
