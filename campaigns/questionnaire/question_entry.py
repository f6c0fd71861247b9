"""Reading one question of the questionnaire file."""

from __future__ import annotations

import re

from campaigns.questionnaire.document import UNASKED
from campaigns.questionnaire.document_map import DocumentMap
from campaigns.questionnaire.model import Option, Question
from campaigns.questionnaire.model import QuestionType as Type
from campaigns.questionnaire.names import RESERVED, Names

_KEYS = (
    "id", "type", "text", "when", "options", "min", "max", "required", "barge_in", "confirm",
    "ask_limit", "explain", "re_ask",
)  # fmt: skip
_SECOND_KEYS = ("order", "constraint", "constraint_message", "end_when", "end_text")
_CHOICES = (Type.SINGLE_CHOICE, Type.MULTIPLE_CHOICE)
_RANGES = (Type.RATING, Type.NUMBER)


def read_question(
    entry: DocumentMap, names: Names, group: str | None, *, second: bool
) -> Question | None:
    """Read one question; `names` are those of the moment when it is asked, `second`: whether the
    file is of format 2. None when it cannot be read; what is wrong is noted in the entry."""
    entry.only((*_KEYS, *_SECOND_KEYS) if second else _KEYS)
    key = identifier(entry, "id", r"[a-z][a-z0-9_]*", "small letters, digits and _, a letter first")
    kind = entry.choice("type", tuple(Type))
    text = entry.text("text", required=True)
    names.check_condition(entry, "when")
    for name in ("text", "explain", "re_ask", "constraint_message"):
        names.check_text(entry, name)
    if key is None or kind is None:
        return None
    type_ = Type(kind)
    options = _options(entry, type_, names, second=second)
    minimum, maximum = _range(entry, type_, second=second)
    _check_end(entry, type_, names.knowing(key))
    if type_ is Type.NOTE:
        for name in (*UNASKED, "constraint"):
            if name in entry:
                entry.refuse(name, f"a note is not asked: {name} does not apply")
    question = Question(
        id=key,
        type=type_,
        text=text or "",
        options=options,
        minimum=minimum,
        maximum=maximum,
        when=entry.text("when", spoken=False),
        required=entry.flag("required", True),
        barge_in=entry.flag("barge_in", True),
        confirm=entry.flag("confirm", False),
        ask_limit=entry.whole("ask_limit", 3, 1, 10),
        explain=entry.text("explain"),
        re_ask=entry.text("re_ask"),
        group=group,
        shuffle=is_random(entry) if "order" in entry else False,
        constraint=names.knowing("value", key).check_condition(entry, "constraint"),
        constraint_message=entry.text("constraint_message"),
        end_when=entry.text("end_when", spoken=False),
        end_text=entry.text("end_text"),
    )
    return question if text else None


def identifier(entry: DocumentMap, key: str, pattern: str, words: str) -> str | None:
    """Read an id made as the pattern says."""
    value = entry.text(key, required=True)
    if value is None:
        return None
    if not re.fullmatch(pattern, value) or value in RESERVED:
        entry.refuse(key, f"the {key} {value!r} must be made of {words}")
        return None
    return value


def is_random(entry: DocumentMap) -> bool:
    """Read `order: random`."""
    return entry.choice("order", ("random", "fixed")) == "random"


def _check_end(entry: DocumentMap, type_: Type, names: Names) -> None:
    names.check_condition(entry, "end_when")
    names.check_text(entry, "end_text")
    if "end_text" in entry and "end_when" not in entry:
        entry.refuse("end_text", "end_text is said where end_when holds: end_when is missing")
    if "constraint_message" in entry and "constraint" not in entry:
        entry.refuse("constraint_message", "constraint_message has no constraint")
    if "order" in entry and type_ not in _CHOICES:
        entry.refuse("order", f"order belongs to choices, not to {type_.value}")


def _options(entry: DocumentMap, type_: Type, names: Names, *, second: bool) -> tuple[Option, ...]:
    if type_ not in _CHOICES:
        if "options" in entry:
            entry.refuse("options", f"options belong to choices, not to {type_.value}")
        return ()
    keys = ("value", "label", "words", *(("when", "last") if second else ()))
    options: list[Option] = []
    seen: dict[str, set[str]] = {"value": set(), "label": set()}
    for item in entry.maps("options"):
        item.only(keys)
        fields = {name: item.text(name, required=True) for name in ("value", "label")}
        for name, field in fields.items():
            if field is not None and field in seen[name]:
                item.refuse(name, f"two options have the {name} {field}")
            seen[name].add(field or "")
        when = names.check_condition(item, "when")
        last = item.flag("last", False)
        if fields["value"] and fields["label"]:
            words = item.texts("words")
            options.append(Option(fields["value"], fields["label"], words, when, last))
    if len(options) == 1:
        entry.refuse("options", "a choice needs two options or more")
    return tuple(options)


def _range(entry: DocumentMap, type_: Type, *, second: bool) -> tuple[float | None, float | None]:
    low, high = entry.number("min"), entry.number("max")
    several = second and type_ is Type.MULTIPLE_CHOICE
    if type_ not in _RANGES and not several:
        for name in ("min", "max"):
            if name in entry:
                entry.refuse(name, f"{name} belongs to rating and number, not to {type_.value}")
        return None, None
    if type_ is Type.RATING or several:
        for name, bound in (("min", low), ("max", high)):
            if not isinstance(bound, int) and (type_ is Type.RATING or bound is not None):
                entry.refuse(
                    name, f"a {type_.value.replace('_', ' ')} needs {name}, a whole number"
                )
    if low is not None and high is not None and (low > high if several else low >= high):
        entry.refuse("min", f"min ({low}) must be less than max ({high})")
    return low, high
