"""The state of a conversation between two turns: plain data that survives in a Rasa slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from dialogs.ports import Reply


@dataclass(frozen=True, slots=True)
class ReadBack:
    """An answer that was read back and waits for a yes."""

    value: Any
    words: str
    confidence: float
    source: Literal["speech", "keys"]
    times: int = 1
    """How often it was read back."""
    kind: Literal["read_back"] = "read_back"


@dataclass(frozen=True, slots=True)
class AskedWhen:
    """The person was asked when to call again, `times` times; `words` is what they said."""

    words: str
    times: int = 1
    kind: Literal["asked_when"] = "asked_when"


@dataclass(frozen=True, slots=True)
class CallAtReadBack:
    """A time to call again was read back and waits for a yes."""

    at: datetime
    words: str
    times: int
    has_time: bool = True
    """Whether a time of day was named, and not only the day."""
    kind: Literal["call_at_read_back"] = "call_at_read_back"


@dataclass(frozen=True, slots=True)
class HumanOffered:
    """The person asked what we cannot answer and was offered a human."""

    kind: Literal["human_offered"] = "human_offered"


Pending = ReadBack | AskedWhen | CallAtReadBack | HumanOffered


@dataclass(frozen=True, slots=True)
class State:
    """Where the conversation stands.

    `turn` is the last turn answered and `reply` what was answered, so that the same turn asked
    twice gets the same reply. `asked` counts how often the open question was put, `remarks` the
    turns spent on it, `silences` the turns without a word since the person last spoke. `notes`
    are the notes said right before the open question, `said` all notes said yet. `answers` are in
    the order in which they were given last; `computed` are the computed values as stored.
    """

    turn: int
    reply: Reply
    question: str | None = None
    asked: int = 0
    remarks: int = 0
    silences: int = 0
    misses: int = 0
    abuses: int = 0
    slower: bool = False
    notes: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    computed: Mapping[str, Any] = field(default_factory=dict)
    reopened: tuple[str, ...] = ()
    """Questions opened again whose recorded answer still stands."""
    pending: Pending | None = None
    done: bool = False


_STATE: TypeAdapter[State] = TypeAdapter(State)


def to_document(state: State) -> dict[str, Any]:
    """Return the state as JSON data."""
    document: dict[str, Any] = _STATE.dump_python(state, mode="json")
    return document


def from_document(document: Mapping[str, Any]) -> State:
    """Read a state back. Raises ValueError when the data is no state."""
    return _STATE.validate_python(document)
