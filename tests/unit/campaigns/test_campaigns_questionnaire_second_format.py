"""Format 2 of the questionnaire file: what it refuses, and where."""

import pytest

from campaigns.errors import InvalidInput
from campaigns.questionnaire.attributes import needed_attributes
from campaigns.questionnaire.file import from_document, parse, to_document

GOOD = """\
format: outbound-questionnaire/2
id: second
title: 第二版
kind: questionnaire
opening: 本通话由人工智能合成语音播报，通话将被录音。
identity: 我是智能语音助手。
closing: 再见。
compute:
  total: first + age_bonus
  high: total > 10
quotas:
  - id: young
    when: high
    limit: 5
faq:
  - questions: [几号截止]
    answer: 十五号。
questions:
  - id: first
    type: number
    text: 第一题？
    constraint: value >= 1
    constraint_message: 至少是一。
    end_when: first == 99
    end_text: 谢谢{first}。
  - id: picks
    type: multiple_choice
    text: 您选哪些？{options}
    order: random
    min: 1
    max: 2
    options:
      - {value: a, label: 甲项, when: high}
      - {value: b, label: 乙项}
      - {value: z, label: 其他, last: true}
  - group: rounds
    for_each: picks
    most: 2
    when: answered(first)
    questions:
      - id: rate
        type: rating
        min: 1
        max: 5
        text: 给{item}打几分？
  - group: half
    pick: 1
    order: random
    questions:
      - id: left
        type: yes_no
        text: 左？
      - id: right
        type: yes_no
        text: 右？
"""


def problems_of(text: str) -> dict[int | None, str]:
    with pytest.raises(InvalidInput) as caught:
        parse(text)
    return {problem.line: problem.message for problem in caught.value.problems}


def test_survives_the_way_to_data_and_back() -> None:
    questionnaire = parse(GOOD)
    document = to_document(questionnaire)
    assert document["format"] == "outbound-questionnaire/2"
    assert from_document(document) == questionnaire
    assert needed_attributes(questionnaire) == {"age_bonus": "`total` of compute"}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("questionnaire/2", "questionnaire/1", 8, "unknown key compute"),
        ("  total: first", "  total: high or first", 9, "high is not answered yet"),
        ("  total: first + age_bonus", "  first: age_bonus", 9, "is a question's id"),
        ("when: high\n    limit", "when: high and and\n    limit", 13, "cannot be read"),
        ("    limit: 5\n", "", 12, "limit is missing"),
        ("limit: 5", "limit: -1", 14, "whole number"),
        ("[几号截止]", "[]", 16, "questions are missing"),
        ("constraint: value >= 1", "constraint: value >= picks", 22, "picks is not answered yet"),
        ("    end_when: first == 99\n", "", 24, "end_when is missing"),
        ("    constraint: value >= 1\n", "", 22, "has no constraint"),
        ("end_when: first == 99", "end_when: rate == 9", 24, "rate is not answered yet"),
        ("min: 1\n    max: 2", "min: 3\n    max: 2", 30, "must be less than max"),
        ("when: high}", "when: rate > 1}", 33, "rate is not answered yet"),
        ("for_each: picks", "for_each: first", 37, "no choice"),
        ("for_each: picks", "for_each: left", 37, "left is not answered yet"),
        ("most: 2", "most: 21", 38, "from 1 to 20"),
        ("pick: 1", "pick: 3", 47, "from 1 to 2"),
        ("order: random\n    questions", "order: mixed\n    questions", 48, "is not known"),
        ("text: 右？", "text: 右？\n        when: left", 56, "left is not answered yet"),
        ("id: right", "id: rounds", 53, "used by an earlier question"),
        ("group: half", "group: first", 46, "used by an earlier question"),
        ("group: half", "group: half\n    color: red", 47, "unknown key color"),
        ("type: yes_no\n        text: 左", "type: yes_no\n        order: random\n        text: 左",
         52, "order belongs to choices"),
    ],
)  # fmt: skip
def test_names_the_line_and_the_mistake(old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    assert message in problems_of(GOOD.replace(old, new)).get(line, "nothing there")


def test_a_loop_within_a_loop_is_refused() -> None:
    inner = (
        "      - group: inner\n        for_each: picks\n        questions:\n"
        "          - {id: deep, type: yes_no, text: 深？}\n  - group: half"
    )
    assert "loop within a loop" in " ".join(
        problems_of(GOOD.replace("  - group: half", inner)).values()
    )


def test_a_computed_value_of_a_later_answer_is_not_known_yet() -> None:
    text = GOOD.replace("  high: total > 10", "  high: total > 10\n  later: rate > 1").replace(
        "    text: 第一题？", "    text: 第一题？\n    when: later"
    )
    assert "later is not answered yet" in problems_of(text)[23]
