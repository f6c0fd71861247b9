"""Checks of scripts: what they find, and that good scripts pass."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from campaigns.questionnaire.file import parse
from dialogs.script_check import Finding, Severity, check_script, reach
from dialogs.script_check.length import seconds_of

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))
HEAD = """\
format: outbound-questionnaire/2
id: checked
title: 检查
kind: questionnaire
opening: 本通话由人工智能合成语音播报，通话将被录音。
identity: 我是智能语音助手。
closing: 再见。
questions:
"""


def found(questions: str) -> tuple[Finding, ...]:
    return check_script(parse(HEAD + questions))


def only(questions: str) -> Finding:
    (finding,) = found(questions)
    return finding


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_have_no_errors(path: Path) -> None:
    findings = check_script(parse(path.read_text("utf-8")))
    assert not [each for each in findings if each.severity is Severity.ERROR]


def test_a_question_nobody_reaches() -> None:
    finding = only("""\
  - {id: grade, type: satisfaction, text: 您满意吗？}
  - {id: never, type: text, when: grade > 3 and grade < 3, text: 为什么？}
""")
    assert finding.severity is Severity.ERROR
    assert finding.place == "question never"


def test_a_rare_branch_is_reached() -> None:
    assert not found("""\
  - {id: amount, type: number, min: 0, text: 多少元？}
  - {id: rare, type: text, when: amount == 73519, text: 为什么？}
  - {id: local, type: text, when: 区域 == '青秀区', text: 青秀区怎么样？}
""")


def test_an_end_that_always_comes() -> None:
    findings = found("""\
  - {id: a, type: yes_no, text: 好吗？, end_when: answered(a) or not answered(a)}
  - {id: b, type: yes_no, text: 真的吗？}
""")
    assert [(each.severity, each.place) for each in findings] == [
        (Severity.ERROR, "question b"),
        (Severity.WARNING, "question a"),
    ]


def test_a_constraint_nothing_meets_and_a_choice_of_nothing() -> None:
    findings = found("""\
  - {id: n, type: rating, min: 1, max: 5, text: 几分？, constraint: value > 5}
  - id: city
    type: single_choice
    text: 南宁还是桂林？
    options: [{value: nn, label: 南宁}, {value: gl, label: 桂林}]
  - id: office
    type: single_choice
    text: 青秀大厅还是西乡塘大厅？
    options:
      - {value: a, label: 青秀大厅, when: city == 'nn'}
      - {value: b, label: 西乡塘大厅, when: city == 'nn'}
""")
    assert {each.place for each in findings if "dead end" in each.message} == {
        "question n",
        "question office",
    }


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        ("税务局", "水务局", Severity.ERROR),
        ("申报", "深报", Severity.ERROR),
        ("南宁大厅", "难宁大厅", Severity.ERROR),
        ("办税大厅", "盘税大厅", Severity.WARNING),
        ("网页", "手机", None),
    ],
)
def test_options_that_sound_alike(one: str, other: str, severity: Severity | None) -> None:
    findings = found(f"""\
  - id: which
    type: single_choice
    text: 是{one}还是{other}？
    options: [{{value: a, label: {one}}}, {{value: b, label: {other}}}]
""")
    assert [each.severity for each in findings] == ([severity] if severity else [])


def test_options_no_key_reaches_and_options_nobody_is_told_of() -> None:
    labels = "甲乙丙丁戊己庚辛壬癸"
    options = ", ".join(f"{{value: v{at}, label: 第{each}项}}" for at, each in enumerate(labels))
    findings = found(f"""\
  - id: which
    type: single_choice
    text: 是哪一项？
    options: [{options}]
""")
    messages = " ".join(each.message for each in findings)
    assert "第癸项 cannot be keyed" in messages
    assert "names none of the options" in messages


def test_a_question_to_us_that_sounds_like_an_answer() -> None:
    (finding,) = check_script(
        parse(
            HEAD.replace(
                "questions:\n", "faq: [{questions: [发票], answer: 在网上开。}]\nquestions:\n"
            )
            + """\
  - id: what
    type: single_choice
    text: 发票还是社保？
    options: [{value: a, label: 发票}, {value: b, label: 社保}]
"""
        )
    )
    assert (finding.severity, finding.place) == (Severity.ERROR, "faq 发票")


def test_names_and_values_nobody_knows() -> None:
    findings = found("""\
  - id: channel
    type: single_choice
    text: 网页还是手机？
    options: [{value: web, label: 网页}, {value: app, label: 手机}]
  - {id: satisfaction, type: satisfaction, when: chanel == 'web', text: 满意吗？}
  - {id: why, type: text, when: "channel in ['wbe'] or satisfaction <= 2", text: 为什么？}
""")
    assert [(each.severity, each.place) for each in findings] == [
        (Severity.ERROR, "`when` of question why"),
        (Severity.WARNING, "`when` of question satisfaction"),
    ]
    assert "did you mean 'web'?" in findings[0].message
    assert "did you mean channel?" in findings[1].message


def test_what_takes_too_long_to_say() -> None:
    finding = only(f"  - {{id: a, type: yes_no, text: {'很长的话' * 25}吗？}}\n")
    assert finding.place == "text of question a"
    assert finding.message.startswith("takes about 26 s")


def test_many_notes_in_a_row_and_a_loop_that_goes_on() -> None:
    notes = "".join(
        f"  - {{id: n{number}, type: note, text: {'说明' * 35}。}}\n" for number in range(3)
    )
    assert (
        "before the person is asked"
        in only(notes + "  - {id: a, type: yes_no, text: 好吗？}\n").message
    )
    finding = only("""\
  - group: rounds
    for_each: 企业
    most: 20
    questions:
      - {id: open, type: yes_no, text: "{item}还在经营吗？"}
""")
    assert "20 questions" in finding.message


def test_a_large_file_is_checked_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_MOST_S", 0.2)
    many = "".join(f"  - {{id: q{at}, type: yes_no, text: 好吗？}}\n" for at in range(400))
    began = time.monotonic()
    findings = found(many)
    assert time.monotonic() - began < 5
    assert not [each for each in findings if each.severity is Severity.ERROR]


def test_seconds() -> None:
    assert seconds_of("一二三四五六七八") == 2.0
    assert seconds_of("请{name}说，AI好") == pytest.approx(8 / 4 + 0.25)
    assert seconds_of("有{options}", ["甲乙", "丙丁"]) == pytest.approx(5 / 4 + 0.25)
