"""The plan: a questionnaire unfolded for one person, with loops, picks and orders of their own.

Pure. What is chosen at random follows from the attempt's seed alone (SHA-256), so that every
call to a contact in a campaign is asked alike and the order can be told again later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from campaigns.questionnaire.condition import evaluate, value_of
from campaigns.questionnaire.model import Group, Option, Question, Questionnaire

Answers = Mapping[str, Any]

ITEM_NAMES = ("item", "item_value", "item_number")
"""What a loop's texts and conditions may use: the item as spoken, its value, its number from 1."""
_SEPARATORS = re.compile(r"[;；、,，|\n]+")


@dataclass(frozen=True, slots=True)
class Item:
    """One round of a loop: `key` is the option's value, or the item's number from 1."""

    key: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A question as it stands in a person's plan. `question` has an id of its own in each round
    of a loop (`rate.filing`); its options are in the order of this person."""

    question: Question
    groups: tuple[Group, ...] = ()
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A questionnaire with the contact's attributes and the seed of the person's choices."""

    questionnaire: Questionnaire
    attributes: Mapping[str, str]
    seed: str = ""

    def steps(self, answers: Answers) -> tuple[Planned, ...]:
        """Return all questions in this person's order, with the loops as far as they are known."""
        return tuple(self._unfold(None, (), None, answers))

    def find(self, question_id: str, answers: Answers) -> Planned:
        """Return one question of the plan. Raises KeyError."""
        for step in self.steps(answers):
            if step.question.id == question_id:
                return replace(step, question=self._offered(step, answers))
        raise KeyError(question_id)

    def values(self, answers: Answers, step: Planned | None = None) -> dict[str, Any]:
        """Return what conditions and texts may use at a step: attributes, answers, the loop's
        item and the computed values. Outside its loop a looped question is a list."""
        values: dict[str, Any] = {**self.attributes, **_looped(answers), **answers}
        if step is not None and step.item is not None:
            item = step.item
            names = (question.id for question in self.questionnaire.questions)
            own = (name for name in names if f"{name}.{item.key}" in answers)
            values |= dict.fromkeys(self._rounds(step))
            values |= {name: answers[f"{name}.{item.key}"] for name in own}
            values |= zip(ITEM_NAMES, (item.label, item.key, item.number), strict=True)
        for name, expression in self.questionnaire.computed.items():
            values[name] = value_of(expression, values)
        return values

    def computed(self, answers: Answers) -> dict[str, Any]:
        """Return the computed values as they stand outside the loops."""
        values = self.values(answers)
        return {name: values[name] for name in self.questionnaire.computed}

    def applies(self, step: Planned, answers: Answers) -> bool:
        """Return whether a question is due, given the answers so far (None = left unanswered)."""
        conditions = [*(group.when for group in step.groups), step.question.when]
        if not any(conditions):
            return True
        values = self.values(answers, step)
        return all(evaluate(condition, values) for condition in conditions if condition)

    def ends_after(self, step: Planned, answers: Answers) -> bool:
        """Return whether the questionnaire is over early behind this question."""
        condition = step.question.end_when
        return condition is not None and evaluate(condition, self.values(answers, step))

    def cells(self, answers: Answers) -> tuple[str, ...]:
        """Return the quota cells this person is known to belong to."""
        values = self.values(answers)
        return tuple(cell.id for cell in self.questionnaire.quotas if evaluate(cell.when, values))

    def drawn(self) -> dict[str, list[str]]:
        """Return what was drawn for this person: by group its entries in their order, by
        question (`order_of_…`) the values of its options."""
        groups = {
            group.id: [each.id for each in self._members(group)]
            for group in self.questionnaire.groups
            if group.shuffle or group.pick
        }
        orders = {
            f"order_of_{question.id}": [option.value for option in self._ordered(question)]
            for question in self.questionnaire.questions
            if question.shuffle
        }
        return groups | orders

    def items(self, loop: Group, answers: Answers) -> tuple[Item, ...]:
        """Return the rounds of a loop as far as they are known."""
        assert loop.for_each is not None
        try:
            source = self.questionnaire.question(loop.for_each)
        except KeyError:
            said = split_list(str(self.attributes.get(loop.for_each) or ""))
            return tuple(
                Item(str(number), label, number)
                for number, label in enumerate(said[: loop.most], start=1)
            )
        chosen = answers.get(source.id)
        values = chosen if isinstance(chosen, list) else [chosen]
        options = [option for option in source.options if option.value in values]
        return tuple(
            Item(option.value, option.label, number)
            for number, option in enumerate(options[: loop.most], start=1)
        )

    def _unfold(
        self, parent: Group | None, groups: tuple[Group, ...], item: Item | None, answers: Answers
    ) -> Iterator[Planned]:
        for member in self._members(parent):
            if isinstance(member, Question):
                key = f"{member.id}.{item.key}" if item else member.id
                question = replace(member, id=key, options=self._ordered(member))
                yield Planned(question, groups, item)
                continue
            rounds: Iterable[Item | None] = (item,)
            if member.for_each is not None:
                rounds = self.items(member, answers)
            for each in rounds:
                yield from self._unfold(member, (*groups, member), each, answers)

    def _members(self, parent: Group | None) -> Sequence[Question | Group]:
        members = members_of(self.questionnaire, parent)
        if parent is None or not (parent.shuffle or parent.pick):
            return members
        drawn = sorted(members, key=lambda member: self._lot(parent.id, member.id))
        picked = drawn[: parent.pick] if parent.pick else drawn
        return picked if parent.shuffle else [each for each in members if each in picked]

    def _lot(self, place: str, name: str) -> bytes:
        return hashlib.sha256(f"{self.seed}/{place}/{name}".encode()).digest()

    def _ordered(self, question: Question) -> tuple[Option, ...]:
        if not question.shuffle:
            return question.options
        lots = {each.value: self._lot(question.id, each.value) for each in question.options}
        return tuple(sorted(question.options, key=lambda each: (each.last, lots[each.value])))

    def _offered(self, step: Planned, answers: Answers) -> Question:
        options = step.question.options
        if not any(option.when for option in options):
            return step.question
        values = self.values(answers, step)
        offered = tuple(each for each in options if not each.when or evaluate(each.when, values))
        return replace(step.question, options=offered)

    def _rounds(self, step: Planned) -> Iterator[str]:
        """The questions of the loop a step is in."""
        loop = next(group for group in step.groups if group.for_each)
        for question in self.questionnaire.questions:
            if loop in self.questionnaire.groups_of(question):
                yield question.id


def members_of(questionnaire: Questionnaire, parent: Group | None) -> list[Question | Group]:
    """Return the questions and groups right below a group, in the order of the file."""
    found: dict[str, Question | Group] = {}
    for question in questionnaire.questions:
        chain: tuple[Question | Group, ...] = (*questionnaire.groups_of(question), question)
        below = chain if parent is None else _behind(parent, chain)
        if below:
            found.setdefault(below[0].id, below[0])
    return list(found.values())


def _behind(parent: Group, chain: tuple[Question | Group, ...]) -> tuple[Question | Group, ...]:
    return chain[chain.index(parent) + 1 :] if parent in chain else ()


def split_list(text: str) -> list[str]:
    """Return the different items of a list written as text (parted by ; 、 , | or line ends)."""
    return list(dict.fromkeys(part.strip() for part in _SEPARATORS.split(text) if part.strip()))


def _looped(answers: Answers) -> dict[str, list[Any]]:
    """Return the answers to looped questions as lists, by the question's id in the file."""
    lists: dict[str, list[Any]] = {}
    for key, value in answers.items():
        base, _, item = key.partition(".")
        if item:
            lists.setdefault(base, []).extend([] if value is None else [value])
    return lists
