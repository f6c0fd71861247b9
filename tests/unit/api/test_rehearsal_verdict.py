"""The verdict on a rehearsal: right results pass, and each kind of mistake is found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.rehearsal.callee_journal import CalleeLine, Said, read_journal
from api.rehearsal.verdict import EXPECTED, CallResult, judge, means_the_same
from campaigns.questionnaire.model import QuestionType
from dialer.rehearsal.personas import PERSONAS

TYPES = {"solved": QuestionType.YES_NO, "reason": QuestionType.TEXT}
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CALLEE = CalleeLine(
    "138****8002",
    "dissatisfied",
    AT,
    True,
    {"solved": Said("没有", False), "reason": Said("等待时间太长了", "等待时间太长了")},
)
RIGHT = CallResult("138****8002", "completed", {"solved": False, "reason": "等待时间太常了"})


def test_a_right_rehearsal_has_no_findings() -> None:
    assert judge([RIGHT], [CALLEE], TYPES) == ()


@pytest.mark.parametrize(
    ("results", "callees", "message"),
    [
        ([replace(RIGHT, disposition="no_answer")], [CALLEE], "no_answer, expected completed"),
        ([replace(RIGHT, answers={**RIGHT.answers, "solved": True})], [CALLEE], "recorded True"),
        ([replace(RIGHT, answers={"solved": False})], [CALLEE], "reason: recorded None"),
        ([RIGHT], [replace(CALLEE, said={"solved": Said("没有", False)})], "never said"),
        ([RIGHT], [], "knows of no call"),
        ([], [CALLEE], "no attempt says so"),
        ([RIGHT], [CALLEE, CALLEE], "more than once"),
    ],
)
def test_each_mistake_is_found(
    results: list[CallResult], callees: list[CalleeLine], message: str
) -> None:
    findings = judge(results, callees, TYPES)

    assert len(findings) == 1
    assert message in str(findings[0])


@pytest.mark.parametrize(
    ("kind", "recorded", "meant", "same"),
    [
        (QuestionType.YES_NO, True, True, True),
        (QuestionType.YES_NO, 1, True, False),
        (QuestionType.SATISFACTION, 5, 5, True),
        (QuestionType.MULTIPLE_CHOICE, ["b", "a"], ["a", "b"], True),
        (QuestionType.MULTIPLE_CHOICE, ["a"], ["a", "b"], False),
        (QuestionType.TEXT, "建议多开窗口", "建意多开窗口", True),
        (QuestionType.TEXT, "没有", "建议多开窗口", False),
        (QuestionType.TEXT, None, "没有", False),
    ],
)
def test_values_are_compared_by_type(
    kind: QuestionType, recorded: Any, meant: Any, same: bool
) -> None:
    assert means_the_same(kind, recorded, Said("…", meant)) is same


def test_meaning_nothing_may_be_recorded_in_its_words() -> None:
    nothing = Said("没有", None)
    assert means_the_same(QuestionType.TEXT, None, nothing)
    assert means_the_same(QuestionType.TEXT, "没有", nothing)
    assert not means_the_same(QuestionType.TEXT, "等待时间太长", nothing)


def test_every_persona_has_an_expected_end() -> None:
    assert {persona.name for persona in PERSONAS} == set(EXPECTED)


def test_reads_the_callees_log_with_numbers_masked(tmp_path: Path) -> None:
    log = tmp_path / "callees.jsonl"
    said = {"solved": {"words": "没有", "value": False}}
    line = {
        "number": "8613800138002",
        "persona": "dissatisfied",
        "at": AT.isoformat(),
        "answered": True,
        "said": said,
    }
    log.write_text(json.dumps(line) + "\n", encoding="utf-8")

    (read,) = read_journal(log)

    assert (read.number_masked, read.at) == ("138****8002", AT)
    assert read.said == {"solved": Said("没有", False)}
    assert read_journal(tmp_path / "none.jsonl") == ()
