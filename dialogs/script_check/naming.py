"""Names in conditions and texts that were probably meant to be another one."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from itertools import pairwise

from campaigns.questionnaire import condition
from campaigns.questionnaire.attributes import needed_attributes
from campaigns.questionnaire.model import Question, Questionnaire
from dialogs.script_check.finding import Finding, error, warning

_LIKE = 0.75


def likely_misspelt(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Find names that are no question but nearly one, and values no option has."""
    known = [question.id for question in questionnaire.questions] + list(questionnaire.computed)
    for name, place in needed_attributes(questionnaire).items():
        near = difflib.get_close_matches(name, known, 1, _LIKE)
        if near:
            yield warning(
                place,
                f"{name} is taken for a column of the contact list; did you mean {near[0]}?",
            )
    for place, expression in expressions(questionnaire):
        yield from _values(questionnaire, place, expression)


def expressions(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Yield every expression of a questionnaire with its place."""
    for question in questionnaire.questions:
        place = f"question {question.id}"
        for key in ("when", "constraint", "end_when"):
            if expression := getattr(question, key):
                yield f"`{key}` of {place}", expression
        for option in question.options:
            if option.when:
                yield f"`when` of option {option.value} of {place}", option.when
    for group in questionnaire.groups:
        if group.when:
            yield f"`when` of group {group.id}", group.when
    for quota in questionnaire.quotas:
        yield f"`when` of quota {quota.id}", quota.when
    for name, expression in questionnaire.computed.items():
        yield f"`{name}` of compute", expression


def _values(questionnaire: Questionnaire, place: str, expression: str) -> Iterator[Finding]:
    """Compare the texts an expression compares a choice with to the choice's values."""
    choices = {each.id: each for each in questionnaire.questions if each.options}
    for name, text in _compared(expression):
        question = choices.get(name)
        if question is None or text in {option.value for option in question.options}:
            continue
        yield error(place, f"{name} has no option {text!r}; {_offer(question, text)}")


def _offer(question: Question, text: str) -> str:
    values = [option.value for option in question.options]
    near = difflib.get_close_matches(text, values, 1)
    by_label = [option.value for option in question.options if option.label == text]
    meant = by_label or near
    return f"did you mean {meant[0]!r}?" if meant else f"its values are {', '.join(values)}"


def _compared(expression: str) -> Iterator[tuple[str, str]]:
    """Yield each name with each text it is compared with: a == 'x', a in ['x'], 'x' in a."""
    condition.names(expression)  # raises where it is none
    for node in ast.walk(ast.parse(expression.strip(), mode="eval")):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        for one, other in pairwise(sides):
            for name, value in ((one, other), (other, one)):
                if isinstance(name, ast.Name):
                    yield from ((name.id, text) for text in _texts(value))


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.List | ast.Tuple):
        return [text for item in node.elts for text in _texts(item)]
    return []
