"""Placeholders: {name} in a text stands for a contact attribute or an earlier answer."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def placeholders(text: str) -> tuple[str, ...]:
    """Return the names in order of appearance. Raises ValueError for a brace that is none."""
    found = tuple(name.strip() for name in _PLACEHOLDER.findall(text))
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError("a brace is not closed or not opened")
    for name in found:
        if not name.isidentifier():
            raise ValueError(f"{{{name}}} is no placeholder: a name has letters, digits and _ only")
    return found
