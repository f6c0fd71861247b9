"""What a conversation made of one turn, and whether that was right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.recordings import edits
from campaigns.questionnaire.model import Questionnaire
from campaigns.script import Script
from dialogs.conversation import Intent, Turn, converse
from dialogs.conversation.state import ReadBack
from dialogs.ports import AnswerGiven, HangUp, Reply, Transfer, TurnInput
from dialogs.understanding.lexicon import words
from dialogs.understanding.pinyin import syllables_of

_TEXT_KEPT = 0.6
_ASKS_AGAIN = frozenset({"nlu_fallback", "no_input"})
_RETURNS = frozenset(
    words(
        "repeat slower explain ask_identity ask_fraud ask_duration ask_tax complaint abuse greet "
        "dont_know"
    )
)
"""Interruptions after which the open question is put again."""


@dataclass(frozen=True, slots=True)
class Came:
    """`kind`: value, read_back, intent, asked_again or left (unanswered); `value` the value or
    the intent's name."""

    kind: str
    value: Any = None

    def __str__(self) -> str:
        return self.kind if self.value is None else f"{self.kind} {self.value!r}"


def what_came(
    asked: Questionnaire, heard: TurnInput, ranking: Sequence[Intent], now: datetime
) -> Came:
    """Lead the first turn after the only question of `asked`."""
    script = Script(asked, {})
    opened, _ = converse(script, None, Turn(0, None, (), now))
    state, reply = converse(script, opened, Turn(1, heard, tuple(ranking), now))
    if isinstance(state.pending, ReadBack):
        return Came("read_back", state.pending.value)
    given = next((step for step in reply.steps if isinstance(step, AnswerGiven)), None)
    if given is not None and given.value is not None:
        return Came("value", given.value)
    return _without_value(reply, given)


def _without_value(reply: Reply, given: AnswerGiven | None) -> Came:
    ends = isinstance(reply.steps[-1], HangUp | Transfer)
    if reply.intent in _ASKS_AGAIN and not ends:
        return Came("asked_again")
    if given is not None and reply.intent in {"deny", "nlu_fallback"}:
        return Came("left")
    return Came("intent", reply.intent)


def judged(expected: str, came: Came) -> str:
    """Return right, re_asked or wrong (see bench.understanding)."""
    if expected == "no_match":
        return _nothing_expected(came)
    kind, _, wanted = expected.partition(":")
    if kind == "intent":
        if came.kind == "intent":
            if came.value == wanted:
                return "right"
            return "re_asked" if came.value in _RETURNS else "wrong"
        return "wrong" if came.kind == "value" else "re_asked"
    if came.kind == "value":
        return "right" if _same(json.loads(wanted), came.value) else "wrong"
    if came.kind == "intent":
        return "re_asked" if came.value in _RETURNS else "wrong"
    return "wrong" if came.kind == "left" else "re_asked"


def _nothing_expected(came: Came) -> str:
    if came.kind in {"asked_again", "left"}:
        return "right"
    if came.kind == "intent":
        return "right" if came.value in _RETURNS else "wrong"
    return "wrong" if came.kind == "value" else "re_asked"


def _same(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, list):
        return isinstance(value, list) and sorted(map(str, wanted)) == sorted(map(str, value))
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if wanted == value:
        return True
    both_text = isinstance(wanted, str) and isinstance(value, str)
    return both_text and _much_the_same(wanted, value)


def _much_the_same(wanted: str, value: str) -> bool:
    """Whether enough syllables of a free text were kept; option values have no syllables."""
    said = syllables_of(wanted)
    if len(said) < 4:
        return False
    return 1 - edits(said, syllables_of(value)) / len(said) >= _TEXT_KEPT
