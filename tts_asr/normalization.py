"""Text as it is spoken: numbers, dates, amounts and telephone numbers in characters.

`wetext` reads most of it right. What it reads wrong (landlines, identity and tax numbers, amounts
with separators, long rows of digits) is turned into characters before it sees the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import cn2an
from wetext import Normalizer

_DIGITS = "零一二三四五六七八九"
_SPOKEN_ONE = "幺"
_NOT_IN_NUMBER = r"(?<![\d.A-Za-z])"

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def speakable(text: str) -> str:
    """The text as it is spoken: no digit, currency or percent sign is left.

    Telephone numbers, identity numbers, tax numbers and hotlines are read digit by digit with
    幺 for 1; Latin letters stay for the voice to spell. Idempotent.
    """
    plain = _half_width(text)
    for pattern, read in _RULES:
        plain = pattern.sub(read, plain)
    if re.search(r"[0-9%℃$¥€£]", plain):
        plain = _wetext().normalize(plain)
    # Whatever is left is read digit by digit rather than lost.
    return re.sub(r"\d+", lambda match: digits(match[0]), plain)


def simplified(text: str) -> str:
    """Spoken text in simplified characters."""
    return str(_simplifier().normalize(text))


def digits(text: str, one: str = _SPOKEN_ONE) -> str:
    """Each digit by itself: 12366 → 幺二三六六; letters stay, everything else is left out."""
    return "".join(
        one if c == "1" else _DIGITS[int(c)] if c in "0123456789" else c
        for c in text
        if c.isalnum() and c.isascii()
    )


def _half_width(text: str) -> str:
    """Full-width digits, letters and signs as plain ones; Chinese punctuation stays."""
    return "".join(
        unicodedata.normalize("NFKC", c) if c.isalnum() or c in "％￥．－～＋" else c for c in text
    )


def _telephone(match: re.Match[str]) -> str:
    """Read in the groups it is written in, with a short pause between them."""
    groups = re.findall(r"\d+", match[0])
    return "，".join(digits(group) for group in groups)


def _mobile(match: re.Match[str]) -> str:
    """In one breath, without the country's code."""
    return digits(match[1])


def _named_number(match: re.Match[str]) -> str:
    return match[1] + digits(match[2])


def _as_is(match: re.Match[str]) -> str:
    return digits(match[0])


def _year(match: re.Match[str]) -> str:
    return digits(match[1], one="一")


def _amount(match: re.Match[str]) -> str:
    return _cardinal(match[1]) + "元"


def _separated(match: re.Match[str]) -> str:
    return _cardinal(match[0])


def _cardinal(number: str) -> str:
    plain = number.replace(",", "")
    whole, _, fraction = plain.partition(".")
    spoken = str(cn2an.an2cn(str(int(whole)), "low"))
    return spoken + ("点" + digits(fraction, one="一") if fraction.strip("0") else "")


def _two(match: re.Match[str]) -> str:
    return "两" + match[1]


def _ordinal(match: re.Match[str]) -> str:
    return "第" + str(cn2an.an2cn(str(int(match[1])), "low"))


def _number_of_document(match: re.Match[str]) -> str:
    return f"，{digits(match[1], one='一')}年，{cn2an.an2cn(match[2], 'low')}号"


_MEASURES = "个|位|次|天|年|分钟|小时|秒|遍|项|份|张|家|笔|条|件|句|种|名|周|套|户"

_RULES: tuple[_Rule, ...] = (
    # Identity number (GB 11643): 17 digits and a digit or X.
    (re.compile(rf"{_NOT_IN_NUMBER}\d{{17}}[\dXx](?![0-9A-Za-z])"), _as_is),
    # Unified social credit code / taxpayer number (GB 32100): 15, 18 or 20 digits and capitals.
    (re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Z]*\d{6})[0-9A-Z]{15,20}(?![0-9A-Za-z])"), _as_is),
    # Landline, with or without its area code's brackets; 400 and 800 numbers.
    (
        re.compile(r"(?<!\d)[（(]?0\d{2,3}[）)]?[-— ]?[1-9]\d{6,7}(?:[-— ]\d{1,5})?(?!\d)"),
        _telephone,
    ),
    (re.compile(r"(?<!\d)[48]00(?:[-— ]?\d{3}[-— ]?\d{4}|[-— ]\d{4}[-— ]\d{3})(?!\d)"), _telephone),
    # Mobile number.
    (re.compile(r"(?<![\d.])(?:\+86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?![\d.]*\d)"), _mobile),
    # Public hotlines: 12366, 12345, 10086, 95588, 110.
    (
        re.compile(
            r"(?<![\d.,¥$-])(?:12[0-9]{3}|100(?!00)\d{2}|95\d{3}|11[0249]|12[02])(?![\d.,%元万亿年月日号个分人户])"
        ),
        _as_is,
    ),
    # 《…》（2026）3号
    (re.compile(r"[（〔\[]((?:19|20)\d{2})[）〕\]](\d+)号"), _number_of_document),
    (re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年)"), _year),
    # Amounts with a currency sign or thousands separators.
    (re.compile(r"[¥￥]\s?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)元?"), _amount),
    (re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])"), _separated),
    (re.compile(r"第\s?(\d+)"), _ordinal),
    # 2 before a measure word is 两.
    (re.compile(rf"(?<![\d.\-~至到/:])2(?=(?:多|来|几)?(?:{_MEASURES}))()"), _two),
    # Order, account and registration numbers: too long for a quantity.
    (re.compile(r"(?<![\d.,])\d{7,}(?![\d.,]*\d|[元万亿])"), _as_is),
    # What a number is called says that it is no quantity.
    (
        re.compile(
            r"((?:验证码|号码|编号|工号|单号|账号|密码|电话|热线)(?:[是为：:])?\s?)(\d{3,})(?![\d.]*\d)"
        ),
        _named_number,
    ),
)


@cache
def _wetext() -> Normalizer:
    return Normalizer(lang="zh", operator="tn")


@cache
def _simplifier() -> Normalizer:
    return Normalizer(lang="zh", operator="tn", traditional_to_simple=True)
