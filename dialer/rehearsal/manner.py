"""What a person says next: the persona's side of the conversation, without sound or time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.questionnaire.model import Questionnaire
from dialer.rehearsal.cue import CueReader
from dialer.rehearsal.opinion import opinion_on
from dialer.rehearsal.personas import PERSONAS, Persona

_CONFIRMATION = "是的"
_MOST_OBJECTIONS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """Words to say; `question_id` and the value meant where they answer a question."""

    words: str
    question_id: str | None = None
    value: Any = None


class Manner:
    """One person in one call: told what was heard, says what to say."""

    def __init__(
        self, persona: Persona, questionnaire: Questionnaire, cues: CueReader, today: date
    ) -> None:
        self._persona = persona
        self._questionnaire = questionnaire
        self._cues = cues
        self._today = today
        self._objections = 0
        self._last: Line | None = None

    def greeting(self) -> Line | None:
        """Return what is said after picking up."""
        return Line(self._persona.greeting) if self._persona.greeting else None

    def reply(self, syllables: Sequence[str]) -> Line | None:
        """Return the reply to an utterance of the bot; None = say nothing."""
        cue = self._cues.read(syllables)
        if self._persona.objection is not None:
            return self._object(cue.read_back)
        if self._persona.mood is None:
            return None
        if cue.repeat:
            return self._last
        if cue.read_back:
            return Line(_CONFIRMATION)
        if cue.question_id is None:
            return None
        question = self._questionnaire.question(cue.question_id)
        opinion = opinion_on(question, self._persona.mood, self._today)
        self._last = Line(opinion.words, question.id, opinion.value) if opinion else None
        return self._last

    def _object(self, read_back: bool) -> Line | None:
        """Object first, confirm what is read back, and give up arguing in the end."""
        if read_back and self._objections:
            return Line(_CONFIRMATION)
        if self._objections >= _MOST_OBJECTIONS:
            return None
        self._objections += 1
        return Line(self._persona.objection or "")


def every_line(questionnaire: Questionnaire, today: date) -> tuple[str, ...]:
    """Return all words any persona can say to this questionnaire, for rendering ahead."""
    return tuple(dict.fromkeys(_lines(questionnaire, today)))


def _lines(questionnaire: Questionnaire, today: date) -> Iterator[str]:
    yield _CONFIRMATION
    for persona in PERSONAS:
        yield from (words for words in (persona.greeting, persona.objection) if words)
        if persona.mood is None:
            continue
        for question in questionnaire.questions:
            opinion = opinion_on(question, persona.mood, today)
            if opinion is not None:
                yield opinion.words
