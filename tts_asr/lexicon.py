"""Which characters a row of syllables stands for in what people say to the hotline."""

from __future__ import annotations

from pathlib import Path

_DIGITS = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
_UNITS = ("分", "点", "次", "个", "月", "号")
_ANSWERS = (
    "是",
    "对",
    "好",
    "行",
    "有",
    "忙",
    "嗯",
    "喂",
    "啊",
    "哦",
    "能",
    "会",
    "要",
    "用",
    "差",
)

ALONE: tuple[str, ...] = (*_DIGITS, *_ANSWERS)
"""Characters meant when one syllable is all that was said."""


def phrases() -> tuple[str, ...]:
    """The phrases of `phrases.txt`, then counted things (八分, 三点); the first of those that
    sound alike is meant."""
    text = Path(__file__).with_name("phrases.txt").read_text(encoding="utf-8")
    written = (
        phrase for line in text.splitlines() if not line.startswith("#") for phrase in line.split()
    )
    return (*written, *(digit + unit for unit in _UNITS for digit in _DIGITS))
