"""The questionnaire file, format 1 (docs/questionnaire-format.md): read, checked, written back."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from campaigns.errors import InvalidInput, Problem
from campaigns.questionnaire import ai_notice, condition
from campaigns.questionnaire.document_map import DocumentMap
from campaigns.questionnaire.model import CampaignKind, Option, Question, Questionnaire
from campaigns.questionnaire.model import QuestionType as Type
from campaigns.questionnaire.placeholder import placeholders

FORMAT = "outbound-questionnaire/1"
_MAX_CHARACTERS = 1_000_000
_KEYS = ("format", "id", "title", "kind", "opening", "identity", "closing", "phrases", "questions")
_QUESTION_KEYS = (
    "id", "type", "text", "when", "options", "min", "max", "required", "barge_in", "confirm",
    "ask_limit", "explain", "re_ask",
)  # fmt: skip
_CHOICES = (Type.SINGLE_CHOICE, Type.MULTIPLE_CHOICE)
_RANGES = (Type.RATING, Type.NUMBER)
_UNASKED = ("required", "confirm", "ask_limit", "re_ask")
_RESERVED = frozenset({"and", "or", "not", "in", "is", "if", "else", "answered", "true", "false"})


def parse(text: str) -> Questionnaire:
    """Read a questionnaire file (YAML 1.2; JSON is YAML too).

    Raises InvalidInput with every problem found and the line where it stands.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InvalidInput("the questionnaire file is too long: one million characters at most")
    try:
        data = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = Problem(str(error.problem or "cannot be read"), line=line)
        raise InvalidInput("the questionnaire file is not well-formed YAML", (problem,)) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(f"the questionnaire file is not well-formed YAML: {error}") from error
    return from_document(data)


def from_document(data: Any) -> Questionnaire:
    """Read a questionnaire from data of the file's shape. Raises InvalidInput."""
    if not isinstance(data, dict):
        raise InvalidInput(f"a questionnaire is a mapping that begins with `format: {FORMAT}`")
    problems: list[Problem] = []
    questionnaire = _questionnaire(DocumentMap(data, problems, 1 if hasattr(data, "lc") else None))
    if problems or questionnaire is None:
        found = sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)
        raise InvalidInput("the questionnaire cannot be used", tuple(found))
    return questionnaire


def to_document(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the questionnaire as data of the file's shape; `from_document` gives it back."""
    return {
        "format": FORMAT,
        "id": questionnaire.id,
        "title": questionnaire.title,
        "kind": questionnaire.kind.value,
        "opening": questionnaire.opening,
        "identity": questionnaire.identity,
        "closing": questionnaire.closing,
        "phrases": dict(questionnaire.phrases),
        "questions": [_question_document(question) for question in questionnaire.questions],
    }


def _question_document(question: Question) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": question.id,
        "type": question.type.value,
        "text": question.text,
        "when": question.when,
        "min": question.minimum,
        "max": question.maximum,
        "barge_in": question.barge_in,
        "explain": question.explain,
    }
    if question.type is not Type.NOTE:
        document |= {name: getattr(question, name) for name in _UNASKED}
    if question.options:
        document["options"] = [
            {"value": option.value, "label": option.label, "words": list(option.words)}
            for option in question.options
        ]
    return {key: value for key, value in document.items() if value is not None}


def _questionnaire(top: DocumentMap) -> Questionnaire | None:
    top.only(_KEYS)
    top.choice("format", (FORMAT,))
    key = _identifier(top, r"[a-z0-9]+(-[a-z0-9]+)*", "small letters, digits and single hyphens")
    title = top.text("title", required=True)
    kind = top.choice("kind", tuple(CampaignKind))
    opening = top.text("opening", required=True)
    identity = top.text("identity", required=True)
    closing = top.text("closing", required=True)
    phrases = top.mapping("phrases")
    if opening:
        for missing in ai_notice.missing_from(opening):
            top.refuse("opening", f"opening must say {missing}: the law wants the notice")
    questions = _questions(top)
    ids = frozenset(question.id for question in questions)
    for name in ("opening", "identity", "closing"):
        later = ids if name != "closing" else frozenset[str]()
        _check_placeholders(top, name, later)
    for name, phrase in phrases.items():
        if _bad_braces(phrase):
            top.refuse("phrases", f"{name}: {_bad_braces(phrase)}")
    if not (key and title and kind and opening and identity and closing and questions):
        return None
    return Questionnaire(
        key, title, CampaignKind(kind), opening, closing, identity, tuple(questions), phrases
    )


