"""A conversation without a telephone: remarks in as text, replies out, with the real walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns.questionnaire.model import QuestionType
from campaigns.questionnaire.plan import Plan
from campaigns.questionnaire.walk import answered_share, due
from campaigns.script import Script
from dialogs.conversation import Intent, State, Turn, converse
from dialogs.ports import (
    AnswerGiven,
    ConversationOutcome,
    HangUp,
    Heard,
    Keyed,
    Listen,
    NoInput,
    Reply,
    TurnInput,
)
from dialogs.understanding.pinyin import syllables_of

Classify = Callable[[str], tuple[Intent, ...]]
"""From toneless syllables parted by blanks, as the telephone's recogniser gives them."""

SILENCE = "..."
KEYS = "#"
INTENT = "/"


@dataclass(slots=True)
class Simulation:
    """One conversation. `classify` ranks the intents of a remark; `full` names the quota cells
    that are full."""

    script: Script
    classify: Classify
    now: Callable[[], datetime]
    full: frozenset[str] = frozenset()
    state: State | None = None
    reply: Reply = field(default_factory=lambda: Reply(()))
    answers: dict[str, AnswerGiven] = field(default_factory=dict)

    def start(self) -> Reply:
        """Open the conversation."""
        return self._turn(None, ())

    def hear(self, line: str) -> Reply:
        """Answer what the person says: words, `#5` for keys, `/busy_now` for words that mean
        this, `...` or nothing for silence."""
        line = line.strip()
        if line in {"", SILENCE}:
            return self._turn(NoInput(), ())
        if line.startswith(KEYS):
            return self._turn(Keyed(line.removeprefix(KEYS).strip()), ())
        if line.startswith(INTENT):
            return self._turn(_heard("随口一句"), (Intent(line.removeprefix(INTENT), 0.9),))
        heard = _heard(line)
        return self._turn(heard, self.classify(" ".join(heard.syllables) or line))

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.state is not None and self.state.done

    @property
    def outcome(self) -> ConversationOutcome | None:
        """How it ended; None while it goes on, or where the person is put through."""
        last = self.reply.steps[-1] if self.reply.steps else None
        return last.outcome if isinstance(last, HangUp) else None

    @property
    def question(self) -> str | None:
        """The question that is open; None where something else is."""
        last = self.reply.steps[-1] if self.reply.steps else None
        return last.question_id if isinstance(last, Listen) else None

    @property
    def values(self) -> Mapping[str, Any]:
        """The answers as they stand, with what was drawn and computed."""
        return {key: given.value for key, given in self.answers.items()}

    def summary(self) -> dict[str, Any]:
        """Return what came of it, as JSON data."""
        asked = {
            key: given.value for key, given in self.answers.items() if given.source != "computed"
        }
        script = self.script
        plan = Plan(script.questionnaire, script.variables, script.seed)
        steps = due(plan, asked)
        walked = [each.question.id for each in steps if each.question.type is not QuestionType.NOTE]
        share = answered_share(script.questionnaire, asked, script.variables, script.seed)
        return {
            "outcome": self.outcome.value if self.outcome else None,
            "over": self.over,
            "answers": dict(self.values),
            "due": walked,
            "answered_share": round(share, 3),
        }

    def _turn(self, heard: TurnInput | None, ranking: tuple[Intent, ...]) -> Reply:
        number = 0 if self.state is None else self.state.turn + 1
        turn = Turn(number, heard, ranking, self.now(), self.full)
        self.state, self.reply = converse(self.script, self.state, turn)
        for step in self.reply.steps:
            if isinstance(step, AnswerGiven):
                self.answers[step.question_id] = step
        return self.reply


def _heard(words: str) -> Heard:
    return Heard(words, syllables_of(words), 1.0, 0.0, 1.0)
