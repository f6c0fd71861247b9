"""Which names a place of the file may use: nothing that is not known yet when it is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigns.errors import InvalidInput
from campaigns.questionnaire import condition
from campaigns.questionnaire.document_map import DocumentMap
from campaigns.questionnaire.placeholder import placeholders

RESERVED = frozenset({"and", "or", "not", "in", "is", "if", "else", "answered", "true", "false"})


@dataclass(frozen=True, slots=True)
class Names:
    """`open_yet`: questions that are not answered yet at this place, and what is computed of
    them."""

    open_yet: frozenset[str] = frozenset()

    def knowing(self, *names: str) -> Names:
        """Return the names of a place that knows these as well."""
        return Names(self.open_yet - set(names))

    def check_condition(self, entry: DocumentMap, key: str) -> str | None:
        """Read an expression; refuse it where it uses what is not known yet."""
        said = entry.text(key, spoken=False)
        if said is None:
            return None
        try:
            for name in sorted(condition.names(said) & self.open_yet):
                entry.refuse(key, f"{name} is not answered yet when this question is asked")
        except InvalidInput as error:
            entry.refuse(key, error.summary)
        return said

    def check_text(self, entry: DocumentMap, key: str) -> None:
        """Check the placeholders of a text."""
        text = entry.text(key) if key in entry else None
        if text is None:
            return
        mistake = bad_braces(text)
        if mistake:
            entry.refuse(key, mistake)
            return
        for name in sorted(set(placeholders(text)) & self.open_yet):
            entry.refuse(key, f"{{{name}}} is not answered yet when this is said")


def bad_braces(text: str) -> str | None:
    """Return what is wrong with the braces of a text, None when nothing is."""
    try:
        placeholders(text)
    except ValueError as error:
        return str(error)
    return None


def computed_of(computed: Mapping[str, str], open_yet: Iterable[str]) -> frozenset[str]:
    """Return the computed values that need any of these names, directly or by another one."""
    unknown = set(open_yet)
    for name, expression in computed.items():
        try:
            if condition.names(expression) & unknown:
                unknown.add(name)
        except InvalidInput:  # refused where it stands
            continue
    return frozenset(unknown & set(computed))
