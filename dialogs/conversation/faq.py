"""Questions people ask us: answered from the campaign's own list, found by how they sound."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from campaigns.questionnaire.model import Faq
from dialogs.understanding.lexicon import words
from dialogs.understanding.pinyin import folded, sounds

CERTAIN = 0.85
"""So much alike is that question, whatever else the words may be."""
LIKELY = 0.6
"""So much alike will do where a question about taxes was heard."""
_FILLERS = tuple(
    sorted(
        (
            sounds(each)
            for each in words(
                "我想问一下 我想问 想问一下 请问一下 问一下 请问 麻烦问下 你好 您好 那个 就是 "
                "我想知道 想知道 你知道 你能告诉我 能不能告诉我 啊 呢 吗 呀 嘛 了 的 是 那 嗯"
            )
        ),
        key=len,
        reverse=True,
    )
)
_LEAST = 3
"""A wording of fewer syllables is found as a whole or not at all."""
_SHORT = 0.8
"""So much at most: a word alone may as well be an answer to our own question."""
_RUN = 2


def find(faq: Sequence[Faq], syllables: Sequence[str]) -> tuple[Faq | None, float]:
    """Return the entry most like what was heard, and how much, 0–1."""
    heard = _core(folded(syllables))
    best, best_likeness = None, 0.0
    for entry in faq:
        likeness = max(_likeness(_wording(each), heard) for each in entry.questions)
        if likeness > best_likeness:
            best, best_likeness = entry, likeness
    return best, best_likeness


@lru_cache(maxsize=4096)
def _wording(text: str) -> tuple[str, ...]:
    return _core(sounds(text))


def _core(syllables: Sequence[str]) -> tuple[str, ...]:
    """Return the syllables without the words people put around a question."""
    kept: list[str] = []
    at = 0
    while at < len(syllables):
        filler = next((f for f in _FILLERS if tuple(syllables[at : at + len(f)]) == f), None)
        if filler is None:
            kept.append(syllables[at])
        at += len(filler) if filler else 1
    return tuple(kept)


def _likeness(wording: tuple[str, ...], heard: tuple[str, ...]) -> float:
    """Return how much of the wording was heard, in order and in runs, less what else was said."""
    if not wording or not heard:
        return 0.0
    blocks = SequenceMatcher(None, wording, heard, autojunk=False).get_matching_blocks()
    longest = max(block.size for block in blocks)
    if len(wording) < _LEAST or len(heard) < _LEAST:
        return _SHORT if longest == len(wording) and len(heard) <= 2 * len(wording) else 0.0
    common = sum(block.size for block in blocks if block.size >= _RUN)
    covered = common / len(wording)
    return covered * (0.7 + 0.3 * common / len(heard))
