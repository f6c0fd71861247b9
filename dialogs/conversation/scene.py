"""The scene of one turn: the script, what was heard, and the wordings at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from campaigns.questionnaire.model import Question, Questionnaire
from campaigns.script import Script
from dialogs.conversation.state import State
from dialogs.phrases import Phrases
from dialogs.ports import Heard, Keyed, Say, TurnInput
from dialogs.prompts import fill, spoken_values
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
        self.phrases = Phrases(script.questionnaire.phrases)
        self.turn = turn

    def phrase(self, key: str, number: int | None = None) -> tuple[str, ...]:
        """Return the segments of a standard wording; `number` picks the n-th variant."""
        text = self.phrases[key] if number is None else self.phrases.numbered(key, number)
        return fill(text, self.variables)

    def text(self, text: str, answers: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the segments of a script text with attributes and earlier answers filled in."""
        return fill(text, {**self.variables, **self._spoken(answers)})

    def say(self, segments: Sequence[str], state: State, *, barge_in: bool = True) -> Say:
        """Return the saying of segments at the speed the person wants."""
        return Say(tuple(segments), barge_in=barge_in, slower=state.slower)

    @property
    def source(self) -> Literal["speech", "keys"]:
        """How the turn came in."""
        return "keys" if isinstance(self.turn.input, Keyed) else "speech"

    def _spoken(self, answers: Mapping[str, Any]) -> dict[str, str]:
        return {
            key: "、".join(spoken_values(self.questionnaire.question(key), value, self.phrases))
            for key, value in answers.items()
            if value is not None
        }

    def question(self, question_id: str | None) -> Question:
        """Return the open question."""
        assert question_id is not None, "no question is open"
        return self.questionnaire.question(question_id)
