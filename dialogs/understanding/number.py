"""Numbers said any way: 八分, 两百五, 一点五, 幺二三; 七八成 and 好几次 are no number."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cn2an

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.understanding.lexicon import words
from dialogs.understanding.pinyin import fold, position, sounds
from dialogs.understanding.tone import FOUR, IS, JUST
from dialogs.understanding.understood import Understood

# Exact syllables: si (四) and shi (十) sound alike to many and must not be folded here.
_DIGITS = {
    **{"ling": "零", "yi": "一", "yao": "一", "er": "二", "liang": "两", "san": "三", "si": "四"},
    **{"wu": "五", "liu": "六", "qi": "七", "ba": "八", "jiu": "九", "shi": "十", "bai": "百"},
    **{"qian": "千", "wan": "万", "dian": "点", "niu": "六", "shan": "三", "lin": "零", FOUR: "四"},
}
_UNITS = {fold(each): "U" for each in words("fen ci hui tang xing")} | {
    fold(each): "u" for each in words("ge tian ren jia kuai yuan nian jian hao ke")
}
_FILLERS = frozenset((IS, JUST)) | frozenset(
    fold(each)
    for each in words(
        "n a o e na jiu wo jue de gei da ta shuo dao you keyi ke dui le la ne ya zuo zai "
        "zui duo gai yue xuan ni men yi deng lu ding zhi shao cai dou que ma hai chang yong guo"
    )
)
_PARTICLES = frozenset(map(fold, words("n a o ba le la ne ya de zuo you shang xia")))
"""What may follow a number: 八吧, 八个左右."""
_MISHEARD_BA = frozenset({"ban", "bai", "pai", "pa", "wa", "bang"})
"""What the recogniser makes of a weak 吧 behind a unit (八分版)."""
_VAGUE = frozenset({"ji", "lai", "duo", "ceng"})
_ASIDES = tuple(
    tuple(each.split())
    for each in (
        "yi ge yue",
        "mei ge yue",
        "cha bu duo",
        "ge yue",
        "yi nian",
        "yi zhou",
        "ping jun",
    )
)
_MAYBE_A_DIGIT = frozenset({"xi", "you", "zi", "sa"})
"""七, 九, 四, 三 misheard: with a numeral behind it the number may be vague (七八分)."""
_ONES = "一二两三四五六七八九"
_NUMBER = rf"(?P<number>[零十{_ONES}][零十百千万{_ONES}]*(?:点[零{_ONES}]+)?)"
_WITH_UNIT = re.compile(_NUMBER + r"U[fp]*x?$")
"""A weak 吧 at the end is heard as anything."""
_ALONE = re.compile(r"^[fp]*" + _NUMBER + r"u?p*$")
_ANY_WITH_UNIT = re.compile(rf"[零十百千万{_ONES}]U")
_APPROXIMATE = re.compile(rf"(?<![零点{_ONES}])[{_ONES}]{{2}}(?![{_ONES}])")
_VAGUE_WITH_UNIT = re.compile(rf"(?<![零点{_ONES}])[{_ONES}]{{2}}[Uu十百]")
_ZERO_FIRST = re.compile(rf"(?<![{_ONES}十百千万点])零[{_ONES}十]")
"""零三 is no number anybody answers with; 零分 is often heard so."""
_ALL_POINTS = sounds("满分")
_NEVER = re.compile(
    r"^(?:(?:n|wo|yi ci|ye|dou|ji ben|cong lai|hai) )*(?:mei you|mei|bu(?= deng| zen| chang))"
    r"(?: (?:le|ba|a|guo|yong|zen me|chang|deng lu|yong guo|deng lu guo))*$"
)
_AWHILE = re.compile(r"\byi hui\b|\bdi (?:yi|er|san) ci\b")
"""一会儿 counts nothing."""
_NUMERALS = "|".join(sorted(_DIGITS, key=len, reverse=True))
_PERCENT = re.compile(rf"\bbai fen zhi (?P<number>(?:{_NUMERALS})(?: (?:{_NUMERALS}))*)")
_TENTHS = re.compile(
    rf"^(?:(?:n|da gai|you|jiu) )*(?P<number>{_NUMERALS}) cheng(?: (?:ba|a|zuo you))*$"
)
_LONGEST_BEFORE = 10


def number_said(syllables: Sequence[str]) -> Understood | None:
    """Return the one number of a short remark, int where it is whole; None when unsure.

    A number counts when a unit follows it and ends the remark (我觉得八分吧) or when nothing but
    fillers stand beside it.
    """
    if percent := _percent(syllables):
        return percent
    kept = _without_asides(syllables)
    shape = _shape(kept)
    if "v" in shape or _APPROXIMATE.search(shape) or _ZERO_FIRST.search(shape):
        return None
    with_unit = _WITH_UNIT.search(shape)
    if with_unit and with_unit.start() <= _LONGEST_BEFORE:
        if len(_ANY_WITH_UNIT.findall(shape)) > 1:
            return None
        before = kept[with_unit.start() - 1] if with_unit.start() else ""
        if kept[-1] == "zhong":  # 九分钟
            return None
        return _value(with_unit["number"], 0.5 if before in _MAYBE_A_DIGIT else 0.9)
    alone = _ALONE.match(shape)
    if alone is None:
        return None
    if alone["number"] != "十":
        # 次 sounds like 四: 五十次 may have been heard as 五十四.
        sure = 0.5 if re.search("[十百]四$", alone["number"]) else 0.85
        return _value(alone["number"], sure)
    # 是 sounds like 十: 是的 is no number, 是 alone is to be read back.
    return None if {"de", "a", "ma"} & set(syllables) else _value("十", 0.5)


def says_no_answer(question: Question, syllables: Sequence[str]) -> bool:
    """Return whether a number was said that is no answer: a vague one (七八分, 好几次) or one out
    of the question's range."""
    shape = _shape(_without_asides(syllables))
    if _VAGUE_WITH_UNIT.search(shape) or ("v" in shape and re.search(f"[{_ONES}]", shape)):
        return True
    said = number_said(syllables)
    return said is not None and not _in_range(question, said.value)


