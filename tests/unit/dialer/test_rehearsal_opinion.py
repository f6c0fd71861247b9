"""What the rehearsal people are and say."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns.questionnaire.file import parse
from campaigns.questionnaire.model import Option, Question, QuestionType
from dialer.rehearsal.cue import syllables_of
from dialer.rehearsal.opinion import Opinion, opinion_on
from dialer.rehearsal.personas import Mood, persona_of
from dialogs.ports import Heard
from dialogs.understanding import declines, understand

_TODAY = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("13800000008", "busy_signal"),
        ("13800000001", "satisfied"),
        ("13800000002", "dissatisfied"),
        ("13800000003", "silent"),
        ("13800000004", "busy_now"),
        ("13800000005", "wrong_number"),
        ("13800000006", "asks_for_human"),
        ("13800000007", "no_answer"),
        ("13800000017", "satisfied"),
        ("8613800000099", "silent"),
        ("9", "satisfied"),
        ("anonymous", "satisfied"),
    ],
)
def test_the_last_two_digits_choose_the_person(number: str, name: str) -> None:
    assert persona_of(number).name == name


def _question(kind: QuestionType, text: str = "问题", **rest: object) -> Question:
    return Question("q", kind, text, **rest)  # type: ignore[arg-type]


_OPTIONS = (Option("web", "电脑网页"), Option("app", "手机应用"), Option("agent", "代理机构"))


@pytest.mark.parametrize(
    ("question", "pleased", "displeased"),
    [
        (_question(QuestionType.SATISFACTION), ("非常满意", 5), ("不满意", 2)),
        (_question(QuestionType.YES_NO), ("是的", True), ("没有", False)),
        (
            _question(QuestionType.YES_NO, "问题解决了吗？"),
            ("是的，解决了", True),
            ("没有，还没有解决", False),
        ),
        (
            _question(QuestionType.YES_NO, "您听清楚了吗？"),
            ("听清楚了", True),
            ("听清楚了", True),
        ),
        (
            _question(QuestionType.SINGLE_CHOICE, options=_OPTIONS),
            ("电脑网页", "web"),
            ("代理机构", "agent"),
        ),
        (
            _question(QuestionType.MULTIPLE_CHOICE, options=_OPTIONS),
            ("电脑网页和手机应用", ["web", "app"]),
            ("代理机构", ["agent"]),
        ),
        (_question(QuestionType.RATING, minimum=0, maximum=10), ("十分", 10), ("三分", 3)),
        (_question(QuestionType.RATING, minimum=1, maximum=2), ("二分", 2), ("二分", 2)),
        (_question(QuestionType.NUMBER, "大约登录几次？"), ("五次", 5), ("两次", 2)),
        (
            _question(QuestionType.NUMBER, "几？", minimum=20, maximum=99),
            ("二十", 20),
            ("二十", 20),
        ),
        (
            _question(QuestionType.TEXT),
            ("我觉得挺好的", "我觉得挺好的"),
            ("等待时间太长了，讲得也不清楚", "等待时间太长了，讲得也不清楚"),
        ),
        (
            _question(QuestionType.TEXT, required=False),
            ("没有", None),
            ("等待时间太长了，讲得也不清楚", "等待时间太长了，讲得也不清楚"),
        ),
        (_question(QuestionType.DATE), ("明天", "2027-01-01"), ("后天", "2027-01-02")),
    ],
)
def test_the_mood_decides_the_answer(
    question: Question, pleased: tuple[str, object], displeased: tuple[str, object]
) -> None:
    assert opinion_on(question, Mood.PLEASED, _TODAY) == Opinion(*pleased)
    assert opinion_on(question, Mood.DISPLEASED, _TODAY) == Opinion(*displeased)


def test_a_note_is_not_answered() -> None:
    assert opinion_on(_question(QuestionType.NOTE), Mood.PLEASED, _TODAY) is None


_EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))


@pytest.mark.parametrize("mood", Mood)
@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda path: path.stem)
def test_every_answer_to_the_examples_is_understood_as_meant(example: Path, mood: Mood) -> None:
    script = parse(example.read_text(encoding="utf-8"))
    now = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    for question in script.questions:
        opinion = opinion_on(question, mood, now.date())
        if opinion is None:
            continue
        heard = Heard(opinion.words, syllables_of(opinion.words), 1.0, 0.0, 1.0)
        if opinion.value is None:
            assert declines(heard.syllables), question.id
            continue
        understood = understand(question, heard, now)
        assert understood is not None, question.id
        assert understood.value == opinion.value, question.id
