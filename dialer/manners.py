"""How the bot behaves in a call: its timings, in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.turns.end_point import Pauses
from dialer.turns.greeting import Greeting


@dataclass(frozen=True, slots=True)
class Manners:
    """`barge_in_s`: so much speech stops the bot; `engine_wait_s`: longest wait for the dialogue;
    `filler_after_s`: the person is asked to wait when its reply takes longer;
    `longest_call_s`: a call is ended after this; `slower`: how much longer slow speech takes;
    `hang_up_after_s`: silence between the last word and our hang-up."""

    greeting: Greeting = field(default_factory=Greeting)
    pauses: Pauses = field(default_factory=Pauses)
    barge_in_s: float = 0.22
    engine_wait_s: float = 5.0
    filler_after_s: float = 0.85
    longest_call_s: float = 900.0
    slower: float = 1.25
    hang_up_after_s: float = 0.3
    last_words_s: float = 2.0
    """After the person hung up: how long their last words may take to be understood."""
