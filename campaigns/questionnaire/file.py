"""The questionnaire file, formats 1 and 2 (docs/questionnaire-format.md): read and checked."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from campaigns.errors import InvalidInput, Problem
from campaigns.questionnaire import ai_notice
from campaigns.questionnaire.document import FORMATS, to_document
from campaigns.questionnaire.document_map import DocumentMap
from campaigns.questionnaire.entries import Entries
from campaigns.questionnaire.model import CampaignKind, Faq, Questionnaire, Quota
from campaigns.questionnaire.names import Names, bad_braces, computed_of
from campaigns.questionnaire.question_entry import identifier

__all__ = ["from_document", "parse", "to_document"]

_MAX_CHARACTERS = 1_000_000
_MOST_QUOTAS, _MOST_FAQ, _HIGHEST_LIMIT = 200, 200, 10_000_000
_KEYS = ("format", "id", "title", "kind", "opening", "identity", "closing", "phrases", "questions")
_SECOND_KEYS = ("compute", "quotas", "faq")


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
        raise InvalidInput(f"a questionnaire is a mapping that begins with `format: {FORMATS[1]}`")
    problems: list[Problem] = []
    questionnaire = _questionnaire(DocumentMap(data, problems, 1 if hasattr(data, "lc") else None))
    if problems or questionnaire is None:
        found = sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)
        raise InvalidInput("the questionnaire cannot be used", tuple(found))
    return questionnaire


def _questionnaire(top: DocumentMap) -> Questionnaire | None:
    second = top.choice("format", FORMATS) == FORMATS[1]
    top.only((*_KEYS, *_SECOND_KEYS) if second else _KEYS)
    words = "small letters, digits and single hyphens"
    key = identifier(top, "id", r"[a-z0-9]+(-[a-z0-9]+)*", words)
    title = top.text("title", required=True)
    kind = top.choice("kind", tuple(CampaignKind))
    opening = top.text("opening", required=True)
    identity = top.text("identity", required=True)
    closing = top.text("closing", required=True)
    phrases = top.mapping("phrases")
    if opening:
        for missing in ai_notice.missing_from(opening):
            top.refuse("opening", f"opening must say {missing}: the law wants the notice")
    computed = top.mapping("compute", spoken=False) if second else {}
    entries = Entries(second, computed)
    entries.read(top)
    ids = frozenset(question.id for question in entries.questions)
    at_first = Names(ids | computed_of(computed, ids))
    for name in ("opening", "identity"):
        at_first.check_text(top, name)
    Names().check_text(top, "closing")
    for name, phrase in phrases.items():
        if mistake := bad_braces(phrase):
            top.refuse("phrases", f"{name}: {mistake}")
    _check_computed(top, computed, ids)
    quotas = _quotas(top) if second and "quotas" in top else ()
    faq = _faq(top) if second and "faq" in top else ()
    if not (key and title and kind and opening and identity and closing and entries.questions):
        return None
    return Questionnaire(
        key, title, CampaignKind(kind), opening, closing, identity, tuple(entries.questions),
        phrases, tuple(entries.groups), computed, quotas, faq,
    )  # fmt: skip


def _check_computed(top: DocumentMap, computed: dict[str, str], ids: frozenset[str]) -> None:
    if "compute" not in top:
        return
    inner = top.inner("compute")
    later = set(computed)
    for name in computed:
        if not name.isidentifier() or name in ids:
            inner.refuse(name, f"{name} is no name for a computed value, or is a question's id")
        Names(frozenset(later)).check_condition(inner, name)
        later.discard(name)


def _quotas(top: DocumentMap) -> tuple[Quota, ...]:
    quotas: list[Quota] = []
    for entry in top.maps("quotas"):
        entry.only(("id", "when", "limit", "text"))
        words = "small letters, digits and _, a letter first"
        key = identifier(entry, "id", r"[a-z][a-z0-9_]*", words)
        if key in {quota.id for quota in quotas}:
            entry.refuse("id", f"two quotas have the id {key}")
        entry.text("when", required=True, spoken=False)
        when = Names().check_condition(entry, "when")
        if "limit" not in entry:
            entry.refuse("limit", "limit is missing")
        limit = entry.whole("limit", 0, 0, _HIGHEST_LIMIT)
        Names().check_text(entry, "text")
        if key and when:
            quotas.append(Quota(key, when, limit, entry.text("text")))
    if len(quotas) > _MOST_QUOTAS:
        top.refuse("quotas", f"there may be {_MOST_QUOTAS} quotas at most")
    return tuple(quotas)


def _faq(top: DocumentMap) -> tuple[Faq, ...]:
    faq: list[Faq] = []
    for entry in top.maps("faq"):
        entry.only(("questions", "answer"))
        questions = entry.texts("questions")
        if not questions or not all(questions):
            entry.refuse("questions", "questions are missing: [怎么申报, 申报期限是哪天]")
        answer = entry.text("answer", required=True)
        Names().check_text(entry, "answer")
        if questions and answer:
            faq.append(Faq(questions, answer))
    if len(faq) > _MOST_FAQ:
        top.refuse("faq", f"there may be {_MOST_FAQ} entries at most")
    return tuple(faq)
