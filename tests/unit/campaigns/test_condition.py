"""Conditions of questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import InvalidInput
from campaigns.questionnaire.condition import evaluate, names


@pytest.mark.parametrize(
    ("expression", "values", "holds"),
    [
        ("satisfaction <= 2", {"satisfaction": 2}, True),
        ("satisfaction <= 2", {"satisfaction": 3}, False),
        ("used", {"used": True}, True),
        ("not used", {"used": False}, True),
        ("channel == 'web' and used", {"used": True, "channel": "web"}, True),
        ("channel in ['web', 'app']", {"channel": "agent"}, False),
        ("'filing' in business", {"business": ["filing", "invoice"]}, True),
        ("区域 == '青秀区'", {"区域": "青秀区"}, True),
        ("amount > 1000", {"amount": "2500.5"}, True),
        ("amount > 1000", {"amount": "不详"}, False),
        ("1 < score < 5", {"score": 3}, True),
        ("answered(score)", {"score": 0}, True),
        ("answered(score)", {"score": None}, False),
        ("not answered(score)", {}, True),
    ],
)
def test_holds(expression: str, values: dict[str, object], holds: bool) -> None:
    assert evaluate(expression, values) is holds


def test_unanswered_is_unknown_not_false() -> None:
    assert not evaluate("satisfaction <= 2", {"satisfaction": None})
    assert not evaluate("not used", {})
    assert evaluate("used or satisfaction <= 2", {"satisfaction": 1})
    assert not evaluate("used and satisfaction <= 2", {"satisfaction": 1})
    assert evaluate("not (used and satisfaction <= 2)", {"satisfaction": 4})


def test_names() -> None:
    assert names("a <= 2 and (b or answered(c)) and 区域 == 'x'") == {"a", "b", "c", "区域"}


@pytest.mark.parametrize(
    "expression",
    [
        "satisfaction <=",
        "",
        "__import__('os')",
        "a.b",
        "a[0]",
        "answered('a')",
        "answered(a, b)",
        "len(a)",
        "lambda: 1",
        "[x for x in y]",
        "2 ** 999999",
        "1 << 99",
        "a if b else c",
        "x" * 501,
        "a := 1",
        "f'{a}'",
    ],
)
def test_refuses(expression: str) -> None:
    with pytest.raises(InvalidInput):
        names(expression)
    with pytest.raises(InvalidInput):
        evaluate(expression, {"a": 1})


@given(st.text(max_size=60))
def test_any_text_is_judged_or_refused(text: str) -> None:
    try:
        held: object = evaluate(text, {"a": 1})
    except InvalidInput as error:
        held = error.code == "invalid_input"
    assert isinstance(held, bool)
