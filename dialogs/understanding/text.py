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
_MAY_STAND_BESIDE = frozenset(
    map(fold, words("n e a o ba la le de ma ne wo jiu na xie zan shi mu qian hai dou ye ting hao"))
)


def understand_text(text: str, syllables: Sequence[str]) -> Understood | None:
    """Return the words as they are; None when only hesitation was heard."""
    said = text.strip()
    if not said or all(fold(each) in _HESITATION for each in syllables):
        return None
    return Understood(said, 0.9)


def declines(syllables: Sequence[str]) -> bool:
    """Return whether the person has nothing to say to an optional question (没有, 不需要了谢谢);
    没有人接电话 says something."""
    found = _DECLINING.scan(syllables)
    taken = {at for match in found for at in range(match.start, match.end)}
    rest = (each for at, each in enumerate(syllables) if at not in taken)
    return bool(found) and all(fold(each) in _MAY_STAND_BESIDE for each in rest)
