"""The notice every opening must hold: the voice is synthesised by AI and the call is recorded.

Measures for Labelling AI-generated Synthetic Content and GB 45438-2025: a voice label names
"人工智能" or "AI" together with "生成" or "合成".
"""

from __future__ import annotations

import re

_PARTS = (
    (re.compile(r"人工智能|AI|ＡＩ", re.IGNORECASE), "人工智能 (or AI)"),
    (re.compile(r"合成|生成"), "合成 (or 生成)"),
    (re.compile(r"录音"), "录音"),
)


def missing_from(opening: str) -> tuple[str, ...]:
    """Return the words of the notice that an opening lacks; empty when it is complete."""
    return tuple(name for pattern, name in _PARTS if not pattern.search(opening))
