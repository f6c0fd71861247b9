"""Counts n-grams of toneless pinyin, so that 满衣 and `man yi` look like 满意.

Characters and Latin pinyin give the same features; sounds that southern speakers do not tell
apart (zh/z, ch/c, sh/s, n/l, in/ing, en/eng) are merged, as `dialogs.understanding.pinyin` does.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from pypinyin import lazy_pinyin
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import (
    CountVectorsFeaturizer,
)
from rasa.shared.nlu.constants import TEXT

_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_HUMS = frozenset({"n", "ng", "m", "hm", "hng", "en"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class PinyinFeaturizer(CountVectorsFeaturizer):
    """A CountVectorsFeaturizer over folded syllables."""

    @classmethod
    def required_packages(cls) -> list[str]:
        return ["sklearn", "pypinyin"]

    def _process_tokens(self, tokens: list[str], attribute: str = TEXT) -> list[str]:
        if attribute != TEXT:
            return tokens
        return [_fold(syllable) for syllable in _syllables(tokens)]

    @classmethod
    def get_default_config(cls) -> dict[str, Any]:
        return {**CountVectorsFeaturizer.get_default_config(), "min_ngram": 1, "max_ngram": 3}


def _syllables(tokens: list[str]) -> list[str]:
    """Return one syllable a token; neighbouring characters are read together (还行 is hai xing)."""
    syllables: list[str] = []
    for latin, run in groupby(tokens, key=str.isascii):
        syllables += [token.lower() for token in run] if latin else lazy_pinyin("".join(run))
    return syllables


def _fold(syllable: str) -> str:
    if syllable.isdigit():
        return "number"
    if syllable in _HUMS:
        return "eng"
    for initial, merged in _INITIALS:
        if syllable.startswith(initial):
            syllable = merged + syllable[len(initial) :]
            break
    return syllable + "g" if syllable.endswith(("in", "en")) else syllable
