"""The dialogue port: a call tells what it heard, the engine answers what the phone must do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to hear what was said: toneless syllables, their tones (a digit each, 1–4, 5
    neutral; empty when unknown) and its probability among all ways, 0–1."""

    syllables: tuple[str, ...]
    tones: str
    probability: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing the person said; times in seconds from the answer of the call. `readings`: the
    likely ways to hear it, best first, () where the recogniser tells only one."""

    text: str
    syllables: tuple[str, ...]
    confidence: float
    start_s: float
    end_s: float
    kind: Literal["speech"] = "speech"
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyed:
    """Digits pressed on the keypad."""

    digits: str
    kind: Literal["keys"] = "keys"


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nothing was heard within the time the reply allowed."""

    kind: Literal["no_input"] = "no_input"


@dataclass(frozen=True, slots=True)
class NotTransferred:
    """The person was being put through to a human, and no agent took the call."""

    reason: str
    kind: Literal["not_transferred"] = "not_transferred"


TurnInput = Heard | Keyed | NoInput | NotTransferred


class ConversationOutcome(StrEnum):
    """How the conversation ended from the dialogue's point of view."""

    COMPLETED = "completed"
    REFUSED = "refused"
    OPT_OUT = "opt_out"
    WRONG_NUMBER = "wrong_number"
    CALL_LATER = "call_later"
    HUMAN_REQUESTED = "human_requested"
    TRANSFERRED = "transferred"
    NO_RESPONSE = "no_response"
    OVER_QUOTA = "over_quota"
    """Enough people like this one have been asked."""
    GOODBYE = "goodbye"
    """The person ended it politely before the end."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `segments` one after the other; each is one cached clip of fixed wording."""

    segments: tuple[str, ...]
    barge_in: bool = True
    slower: bool = False
    kind: Literal["say"] = "say"


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for the person; `question_id` is the open question (None: any remark)."""

    question_id: str | None
    hints: tuple[str, ...] = ()
    no_input_s: float = 6.0
    max_digits: int = 1
    """How many keys end the input at once; 0 = until # or a pause."""
    kind: Literal["listen"] = "listen"


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """A question was answered (or left unanswered: `value` None), or something was computed or
    drawn for this person. To be stored at once; a later one to the same question replaces it."""

    question_id: str
    value: Any
    words: str
    confidence: float
    source: Literal["speech", "keys", "none", "computed"]
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class CallLater:
    """The person asked to be called at another time; `at` is aware, None when they named none."""

    words: str
    at: datetime | None
    kind: Literal["call_later"] = "call_later"


@dataclass(frozen=True, slots=True)
class OptOut:
    """The person does not want to be called again: takes effect at once, for ever."""

    words: str
    kind: Literal["opt_out"] = "opt_out"


@dataclass(frozen=True, slots=True)
class Transfer:
    """The person wants a human. `connect`: put them through now, saying `comfort` from time to time
    while they wait; otherwise nobody can be reached and the call ends."""

    reason: str
    words: str = ""
    """What they said."""
    connect: bool = False
    comfort: tuple[str, ...] = ()
    kind: Literal["transfer"] = "transfer"


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call once everything has been said."""

    outcome: ConversationOutcome
    kind: Literal["hang_up"] = "hang_up"


Step = Say | Listen | AnswerGiven | CallLater | OptOut | Transfer | HangUp


@dataclass(frozen=True, slots=True)
class Reply:
    """What to do next, in order; the last step is `Listen`, `Transfer` or `HangUp`."""

    steps: tuple[Step, ...]
    intent: str | None = None
    """What the person's words were taken for (kept with the utterance)."""


class DialogueError(Exception):
    """The dialogue engine did not answer; `retryable` says whether to ask again."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class DialogueEngine(Protocol):
    """Leads the conversation of a call, named by its attempt."""

    async def start(self, attempt_id: UUID) -> Reply:
        """Open the conversation. Raises DialogueError when the engine does not answer."""
        ...

    async def turn(self, attempt_id: UUID, number: int, heard: TurnInput) -> Reply:
        """Answer turn `number` (from 1). The same number asked twice gives the same reply."""
        ...
