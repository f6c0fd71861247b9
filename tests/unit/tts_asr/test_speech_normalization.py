"""Numbers, dates and telephone numbers are read as people say them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_asr.normalization import digits, simplified, speakable


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("您好王女士，请拨打12366。", "您好王女士，请拨打幺二三六六。"),
        ("拨打12366或12345", "拨打幺二三六六或幺二三四五"),
        ("请拨打0771-5552366咨询", "请拨打零七七幺，五五五二三六六咨询"),
        ("(0771)5552366", "零七七幺，五五五二三六六"),
        ("020-12345678", "零二零，幺二三四五六七八"),
        ("400-800-1234", "四零零，八零零，幺二三四"),
        ("13878881234", "幺三八七八八八幺二三四"),
        ("+86 138-7888-1234", "幺三八七八八八幺二三四"),
        ("450103199001011234", "四五零幺零三幺九九零零幺零幺幺二三四"),
        ("45010319900101123X", "四五零幺零三幺九九零零幺零幺幺二三X"),
        ("91450100MA5KXYZ12A", "九幺四五零幺零零MA五KXYZ幺二A"),
        ("￥1,234.50", "一千二百三十四点五零元"),
        ("￥1,234.50元", "一千二百三十四点五零元"),
        ("¥300", "三百元"),
        ("1,234,567元", "一百二十三万四千五百六十七元"),
        ("12345.67元", "一万二千三百四十五点六七元"),
        ("1.5万元", "一点五万元"),
        ("13%", "百分之十三"),
        ("截至2026年11月23日", "截至二零二六年十一月二十三日"),
        ("2026-11-23", "二零二六年十一月二十三日"),
        ("第2季度", "第二季度"),
        ("大约2分钟", "大约两分钟"),
        ("12年", "十二年"),
        ("0到10分", "零到十分"),
        ("非常满意请按5，不满意请按1", "非常满意请按五，不满意请按一"),
        ("您的验证码是123456", "您的验证码是幺二三四五六"),
        ("《通知》（2026）3号", "《通知》，二零二六年，三号"),
        ("３６５天", "三百六十五天"),
        ("10000", "一万"),
        ("请问您满意吗？", "请问您满意吗？"),
        ("", ""),
    ],
)
def test_reads(written: str, spoken: str) -> None:
    assert speakable(written) == spoken


_PIECES = st.sampled_from(
    ["您好", "，", "。", "12366", "元", "年", "月", "2026年", "¥", "%", "0771-", "5552366", "3.5",
     "1,000", "138", "第", "2", "个", "AI", " ", "-", "/", ":", "？"]
)  # fmt: skip


@settings(deadline=None)  # the first example loads the grammar
@given(st.lists(_PIECES, max_size=8).map("".join))
def test_no_digit_is_left_and_speaking_twice_changes_nothing(text: str) -> None:
    spoken = speakable(text)
    assert not re.search(r"\d", spoken)
    assert speakable(spoken) == spoken


@given(st.text(alphabet="一二三满意不是的，。！？、", max_size=30))
def test_chinese_text_stays_as_it_is(text: str) -> None:
    assert speakable(text) == text


def test_digits_one_by_one() -> None:
    assert digits("110") == "幺幺零"
    assert digits("1-1", one="一") == "一一"


def test_traditional_becomes_simplified() -> None:
    assert simplified("沒有解決，滿意") == "没有解决，满意"
