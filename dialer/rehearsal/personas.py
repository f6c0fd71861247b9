"""Who picks up in a rehearsal: eight kinds of people, told apart by the dialled number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Pickup(StrEnum):
    """What the phone does when it is called."""

    ANSWERS = "answers"
    RINGS = "rings"
    """It rings until the caller gives up."""
    BUSY = "busy"
    """The network says busy (486)."""


class Mood(StrEnum):
    """What a person thinks of the service: decides every answer."""

    PLEASED = "pleased"
    DISPLEASED = "displeased"


@dataclass(frozen=True, slots=True)
class Persona:
    """One kind of person.

    `greeting` is said after picking up; `objection` is said to whatever is heard, instead of an
    answer; `mood` answers the questions, None = answers none.
    """

    name: str
    pickup: Pickup = Pickup.ANSWERS
    greeting: str | None = None
    objection: str | None = None
    mood: Mood | None = None


_HELLO = "喂，你好"

PERSONAS: tuple[Persona, ...] = (
    Persona("busy_signal", Pickup.BUSY),
    Persona("satisfied", greeting=_HELLO, mood=Mood.PLEASED),
    Persona("dissatisfied", greeting=_HELLO, mood=Mood.DISPLEASED),
    Persona("silent"),
    Persona("busy_now", greeting=_HELLO, objection="我现在没空，明天下午三点再打吧"),
    Persona("wrong_number", greeting=_HELLO, objection="你打错了"),
    Persona("asks_for_human", greeting=_HELLO, objection="我要转人工"),
    Persona("no_answer", Pickup.RINGS),
)


def persona_of(number: str) -> Persona:
    """Return who picks up: the number made of the last two digits, modulo 8, counts `PERSONAS`.

    A number without digits is the satisfied person's.
    """
    digits = [char for char in number if char.isascii() and char.isdigit()]
    if not digits:
        return PERSONAS[1]
    return PERSONAS[int("".join(digits[-2:])) % len(PERSONAS)]
