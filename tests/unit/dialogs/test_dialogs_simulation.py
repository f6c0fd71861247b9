"""The simulator leads the same conversation as a call."""

from __future__ import annotations

from campaigns.script import Script
from dialogs.conversation import Intent
from dialogs.simulation import Simulation
from tests.fakes.talk import CALLBACK, NOW


def simulation(ranked: tuple[Intent, ...] = ()) -> Simulation:
    heard: list[str] = []

    def classify(text: str) -> tuple[Intent, ...]:
        heard.append(text)
        return ranked

    made = Simulation(Script(CALLBACK, {"name": "王女士"}, "1"), classify, lambda: NOW)
    made.start()
    return made


def test_words_keys_silence_and_intents() -> None:
    talk = simulation()
    assert talk.question == "solved"
    talk.hear("")
    assert talk.reply.intent == "no_input"
    talk.hear("/ask_identity")
    assert talk.reply.intent == "ask_identity"
    talk.hear("解决了")
    talk.hear("#5")
    talk.hear("没有")
    assert talk.over
    assert talk.summary() == {
        "outcome": "completed",
        "over": True,
        "answers": {"solved": True, "satisfaction": 5, "suggestion": None},
        "due": ["solved", "satisfaction", "suggestion"],
        "answered_share": 1.0,
    }


def test_the_classifier_is_told_syllables() -> None:
    talk = simulation((Intent("busy_now", 0.9),))
    talk.hear("我在开会")
    assert talk.reply.intent == "busy_now"
    assert not talk.over
