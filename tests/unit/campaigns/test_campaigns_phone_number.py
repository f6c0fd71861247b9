from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.log import mask_numbers
from campaigns.phone_number import BadNumber, mask, mask_all, normalise


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("13800138000", "8613800138000"),
        ("138 0013 8000", "8613800138000"),
        ("138-0013-8000", "8613800138000"),
        ("+86 138 0013 8000", "8613800138000"),
        ("008613800138000", "8613800138000"),
        ("１３８００１３８０００", "8613800138000"),
        ("0771-5552366", "867715552366"),
        ("(0771) 555 2366", "867715552366"),
        ("+86 771 555 2366", "867715552366"),
        ("010-62345678", "861062345678"),
    ],
)
def test_normalises_what_people_write(written: str, dialled: str) -> None:
    assert normalise(written) == dialled


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "missing"),
        ("12366", "short numbers"),
        ("110", "short numbers"),
        ("5552366", "area code"),
        ("1380013800", "check the digits"),
        ("138001380001", "check the digits"),
        ("0771-5552366转801", "extension"),
        ("张三", "not a phone number"),
        ("+1 650 253 0000", "outside"),
        ("1380013800a", "not a phone number"),
    ],
)
def test_says_why_a_number_is_refused(written: str, why: str) -> None:
    with pytest.raises(BadNumber, match=why):
        normalise(written)


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = normalise(text)
    except BadNumber:
        return
    assert number.startswith("86")
    assert number.isascii()
    assert number.isdigit()
    assert normalise(f"+{number}") == number


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("8613800138000", "138****8000"),
        ("13800138000", "138****8000"),
        ("867715552366", "0771****2366"),
        ("861062345678", "010****5678"),
        ("12366", "12366"),
    ],
)
def test_masks(number: str, shown: str) -> None:
    assert mask(number) == shown


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_no_mobile_survives_in_a_log_entry(number: str) -> None:
    entry = mask_numbers(
        None, "info", {"event": f"call to {number} ended", "deep": {"list": [f"sip:{number}@h"]}}
    )
    assert number not in str(entry)


@pytest.mark.parametrize(
    "text",
    [
        "attempt 6f1c2a34-9a51-4d0a-8a4e-138001380001",
        "2026-11-23T20:30:00.123456Z",
        "took 1234567890 ns",
        "port 5060",
    ],
)
def test_leaves_other_digits_alone(text: str) -> None:
    assert mask_all(text) == text
