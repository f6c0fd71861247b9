"""The table an export holds: its columns and one row an attempt, as plain cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.answer import Answer
from campaigns.disposition import RULES, Disposition
from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from campaigns.questionnaire.record import derived_names, every_question
from campaigns.results import Attempt

Cell = str | int | float | None

_FIXED = (
    "contact_row", "number", "task_state", "task_outcome", "note", "attempt_id", "attempt",
    "state", "disposition", "aapor", "reached", "caller_number", "caller_name", "trunk",
    "sip_call_id", "sip_code", "sip_reason", "q850", "started_at", "ringing_at", "answered_at",
    "ended_at", "talk_s", "ended_by", "call_later_at", "reply_ms_median", "prompt_misses",
    "recording",
)  # fmt: skip
_PER_QUESTION = ("", "_label", "_words", "_confidence", "_source", "_start_s", "_end_s")
_GRADES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What a row tells of the contact's task, attempted or not."""

    contact_row: int
    number_masked: str
    state: str
    outcome: str | None
    note: str | None


class ExportTable:
    """Makes rows for one questionnaire; times are written in `zone`."""

    def __init__(self, questionnaire: Questionnaire, zone: ZoneInfo) -> None:
        self._questions = every_question(questionnaire)
        self._derived = derived_names(questionnaire)
        self._zone = zone

    def header(self) -> list[str]:
        """The columns' names: fixed ones, seven for each question, and one for each value that
        was drawn or computed."""
        asked = [f"{question.id}{part}" for question in self._questions for part in _PER_QUESTION]
        return [*_FIXED, *asked, *self._derived]

    def row(
        self, task: TaskFacts, attempt: Attempt | None, answers: Mapping[str, Answer]
    ) -> list[Cell]:
        """One attempt with its answers, or a contact that was never attempted."""
        number = attempt.number_masked if attempt else task.number_masked
        cells: list[Cell] = [
            task.contact_row, number, task.state, task.outcome, task.note,
        ]  # fmt: skip
        cells += self._attempt(attempt) if attempt else [None] * (len(_FIXED) - len(cells))
        for question in self._questions:
            cells += _answer(question, answers.get(question.id))
        derived = (answers.get(name) for name in self._derived)
        return [*cells, *(value_text(each.value) if each else None for each in derived)]

    def _attempt(self, attempt: Attempt) -> list[Cell]:
        rule = RULES[Disposition(attempt.disposition)] if attempt.disposition else None
        talk = None
        if attempt.answered_at and attempt.ended_at:
            talk = round((attempt.ended_at - attempt.answered_at).total_seconds(), 1)
        return [
            str(attempt.id), attempt.ordinal, attempt.state, attempt.disposition,
            rule.aapor if rule else None, _yes_no(rule.reached) if rule else None,
            attempt.caller_number, attempt.caller_name, attempt.trunk, attempt.sip_call_id,
            attempt.sip_code, attempt.sip_reason, attempt.q850, self._time(attempt.started_at),
            self._time(attempt.ringing_at), self._time(attempt.answered_at),
            self._time(attempt.ended_at), talk, attempt.ended_by,
            self._time(attempt.call_later_at),
            median_low(attempt.replies_ms) if attempt.replies_ms else None,
            attempt.prompt_misses, _yes_no(attempt.recording is not None),
        ]  # fmt: skip

    def _time(self, moment: datetime | None) -> str | None:
        return moment.astimezone(self._zone).isoformat(timespec="milliseconds") if moment else None


def _answer(question: Question, answer: Answer | None) -> list[Cell]:
    if answer is None:
        return [None] * len(_PER_QUESTION)
    return [
        value_text(answer.value),
        label_of(question, answer.value),
        answer.words,
        round(answer.confidence, 3),
        answer.source,
        answer.start_s,
        answer.end_s,
    ]


def value_text(value: Any) -> Cell:
    """The typed value as one cell: lists joined by `;`, yes and no as 1 and 0."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return ";".join(str(item) for item in value)
    return value if isinstance(value, int | float) or value is None else str(value)


def label_of(question: Question, value: Any) -> str | None:
    """What the value means in Chinese; None where there is no answer or no label."""
    if value is None:
        return None
    if question.type is QuestionType.SATISFACTION:
        return _GRADES.get(value)
    if question.type is QuestionType.YES_NO:
        return "是" if value else "否"
    labels = {option.value: option.label for option in question.options}
    if labels:
        chosen = value if isinstance(value, list) else [value]
        return "；".join(labels.get(item, str(item)) for item in chosen)
    return None


def _yes_no(flag: bool) -> str:
    return "yes" if flag else "no"
