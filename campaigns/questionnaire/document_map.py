"""Reading typed fields out of a mapping of a document, collecting every problem with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from campaigns.errors import Problem

_WIDE = "⺀-〿㐀-䶿一-鿿豈-﫿︰-﹏＀-￯"
_FOLD = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])")


class DocumentMap:
    """A mapping being read. Problems go into the list shared by the whole document; a field that
    has one reads as None, so reading goes on and all problems are found in one pass."""

    def __init__(self, data: Mapping[Any, Any], problems: list[Problem], line: int | None) -> None:
        self._data = data
        self._problems = problems
        self._line = line

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def line(self, key: str | None = None) -> int | None:
        """The line of a key, or of the mapping where the key is missing; None outside files."""
        marks = getattr(self._data, "lc", None)
        if marks is None or key is None or key not in self._data:
            return self._line
        return int(marks.key(key)[0]) + 1

    def peek(self, key: str) -> Any:
        """The bare value of a key, unchecked; None where it is missing."""
        return self._data.get(key)

    def refuse(self, key: str | None, message: str) -> None:
        """Note a problem at a key."""
        self._problems.append(Problem(message, line=self.line(key)))

    def only(self, allowed: Sequence[str]) -> None:
        """Refuse every key that is not allowed, naming the one that was probably meant."""
        for key in self._data:
            if key not in allowed:
                near = difflib.get_close_matches(str(key), allowed, 1)
                hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(allowed)}"
                self.refuse(key, f"unknown key {key}; {hint}")

    def text(self, key: str, *, required: bool = False, spoken: bool = True) -> str | None:
        """A text; if it is spoken, its white space is folded, to none beside Chinese characters."""
        value = self._data.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required or key in self._data:
                self.refuse(key, f"{key} is missing")
            return None
        if not isinstance(value, str):
            self.refuse(key, f"{key} must be text: put it in quotes")
            return None
        return fold(value) if spoken else str(value).strip()

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """One of the allowed words; required."""
        value = self.text(key, required=True)
        if value is None or value in allowed:
            return value
        near = difflib.get_close_matches(value, allowed, 1)
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(allowed)}"
        self.refuse(key, f"{key} {value!r} is not known; {hint}")
        return None

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._data.get(key, default)
        if isinstance(value, bool):
            return value
        self.refuse(key, f"{key} must be true or false")
        return default

    def number(self, key: str) -> float | None:
        """A number; a whole one stays an int."""
        value = self._data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(key, f"{key} must be a number")
            return None
        return int(value) if isinstance(value, int) else float(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self._data.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return int(value)
        self.refuse(key, f"{key} must be a whole number from {low} to {high}")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(key, f"{key} must be a list of texts: [甲, 乙]")
            return ()
        return tuple(fold(item) for item in value)

    def mapping(self, key: str, *, spoken: bool = True) -> dict[str, str]:
        """Texts by name."""
        value = self._data.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse(key, f"{key} must be a mapping of names to texts")
            return {}
        inner = self.inner(key)
        pairs = ((str(name), inner.text(name, spoken=spoken)) for name in value)
        return {name: text for name, text in pairs if text is not None}

    def inner(self, key: str) -> DocumentMap:
        """The mapping at a key; an empty one where there is none."""
        value = self._data.get(key)
        inner = value if isinstance(value, dict) else {}
        return DocumentMap(inner, self._problems, self.line(key))

    def maps(self, key: str) -> Iterator[DocumentMap]:
        """A list of mappings; entries that are none are refused and left out."""
        value = self._data.get(key)
        if not isinstance(value, list) or not value:
            self.refuse(key, f"{key} must be a list with at least one entry")
            return
        marks = getattr(value, "lc", None)
        for index, item in enumerate(value):
            line = int(marks.item(index)[0]) + 1 if marks else self._line
            if isinstance(item, dict):
                yield DocumentMap(item, self._problems, line)
            else:
                self._problems.append(Problem(f"an entry of {key} must be a mapping", line=line))


def fold(text: str) -> str:
    """Fold white space to single blanks, and to nothing beside Chinese characters."""
    return _FOLD.sub("", " ".join(str(text).split()))
