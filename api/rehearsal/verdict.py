"""The verdict on a rehearsal: the results against what the callees themselves wrote down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pypinyin import lazy_pinyin

from api.rehearsal.callee_journal import CalleeLine, Said
from campaigns.disposition import Disposition
from campaigns.questionnaire.model import QuestionType

EXPECTED: Mapping[str, frozenset[Disposition]] = {
    "satisfied": frozenset({Disposition.COMPLETED}),
    "dissatisfied": frozenset({Disposition.COMPLETED}),
    "silent": frozenset({Disposition.NO_RESPONSE}),
    "busy_now": frozenset({Disposition.CALL_LATER}),
    "wrong_number": frozenset({Disposition.WRONG_NUMBER}),
    "asks_for_human": frozenset({Disposition.HUMAN_REQUESTED}),
    "no_answer": frozenset({Disposition.NO_ANSWER}),
    "busy_signal": frozenset({Disposition.BUSY}),
}
"""How a call to each persona has to end."""

SAME_SOUND = 0.7
"""The least share of equal syllables at which free text counts as what was said."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """One attempt as it stands in the database; `answers` are the current values by question."""

    number_masked: str
    disposition: str | None
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that came out otherwise than it should."""

    number_masked: str
    message: str

    def __str__(self) -> str:
        return f"{self.number_masked}: {self.message}"


def judge(
    results: Sequence[CallResult],
    callees: Sequence[CalleeLine],
    types: Mapping[str, QuestionType],
) -> tuple[Finding, ...]:
    """Compare each attempt with its callee's log line; nothing found = it came out right.

    `types` are the questions' types by id. Every number must have been called exactly once.
    """
    findings: list[Finding] = []
    lines = {line.number_masked: line for line in callees}
    if len(lines) != len(callees):
        findings.append(Finding("all", "a callee was called more than once"))
    for result in results:
        line = lines.pop(result.number_masked, None)
        if line is None:
            findings.append(Finding(result.number_masked, "the callee knows of no call"))
        else:
            findings += _judge_call(result, line, types)
    findings += [Finding(number, "the callee was called, no attempt says so") for number in lines]
    return tuple(findings)


def _judge_call(
    result: CallResult, line: CalleeLine, types: Mapping[str, QuestionType]
) -> list[Finding]:
    number, found = result.number_masked, []
    expected = EXPECTED[line.persona]
    if result.disposition not in expected:
        wanted = " or ".join(sorted(expected))
        found.append(Finding(number, f"{line.persona}: {result.disposition}, expected {wanted}"))
    for question, said in line.said.items():
        recorded = result.answers.get(question)
        if not means_the_same(types[question], recorded, said):
            message = f"{question}: recorded {recorded!r}, meant {said.value!r} ({said.words})"
            found.append(Finding(number, message))
    invented = sorted(
        question
        for question, value in result.answers.items()
        if value is not None and question not in line.said
    )
    found += [Finding(number, f"{question}: recorded, never said") for question in invented]
    return found


def means_the_same(kind: QuestionType, recorded: Any, said: Said) -> bool:
    """Return whether a recorded value is what was said; free text is compared by its sound,
    as a recogniser writes homophones. Meaning nothing (没有) may be recorded in its words."""
    if kind is QuestionType.TEXT:
        wanted = said.value if said.value is not None else said.words
        nothing = said.value is None and recorded is None
        return nothing or _sounds_like(str(recorded or ""), str(wanted))
    if kind is QuestionType.MULTIPLE_CHOICE:
        return sorted(recorded or []) == sorted(said.value or [])
    return bool(recorded == said.value) and isinstance(recorded, bool) == isinstance(
        said.value, bool
    )


def _sounds_like(recorded: str, said: str) -> bool:
    left, right = (_syllables(text) for text in (recorded, said))
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= SAME_SOUND


def _syllables(text: str) -> list[str]:
    return [syllable for syllable in lazy_pinyin(text) if syllable.isalnum()]