def _percent(syllables: Sequence[str]) -> Understood | None:
    """Return what 百分之八十 and 八成 say: 80."""
    spoken = " ".join(syllables)
    if match := _PERCENT.search(spoken):
        numeral = "".join(_DIGITS[each] for each in match["number"].split())
        return _value(numeral, 0.85)
    tenths = _TENTHS.match(spoken)
    if tenths is None:
        return None
    return _value(_DIGITS[tenths["number"]] + "十", 0.85)


def understand_number(
    question: Question, syllables: Sequence[str], *, toned: bool = False
) -> Understood | None:
    """Return the number said if it is in the question's range; ratings are whole. `toned`:
    whether the tones were known (see `tone.told_apart`)."""
    if question.type is QuestionType.RATING and "yao" in syllables:  # 幺 is said in long numbers
        syllables = ["x" if each == "yao" else each for each in syllables]
    if question.type is QuestionType.RATING and _AWHILE.search(" ".join(syllables)):
        return None
    if question.type is QuestionType.RATING and _is_all_points(question, syllables):
        return Understood(int(question.maximum or 0), 0.8)
    if never := _none_at_all(question, syllables):
        return never
    said = number_said(syllables)
    out_of_range = said is None or not _in_range(question, said.value)
    if out_of_range and (rest := _without_just(syllables)):
        return understand_number(question, rest, toned=toned)
    if said is None:
        return None
    value = said.value
    unsure_shi = "shi" in syllables and not toned
    if not _in_range(question, value) and 10 < value < 20 and unsure_shi:
        said = Understood(value - 10, 0.5)  # 是五, not 十五
        value = said.value
    if not _in_range(question, value):
        return None
    if question.type is QuestionType.RATING and not isinstance(value, int):
        return None
    if value == 4 and "si" in syllables and _in_range(question, 10):
        return Understood(value, 0.5)  # southern speakers say si for ten as well
    return said


def _without_just(syllables: Sequence[str]) -> tuple[str, ...]:
    """Return what follows a 就 that sounded like a nine (那就七分), () where there is none."""
    at = next((at for at, each in enumerate(syllables) if each in _DIGITS), len(syllables))
    follows = syllables[at + 1 : at + 2]
    is_just = tuple(syllables[at : at + 1]) == ("jiu",) and bool(follows) and follows[0] in _DIGITS
    return tuple(syllables[at + 1 :]) if is_just else ()


def _in_range(question: Question, value: float) -> bool:
    if question.minimum is not None and value < question.minimum:
        return False
    return question.maximum is None or value <= question.maximum


def _is_all_points(question: Question, syllables: Sequence[str]) -> bool:
    heard = tuple(map(fold, syllables))
    return (
        question.maximum is not None
        and len(heard) <= _LONGEST_BEFORE
        and position(_ALL_POINTS, heard) >= 0
        and not {"bu", "mei"} & set(heard)
    )


def _none_at_all(question: Question, syllables: Sequence[str]) -> Understood | None:
    counted = question.type is QuestionType.NUMBER and _in_range(question, 0)
    if counted and _NEVER.match(" ".join(syllables)):
        return Understood(0, 0.8)
    return None


def _without_asides(syllables: Sequence[str]) -> tuple[str, ...]:
    heard = tuple(syllables)
    for aside in _ASIDES:
        at = position(aside, heard)
        if at >= 0 and len(heard) > len(aside):
            heard = heard[:at] + heard[at + len(aside) :]
    return heard


def _shape(syllables: Sequence[str]) -> str:
    """Return one sign a syllable: a numeral, U/u a unit, f a filler, p one that may also follow,
    v vague, x anything."""
    signs = [_sign(each) for each in syllables]
    if len(signs) > 1 and syllables[-1] == "ba" and signs[-2] not in {"x", "f"}:
        signs[-1] = "p"
    if len(signs) > 1 and signs[-2] == "U" and syllables[-1] in _MISHEARD_BA:
        signs[-1] = "p"
    return "".join(signs)


def _sign(syllable: str) -> str:
    if syllable in _DIGITS:
        return _DIGITS[syllable]
    folded = fold(syllable)
    if folded in _VAGUE:
        return "v"
    if folded in _UNITS:
        return _UNITS[folded]
    return "p" if folded in _PARTICLES else "f" if folded in _FILLERS else "x"


def _value(numeral: str, confidence: float) -> Understood | None:
    try:
        value = float(cn2an.cn2an(numeral, "smart"))
    except (ValueError, KeyError):  # KeyError: the library's own, for 十十一
        return None
    return Understood(int(value) if value.is_integer() else value, confidence)
