"""Free text: the person's own words, when there are any."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.pinyin import fold
from dialogs.understanding.understood import Understood

_HESITATION = frozenset(map(fold, words("n e a o na ge zhe jiu shi")))
_DECLINING = Lexicon(
    {
        True: [
            *words(
                "没有 没有了 没了 没 没啥 没什么 没有什么 不用 不用了 不需要 没有建议 没什么建议 "
                "没意见 没有意见 没什么意见 不要 不要了 不必 算了 没有其他 没别的 没有别的 "
                "暂时没有 暂时没 不想说 没什么好说的 都挺好"
            ),
        ],
    }
)
_LONGEST_DECLINE = 10


def understand_text(text: str, syllables: Sequence[str]) -> Understood | None:
    """Return the words as they are; None when only hesitation was heard."""
    words = text.strip()
    if not words or all(fold(each) in _HESITATION for each in syllables):
        return None
    return Understood(words, 0.9)


def declines(syllables: Sequence[str]) -> bool:
    """Return whether the person has nothing to say to an optional question (没有, 不需要)."""
    found = _DECLINING.scan(syllables)
    return bool(found) and len(syllables) <= _LONGEST_DECLINE and found[0].start <= 2