def _questions(top: DocumentMap) -> list[Question]:
    entries = list(top.maps("questions"))
    ids = [entry.text("id") if "id" in entry else None for entry in entries]
    questions = []
    for index, entry in enumerate(entries):
        if ids[index] is not None and ids[index] in ids[:index]:
            entry.refuse("id", f"the id {ids[index]} is used by an earlier question")
        open_yet = frozenset(name for name in ids[index:] if name) - set(ids[:index])
        question = _question(entry, open_yet)
        if question is not None:
            questions.append(question)
    return questions


def _question(entry: DocumentMap, open_yet: frozenset[str]) -> Question | None:
    """Read one question; `open_yet` are the ids of itself and of later questions."""
    entry.only(_QUESTION_KEYS)
    key = _identifier(entry, r"[a-z][a-z0-9_]*", "small letters, digits and _, a letter first")
    kind = entry.choice("type", tuple(Type))
    text = entry.text("text", required=True)
    _check_condition(entry, open_yet)
    for name in ("text", "explain", "re_ask"):
        _check_placeholders(entry, name, open_yet)
    if key is None or kind is None:
        return None
    type_ = Type(kind)
    options = _options(entry, type_)
    minimum, maximum = _range(entry, type_)
    if type_ is Type.NOTE:
        for name in _UNASKED:
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
    )
    return question if text else None


def _identifier(entry: DocumentMap, pattern: str, words: str) -> str | None:
    key = entry.text("id", required=True)
    if key is None:
        return None
    if not re.fullmatch(pattern, key) or key in _RESERVED:
        entry.refuse("id", f"the id {key!r} must be made of {words}")
        return None
    return key


def _options(entry: DocumentMap, type_: Type) -> tuple[Option, ...]:
    if type_ not in _CHOICES:
        if "options" in entry:
            entry.refuse("options", f"options belong to choices, not to {type_.value}")
        return ()
    options: list[Option] = []
    seen: dict[str, set[str]] = {"value": set(), "label": set()}
    for item in entry.maps("options"):
        item.only(("value", "label", "words"))
        fields = {name: item.text(name, required=True) for name in ("value", "label")}
        for name, field in fields.items():
            if field is not None and field in seen[name]:
                item.refuse(name, f"two options have the {name} {field}")
            seen[name].add(field or "")
        if fields["value"] and fields["label"]:
            options.append(Option(fields["value"], fields["label"], item.texts("words")))
    if len(options) == 1:
        entry.refuse("options", "a choice needs two options or more")
    return tuple(options)


def _range(entry: DocumentMap, type_: Type) -> tuple[float | None, float | None]:
    low, high = entry.number("min"), entry.number("max")
    if type_ not in _RANGES:
        for name in ("min", "max"):
            if name in entry:
                entry.refuse(name, f"{name} belongs to rating and number, not to {type_.value}")
        return None, None
    if type_ is Type.RATING:
        for name, bound in (("min", low), ("max", high)):
            if not isinstance(bound, int):
                entry.refuse(name, f"a rating needs {name}, a whole number")
    if low is not None and high is not None and low >= high:
        entry.refuse("min", f"min ({low}) must be less than max ({high})")
    return low, high


def _check_condition(entry: DocumentMap, open_yet: frozenset[str]) -> None:
    when = entry.text("when", spoken=False)
    if when is None:
        return
    try:
        for name in sorted(condition.names(when) & open_yet):
            entry.refuse("when", f"{name} is not answered yet when this question is asked")
    except InvalidInput as error:
        entry.refuse("when", error.summary)


def _check_placeholders(entry: DocumentMap, key: str, open_yet: frozenset[str]) -> None:
    text = entry.text(key) if key in entry else None
    if text is None:
        return
    mistake = _bad_braces(text)
    if mistake:
        entry.refuse(key, mistake)
        return
    for name in sorted(set(placeholders(text)) & open_yet):
        entry.refuse(key, f"{{{name}}} is not answered yet when this is said")


def _bad_braces(text: str) -> str | None:
    try:
        placeholders(text)
    except ValueError as error:
        return str(error)
    return None
