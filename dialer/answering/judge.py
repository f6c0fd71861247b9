"""Person or machine: what is heard after the answer → a verdict. Pure: times are given."""

from __future__ import annotations

from dialer.answering.phrases import MACHINE_PHRASES
from dialer.answering.verdict import Answerer, AnswererVerdict

DEADLINE_S = 3.0
"""A verdict is given then, by default a person …"""
LISTENED_S = 12.0
"""… but a machine may still give itself away in its first words or by its beep."""
_LONG_GREETING_S = 2.4
_BEEP_AFTER_SPEECH_S = 0.4
_PAUSE_S = 1.2
"""Silence that ends the first words."""
_LEAST_SCORE = 0.8
_MACHINE = frozenset(MACHINE_PHRASES)


class Judge:
    """Takes what is heard as it is heard; length alone never makes a machine."""

    def __init__(self) -> None:
        self.verdict: AnswererVerdict | None = None
        self._speech_s = 0.0
        self._first_words_s: float | None = None
        self._quiet_s = 0.0

    @property
    def listening(self) -> bool:
        """Whether anything can still change the verdict."""
        verdict = self.verdict
        return verdict is None or verdict.answerer is Answerer.PERSON

    def on_frame(self, now_s: float, step_s: float, *, voiced: bool, beep: bool) -> None:
        """Take a frame that ends at `now_s` since the answer and lasts `step_s`."""
        if not self.listening or now_s > LISTENED_S:
            return
        if beep and self._speech_s >= _BEEP_AFTER_SPEECH_S:
            self._machine("beep", "", now_s)
            return
        if voiced and not beep:
            self._speech_s += step_s
            self._quiet_s = 0.0
        else:
            self._quiet_s += step_s
        if self._first_words_s is None and self._speech_s and self._quiet_s >= _PAUSE_S:
            self._first_words_s = self._speech_s
        self._person(now_s)

    def on_phrase(self, phrase: str, score: float, now_s: float) -> None:
        """Take a phrase that was found."""
        certain = phrase in _MACHINE and score >= _LEAST_SCORE
        if self.listening and certain and now_s <= LISTENED_S:
            self._machine("phrase", phrase, now_s)

    def _machine(self, by: str, evidence: str, now_s: float) -> None:
        self.verdict = AnswererVerdict(Answerer.MACHINE, by, evidence, now_s)

    def _person(self, now_s: float) -> None:
        if self.verdict is not None:
            return
        words_s = self._first_words_s
        if words_s is not None and words_s < _LONG_GREETING_S:
            self.verdict = AnswererVerdict(Answerer.PERSON, "words", f"{words_s:.1f} s", now_s)
        elif now_s >= DEADLINE_S:
            self.verdict = AnswererVerdict(Answerer.PERSON, "default", "", DEADLINE_S)
