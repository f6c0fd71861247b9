"""The scene of one turn: the script, what was heard, and the wordings at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from campaigns.questionnaire.plan import Plan, Planned
from campaigns.script import Script
from dialogs.conversation.state import State
from dialogs.phrases import Phrases
from dialogs.ports import Heard, Keyed, Say, TurnInput
from dialogs.prompts import fill, fill_with_options, spoken_values
from dialogs.understanding import heard_syllables


@dataclass(frozen=True, slots=True)
class Intent:
    """One reading of the person's words by the classifier, 0–1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: its number (0 opens the conversation), what came in, the classifier's ranking
    (best first) and the present moment, aware and local."""

    number: int
    input: TurnInput | None
    ranking: tuple[Intent, ...]
    now: datetime
    full: frozenset[str] = frozenset()
    """The quota cells of this person that are full."""

    @property
    def words(self) -> str:
        """The person's words, or the keys they pressed."""
        if isinstance(self.input, Heard):
            return self.input.text
        return self.input.digits if isinstance(self.input, Keyed) else ""

    @property
    def syllables(self) -> tuple[str, ...]:
        return heard_syllables(self.input) if isinstance(self.input, Heard) else ()


class Scene:
    """A script with one turn of its conversation."""

    def __init__(self, script: Script, turn: Turn) -> None:
        self.questionnaire: Questionnaire = script.questionnaire
        self.variables = script.variables
        self.agents = script.agents
        self.plan = Plan(script.questionnaire, script.variables, script.seed)
        self.phrases = Phrases(script.questionnaire.phrases)
        self.turn = turn

    def phrase(self, key: str, number: int | None = None) -> tuple[str, ...]:
        """Return the segments of a standard wording; `number` picks the n-th variant."""
        text = self.phrases[key] if number is None else self.phrases.numbered(key, number)
        return fill(text, self.variables)

    def text(
        self, text: str, answers: Mapping[str, Any], question_id: str | None = None
    ) -> tuple[str, ...]:
        """Return the segments of a script text with attributes, earlier answers and computed
        values filled in; with those of a question (its loop's item, its options) where it is
        that question's text."""
        step = None if question_id is None else self.plan.find(question_id, answers)
        spoken = self._spoken(answers, step)
        labels = [option.label for option in step.question.options] if step else []
        return fill_with_options(text, spoken, labels)

    def say(self, segments: Sequence[str], state: State, *, barge_in: bool = True) -> Say:
        """Return the saying of segments at the speed the person wants."""
        return Say(tuple(segments), barge_in=barge_in, slower=state.slower)

    @property
    def source(self) -> Literal["speech", "keys"]:
        """How the turn came in."""
        return "keys" if isinstance(self.turn.input, Keyed) else "speech"

    def open_question(self, state: State) -> Question:
        """Return the open question as it is put to this person."""
        assert state.question is not None, "no question is open"
        return self.plan.find(state.question, state.answers).question

    def _spoken(self, answers: Mapping[str, Any], step: Planned | None) -> dict[str, str]:
        values = self.plan.values(answers, step)
        return {
            name: "、".join(self._words(name, value))
            for name, value in values.items()
            if value is not None
        }

    def _words(self, name: str, value: Any) -> tuple[str, ...]:
        """Return a value as spoken: an answer by its question's type, anything else as it is."""
        if name in self.variables or name in self.questionnaire.computed:
            question = None
        else:
            question = _question(self.questionnaire, name)
        several = isinstance(value, list)
        if question is None:
            return tuple(map(self._plain, value if several else [value]))
        if several and question.type is not QuestionType.MULTIPLE_CHOICE:
            rounds = (spoken_values(question, each, self.phrases) for each in value)
            return tuple(word for words in rounds for word in words)
        return spoken_values(question, value, self.phrases)

    def _plain(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.phrases["yes"] if value else self.phrases["no"]
        return str(value)


def _question(questionnaire: Questionnaire, name: str) -> Question | None:
    try:
        return questionnaire.question(name)
    except KeyError:
        return None
