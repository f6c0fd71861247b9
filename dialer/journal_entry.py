"""What the journal holds: one thing that happened in a call, as it goes to the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Discriminator, TypeAdapter

from campaigns.answer import Answer, Utterance
from campaigns.attempt import AttemptResult, PlannedAttempt


@dataclass(frozen=True, slots=True)
class RingingEntry:
    at: datetime
    kind: Literal["ringing"] = "ringing"


@dataclass(frozen=True, slots=True)
class AnsweredEntry:
    at: datetime
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class UtteranceEntry:
    utterance: Utterance
    kind: Literal["utterance"] = "utterance"


@dataclass(frozen=True, slots=True)
class AnswerGivenEntry:
    answer: Answer
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class OptOutEntry:
    words: str
    kind: Literal["opt_out"] = "opt_out"


@dataclass(frozen=True, slots=True)
class EventEntry:
    name: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["event"] = "event"


@dataclass(frozen=True, slots=True)
class FinishedEntry:
    attempt: PlannedAttempt
    result: AttemptResult
    kind: Literal["finished"] = "finished"


Entry = (
    RingingEntry
    | AnsweredEntry
    | UtteranceEntry
    | AnswerGivenEntry
    | OptOutEntry
    | EventEntry
    | FinishedEntry
)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry and the attempt it belongs to."""

    attempt_id: UUID
    entry: Annotated[Entry, Discriminator("kind")]

    def to_json(self) -> bytes:
        """Return the entry as JSON."""
        return _ADAPTER.dump_json(self)

    @classmethod
    def from_json(cls, data: bytes) -> JournalEntry:
        """Read what `to_json` wrote."""
        return _ADAPTER.validate_json(data)


_ADAPTER = TypeAdapter(JournalEntry)
