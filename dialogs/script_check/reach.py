"""Which questions can be reached: walks with typical answers, drawn by a fixed seed."""

from __future__ import annotations

import ast
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from campaigns.questionnaire.attributes import needed_attributes
from campaigns.questionnaire.condition import evaluate
from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from campaigns.questionnaire.plan import Plan
from campaigns.questionnaire.walk import next_step
from dialogs.script_check.finding import Finding, error, warning
from dialogs.script_check.naming import expressions

_WALKS = 400
_MOST_STEPS = 400
_SEED = 12366
_MOST_S = 5.0
_UNANSWERED = 0.04
_ALL_UP_TO = 64


class _Walks:
    """What happened in the walks."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.reached: set[str] = set()
        self.ended_at: set[str] = set()
        self.passed: set[str] = set()
        self.no_options: set[str] = set()
        self.count = 0
        self._random = random.Random(_SEED)  # noqa: S311 - typical answers, no secrets
        self._constants = _constants(questionnaire)

    def run(self) -> None:
        """Walk the questionnaire many times; stop early when everything was reached."""
        wanted = {question.id for question in self.questionnaire.questions}
        until = time.monotonic() + _MOST_S
        for number in range(_WALKS):
            self._walk(str(number), until)
            self.count += 1
            if self.reached == wanted and number >= _ALL_UP_TO:
                return
            if time.monotonic() > until:
                return

    def _walk(self, seed: str, until: float) -> None:
        plan = Plan(self.questionnaire, self._attributes(), seed)
        answers: dict[str, Any] = {}
        after: str | None = None
        for _ in range(_MOST_STEPS):
            if time.monotonic() > until:
                return
            step = next_step(plan, answers, after)
            if step is None:
                return
            question = plan.find(step.question.id, answers).question
            base = question.id.partition(".")[0]
            self.reached.add(base)
            if self.questionnaire.question(base).options and not question.options:
                self.no_options.add(base)
            if question.type is not QuestionType.NOTE:
                answers[question.id] = self._answer(plan, question, answers)
            after = question.id
            if plan.ends_after(step, answers):
                self.ended_at.add(base)
                return
            self.passed.add(base)

    def _attributes(self) -> dict[str, str]:
        needed = needed_attributes(self.questionnaire)
        loops = {group.for_each for group in self.questionnaire.groups}
        return {
            name: self._random.choice(
                ["甲；乙", "甲"] if name in loops else [*map(str, self._constants[name]), "某值"]
            )
            for name in needed
        }

    def _answer(self, plan: Plan, question: Question, answers: Mapping[str, Any]) -> Any:
        if self._random.random() < _UNANSWERED:
            return None
        for _ in range(8):
            value = self._random.choice(self._typical(question))
            if may_be(plan, question, value, answers):
                return value
        return None

    def _typical(self, question: Question) -> list[Any]:
        base = question.id.partition(".")[0]
        numbers = [each for each in self._constants[base] if isinstance(each, int | float)]
        match question.type:
            case QuestionType.SATISFACTION:
                return [1, 2, 3, 4, 5]
            case QuestionType.YES_NO:
                return [True, False]
            case QuestionType.SINGLE_CHOICE:
                return [option.value for option in question.options] or [None]
            case QuestionType.MULTIPLE_CHOICE:
                values = [option.value for option in question.options]
                count = self._random.randint(0, len(values))
                chosen = set(self._random.sample(values, count))
                return [[each for each in values if each in chosen]]
            case QuestionType.RATING | QuestionType.NUMBER:
                return _numbers(question, numbers)
            case QuestionType.DATE:
                return ["2026-03-02"]
            case QuestionType.TEXT:
                said = [each for each in self._constants[base] if isinstance(each, str)]
                return [*said, "随便一句"]
            case QuestionType.NOTE:
                return [None]


def may_be(plan: Plan, question: Question, value: Any, answers: Mapping[str, Any]) -> bool:
    """Return whether the question's constraint allows a value."""
    if question.constraint is None:
        return True
    step = plan.find(question.id, answers)
    base = question.id.partition(".")[0]
    values = plan.values({**answers, question.id: value}, step)
    return evaluate(question.constraint, {**values, base: value, "value": value})


def unreachable(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Find questions nobody is ever asked, choices with nothing to choose from, ends that always
    come, and constraints no answer fulfils."""
    walks = _Walks(questionnaire)
    walks.run()
    for question in questionnaire.questions:
        place = f"question {question.id}"
        if question.id not in walks.reached:
            found = error if walks.count == _WALKS else warning  # a large file: not all was walked
            yield found(
                place,
                f"none of {walks.count} walks with typical answers asked it: its `when`, or the "
                "end of a question before it, keeps everybody away",
            )
            continue
        if question.id in walks.no_options:
            yield error(place, "a dead end: for some answers none of its options is offered")
        if question.id in walks.ended_at and question.id not in walks.passed:
            last = question.id == questionnaire.questions[-1].id
            if not last:
                yield warning(place, "its end_when ended every walk: nobody gets behind it")
        if question.constraint and not _can_be_met(questionnaire, question):
            yield error(place, "a dead end: no typical answer meets its constraint")


def _can_be_met(questionnaire: Questionnaire, question: Question) -> bool:
    """Return whether some value, alone, meets the constraint; where it needs more, believe it."""
    plan = Plan(questionnaire, {})
    tree = ast.parse((question.constraint or "").strip(), mode="eval")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if names - {"value", question.id, "count"}:
        return True
    if plan.questionnaire.loop_of(question) is not None:
        return True
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    if question.options:
        several = question.type is QuestionType.MULTIPLE_CHOICE
        values: list[Any] = [option.value for option in question.options]
        if several:
            values = [values[:count] for count in range(len(values) + 1)] + [[v] for v in values]
    elif question.type in {QuestionType.RATING, QuestionType.NUMBER}:
        values = _numbers(question, [each for each in constants if isinstance(each, int | float)])
    else:
        return True
    return any(may_be(plan, question, value, {}) for value in values)


def _numbers(question: Question, constants: list[Any]) -> list[Any]:
    low = question.minimum if question.minimum is not None else 0
    high = question.maximum if question.maximum is not None else max([low + 100, *constants])
    near = [each + delta for each in constants for delta in (-1, 0, 1)]
    return [each for each in (low, high, (low + high) // 2, *near) if low <= each <= high]


def _constants(questionnaire: Questionnaire) -> dict[str, list[Any]]:
    """Return by name the constants that stand in an expression with it."""
    found: dict[str, list[Any]] = defaultdict(list)
    for _, expression in expressions(questionnaire):
        tree = ast.parse(expression.strip(), mode="eval")
        nodes = list(ast.walk(tree))
        constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
        for node in nodes:
            if isinstance(node, ast.Name):
                found[node.id] += [each for each in constants if not isinstance(each, bool)]
    return found
