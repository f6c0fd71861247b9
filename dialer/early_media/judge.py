"""From tones and phrases to the verdict on early media. Pure: times are given."""

from __future__ import annotations

from dataclasses import replace

from dialer.early_media.announcement import MEANINGS, Meaning, overrides
from dialer.early_media.cadence import Tone
from dialer.early_media.verdict import Heard, Verdict

_HOLD_S = 0.3
"""After a phrase: a better one may be in the same word."""
_LONG_HOLD_S = 1.2
"""After a phrase that more may follow: 暂时无人接听，请在滴声后留言; 正在通话中，请不要挂机."""
_OFTEN_CONTINUED = frozenset({Heard.NO_ANSWER, Heard.BUSY, Heard.OUT_OF_SERVICE, Heard.BLOCKED})

_BY_TONE: dict[Tone, Heard] = {
    Tone.RING_BACK: Heard.RINGING,
    Tone.CALL_WAITING: Heard.RINGING,
    Tone.BUSY: Heard.BUSY,
    Tone.CONGESTION: Heard.CONGESTION,
    Tone.UNOBTAINABLE: Heard.INVALID_NUMBER,
}


class Judge:
    """Keeps the best evidence: an announcement before a dead end's tone before a weak phrase
    before ring-back, tone or music."""

    def __init__(self) -> None:
        self._announced: Verdict | None = None
        self._tone: Verdict | None = None
        self._weak: Verdict | None = None
        self._music: Verdict | None = None
        self._waiting = False

    @property
    def verdict(self) -> Verdict | None:
        """The verdict so far; None: undecided."""
        if self._announced is not None:
            return self._announced
        if self._tone is not None and self._tone.dead_end:
            return self._tone
        return self._weak or self._tone or self._music

    def on_tone(self, tone: Tone, now_s: float) -> None:
        """Take a tone that is certain."""
        if self._tone is None or not self._tone.dead_end:
            heard = _BY_TONE[tone]
            dead_end = heard is not Heard.RINGING
            self._tone = Verdict(heard, "tone", tone.value, now_s, dead_end=dead_end)

    def on_music(self, now_s: float) -> None:
        """Take ring-back music: it rings, and nothing more."""
        if self._music is None:
            self._music = Verdict(Heard.RINGING, "music", "ring_back_music", now_s)

    def on_phrase(self, phrase: str, score: float, now_s: float) -> None:
        """Take a phrase that was found."""
        meaning = MEANINGS.get(phrase)
        if meaning is None:
            return
        if meaning.waiting:
            self._waiting = True
            if self._announced is not None:
                self._announced = replace(self._announced, dead_end=False)
        elif meaning.heard is not None:
            self._take(meaning, meaning.heard, phrase, score, now_s)

    def final(self, now_s: float) -> bool:
        """Whether the verdict is a dead end that nothing more will change."""
        verdict = self.verdict
        if verdict is None or not verdict.dead_end:
            return False
        if verdict.by == "tone":
            return True
        hold_s = _LONG_HOLD_S if verdict.heard in _OFTEN_CONTINUED else _HOLD_S
        return now_s - verdict.at_s >= hold_s - 1e-9

    def _take(
        self, meaning: Meaning, heard: Heard, phrase: str, score: float, now_s: float
    ) -> None:
        verdict = Verdict(
            heard, "announcement", phrase, now_s, score, not (meaning.weak or self._waiting)
        )
        if meaning.weak:
            self._weak = self._weak or verdict
        elif self._announced is None or overrides(heard, self._announced.heard):
            self._announced = verdict
