"""Conditions of questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import InvalidInput
from campaigns.questionnaire.condition import evaluate, names, value_of


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
        ("count(business) == 2", {"business": ["filing", "invoice"]}, True),
        ("min(rate) <= 4 and max(rate) == 9", {"rate": [4, 9]}, True),
        ("sum(a, b) == 3", {"a": 1, "b": "2"}, True),
        ("mean(rate) > 6", {"rate": [6, 7]}, True),
        ("mean(rate) > 6", {"rate": []}, False),
        ("choose(used, 1, score) == 1", {"used": True}, True),
        ("choose(used, 1, score) == 1", {"used": False}, False),
        ("7 % 4 == 3", {}, True),
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


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("round(a / 3, 1)", 3.3), ("a + 0.2", 10.2), ("a / 2", 5), ("a * 1e308 * 10", None),
        ("a / 0", None), ("b", None), ("choose(a > 5, '高', '低')", "高"), ("a > 5", True),
    ],
)  # fmt: skip
def test_values(expression: str, value: object) -> None:
    assert value_of(expression, {"a": 10}) == value


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
        "choose(a, b)",
        "count()",
        "round(a, b, c)",
        "min(*a)",
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
