"""One token a Chinese character, a run of digits or a run of Latin letters.

Rasa's WhitespaceTokenizer refuses Chinese, and jieba splits misheard words wrongly.
"""

from __future__ import annotations

import re
from typing import Any

from components import action_call  # noqa: F401  (every model of ours loads this component)
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[A-Za-z]+|[\u3400-\u9fff]")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class CharacterTokenizer(Tokenizer):
    """Cuts text into characters."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = message.get(attribute) or " "
        tokens = [Token(match.group(), match.start()) for match in _TOKEN.finditer(text)]
        return tokens or [Token(text, 0)]
