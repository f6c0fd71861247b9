"""Back-channels: 嗯, 对, 好 said while the bot speaks mean "go on", not "stop"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SOUNDS = frozenset(
    {
        "n",
        "ng",
        "en",
        "eng",
        "m",
        "e",
        "a",
        "o",
        "ao",
        "ai",
        "dui",
        "hao",
        "shi",
        "xing",
        "de",
        "ya",
    }
)
"""嗯 呃 啊 哦 哎 对 好 是 行 的, toneless, and what a recogniser makes of a hum."""


@dataclass(frozen=True, slots=True)
class BackChannel:
    """`longest_s`: so much speech may be a back-channel while its words are not known;
    `longest_known_s`: while only such words are heard (对对对, 好的好的). Towards the end of a
    saying, when less than `answers_from_s` of it is left, a short word is an answer given early."""

    longest_s: float = 0.5
    longest_known_s: float = 1.0
    answers_from_s: float = 1.5

    def may_be(self, spoken_s: float, syllables: Sequence[str], left_s: float) -> bool:
        """Return whether `spoken_s` of speech, of which `syllables` are recognised so far, may
        still be one, with `left_s` of the bot's saying to come."""
        if left_s < self.answers_from_s:
            return False
        if syllables and all(each in _SOUNDS for each in syllables):
            return spoken_s <= self.longest_known_s
        return len(syllables) < 2 and spoken_s <= self.longest_s
