"""What the bot's words ask of the person: which question is open, or a read-back to confirm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pypinyin import lazy_pinyin

from campaigns.questionnaire.model import Question, Questionnaire, QuestionType

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_READ_BACKS = ("对吗", "是吗", "对不对", "是不是", "可以吗", "好吗", "确认一下", "行吗")
_REPEATS = ("没听清", "没有听清", "没听明白", "再说一遍", "再说一次")
_TAIL = 12
"""How many of the last syllables are looked at for a read-back or a wish to repeat."""
_ENOUGH = 0.55
"""Share of a wording's syllables that must be heard; recognisers miss up to a third."""


@dataclass(frozen=True, slots=True)
class Cue:
    """`question_id`: the question that was asked; `read_back`: something to be confirmed;
    `repeat`: the bot did not understand and wants to hear the same again."""

    question_id: str | None = None
    read_back: bool = False
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class _Wording:
    question_id: str
    syllables: tuple[str, ...]


class CueReader:
    """Knows every wording of a questionnaire and finds it in what was heard."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._wordings = tuple(
            _Wording(question.id, syllables)
            for question in questionnaire.questions
            if question.type is not QuestionType.NOTE
            for text in (question.text, question.re_ask, question.explain)
            if text and (syllables := syllables_of(_with_options(text, question)))
        )
        self._read_backs = tuple(syllables_of(text) for text in _READ_BACKS)
        self._repeats = tuple(syllables_of(text) for text in _REPEATS)

    def read(self, heard: Sequence[str]) -> Cue:
        """Return what `heard` (toneless pinyin) asks for; an empty cue when it is a remark."""
        best: _Wording | None = None
        best_share = _ENOUGH
        for wording in self._wordings:
            share = _share_heard(wording.syllables, heard)
            if share > best_share:
                best, best_share = wording, share
        if best is not None:
            return Cue(best.question_id)
        if _ends_with_one_of(heard, self._read_backs):
            return Cue(read_back=True)
        return Cue(repeat=_ends_with_one_of(heard, self._repeats))


def _with_options(text: str, question: Question) -> str:
    """Return the text with its options in the order of the file; a person may hear another."""
    return text.replace("{options}", "".join(option.label for option in question.options))


def syllables_of(text: str) -> tuple[str, ...]:
    """Return the toneless pinyin of the Chinese characters; placeholders and signs are left out."""
    return tuple(lazy_pinyin(_PLACEHOLDER.sub("", text), errors="ignore"))


def _share_heard(wanted: tuple[str, ...], heard: Sequence[str]) -> float:
    """Return which share of `wanted` is in the end of `heard`, in order, in runs of two or more.

    Only the end counts: the open question is the last thing the bot says.
    """
    tail = list(heard[-(len(wanted) * 3 // 2 + 4) :])
    blocks = SequenceMatcher(None, wanted, tail, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size > 1) / len(wanted)


def _ends_with_one_of(heard: Sequence[str], endings: Sequence[tuple[str, ...]]) -> bool:
    tail = tuple(heard[-_TAIL:])
    return any(
        tail[start : start + len(ending)] == ending
        for ending in endings
        for start in range(len(tail))
    )
