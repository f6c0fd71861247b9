"""An XLSForm as a questionnaire file: what we have is taken over, the rest is told by its cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from campaigns.errors import InvalidInput, Problem
from campaigns.questionnaire.document import FORMATS
from campaigns.questionnaire.file import from_document
from campaigns.questionnaire.model import Questionnaire
from campaigns.questionnaire.names import RESERVED
from campaigns.questionnaire.xlsform.expression import (
    Names,
    NotTranslated,
    translate,
    used_names,
)
from campaigns.questionnaire.xlsform.workbook import FormWorkbook, Row, open_form

_OPENING = "您好，本通话由人工智能合成语音播报，通话将被录音。想请您回答几个问题。"
_IDENTITY = "我是智能语音调查助手，调查只用于改进服务，不会向您收取任何费用。"
_CLOSING = "调查到这里就结束了，感谢您的支持，再见。"
_TYPES = {
    "select_one": "single_choice",
    "select_multiple": "multiple_choice",
    "integer": "number",
    "decimal": "number",
    "range": "rating",
    "text": "text",
    "string": "text",
    "date": "date",
    "note": "note",
}
_METADATA = frozenset(
    {
        *("start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber"),
        *("username", "email", "audit", "start-geopoint"),
    }
)
_READ = frozenset(
    {
        *("type", "name", "label", "hint", "required", "relevant", "constraint"),
        *("constraint_message", "calculation", "choice_filter", "parameters"),
    }
)
_HARMLESS = frozenset({"appearance", "default", "guidance_hint", "required_message", "read_only"})
_MARKUP = re.compile(r"<[^>]{1,200}>|\*\*|__|^#+\s*", re.MULTILINE)

_CHINESE = re.compile("zh|中文|chinese", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImportedForm:
    """A form as a questionnaire, and as the text of its file; `warnings` tell what was changed
    or left out."""

    questionnaire: Questionnaire
    text: str
    warnings: tuple[Problem, ...]


def import_form(path: Path, *, skip_unsupported: bool = False) -> ImportedForm:
    """Read an XLSForm. Blocks. `skip_unsupported`: leave out questions we have no type for.

    Raises InvalidInput with the row and column of everything that cannot be taken over.
    """
    reading = _Reading(open_form(path), skip_unsupported)
    document = reading.document(path.stem)
    if reading.errors:
        raise InvalidInput("the XLSForm cannot be taken over", tuple(reading.errors))
    questionnaire = from_document(document)
    stream = StringIO()
    writer = YAML()
    writer.width = 100
    writer.dump(document, stream)
    return ImportedForm(questionnaire, stream.getvalue(), tuple(reading.warnings))


@dataclass(slots=True)
class _Reading:
    """A form being read; notes what is wrong by row and column and reads on."""

    book: FormWorkbook
    skip_unsupported: bool
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)
    _several: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _skipped: set[str] = field(default_factory=set)
    _computed: dict[str, str] = field(default_factory=dict)
    _language: str = ""

    def document(self, stem: str) -> dict[str, Any]:
        """Return the questionnaire as data of the file's shape."""
        settings = self.book.settings[0] if self.book.settings else Row(1, {})
        self._language = settings["default_language"]
        self._name_everything()
        questions = self._questions()
        for key in ("opening", "identity", "closing"):
            if not settings[key]:
                self._warn(settings, key, f"the form has no {key}: a standard text was put in")
        key = settings["form_id"] or settings["id_string"] or stem
        document: dict[str, Any] = {
            "format": FORMATS[1],
            "id": re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-") or "imported-form",
            "title": settings["form_title"] or stem,
            "kind": "questionnaire",
            "opening": settings["opening"] or _OPENING,
            "identity": settings["identity"] or _IDENTITY,
            "closing": settings["closing"] or _CLOSING,
        }
        if self._computed:
            document["compute"] = self._computed
        return document | {"questions": questions}

    # Names ---------------------------------------------------------------------------------

    def _name_everything(self) -> None:
        taken: set[str] = set()
        for row in self.book.survey:
            name = row["name"]
            if not name:
                continue
            if name in self._ids:
                self._refuse(row, "name", f"the name {name} is used by an earlier row")
                continue
            key = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
            if not key or not key[0].isalpha() or key in RESERVED or key in taken:
                key = f"q{row.number}"
            if key != name:
                self._warn(row, "name", f"{name} is called {key} in the questionnaire")
            taken.add(key)
            self._ids[name] = key
            if row["type"].startswith(("select_multiple", "select multiple")):
                self._several.add(key)

    # Rows ----------------------------------------------------------------------------------

    def _questions(self) -> list[dict[str, Any]]:
        top: list[dict[str, Any]] = []
        open_groups: list[tuple[Row, dict[str, Any], list[dict[str, Any]]]] = []
        into = top
        for row in self.book.survey:
            kind = row["type"].strip().lower().replace("begin group", "begin_group")
            kind = kind.replace("end group", "end_group")
            self._lint(row)
            if kind == "begin_group":
                name = self._ids.get(row["name"], f"group_{row.number}")
                group: dict[str, Any] = {"group": name}
                group |= self._expression(row, "relevant", "when")
                open_groups.append((row, group, into))
                into = group["questions"] = []
            elif kind == "end_group":
                if not open_groups:
                    self._refuse(row, "type", "end_group closes no group")
                    continue
                _, group, into = open_groups.pop()
                if group["questions"]:
                    into.append(group)
            elif kind == "calculate":
                self._calculate(row)
            elif (question := self._question(row, kind)) is not None:
                into.append(question)
            if row["name"]:
                self._seen.add(row["name"])
        for row, _, _ in open_groups:
            self._refuse(row, "type", "begin_group is not closed by end_group")
        if not top and not self.errors:
            self.errors.append(Problem("survey: there is no question that can be asked", row=1))
        return top

    def _question(self, row: Row, kind: str) -> dict[str, Any] | None:
        word, _, list_name = kind.replace("select one", "select_one").partition(" ")
        if kind.startswith("select multiple"):
            word, list_name = "select_multiple", kind.removeprefix("select multiple").strip()
        if word in _METADATA or not word:
            if word:
                self._warn(row, "type", f"{word} is left out: the call's own record has it")
            return None
        if word not in _TYPES:
            self._unsupported(row, word)
            return None
        text = self._text(row, "label")
        if not row["name"] or not text:
            self._refuse(row, "name" if not row["name"] else "label", "is missing")
            return None
        question: dict[str, Any] = {
            "id": self._ids[row["name"]],
            "type": _TYPES[word],
            "text": text,
        }
        question |= self._expression(row, "relevant", "when")
        if word == "note":
            return question
        question["required"] = self._required(row)
        if word in {"select_one", "select_multiple"}:
            question |= self._options(row, list_name)
        if word == "range":
            question |= self._range(row)
        question |= self._expression(row, "constraint", "constraint")
        if row["constraint"] and (message := self._text(row, "constraint_message")):
            question["constraint_message"] = message
        if hint := self._text(row, "hint"):
            question["explain"] = hint
        return question

    def _calculate(self, row: Row) -> None:
        if row["relevant"]:
            self._warn(row, "relevant", "a computed value has no condition: it is left out")
        if not row["name"] or not row["calculation"]:
            self._refuse(row, "calculation", "a calculate needs a name and a calculation")
            return
        computed = self._expression(row, "calculation", "value")
        if computed:
            self._computed[self._ids[row["name"]]] = computed["value"]

    def _options(self, row: Row, list_name: str) -> dict[str, Any]:
        listed = [
            choice
            for choice in self.book.choices
            if choice["list_name"].lower() == list_name.split(" ")[0]
        ]
        if len(listed) < 2:
            self._refuse(row, "type", f"the list {list_name} has no two choices")
        if list_name.endswith("or_other"):
            self._refuse(row, "type", "or_other is not known: add 其他 to the list")
        options = []
        for choice in listed:
            option = {"value": choice["name"], "label": self._text(choice, "label")}
            if not option["value"] or not option["label"]:
                self._refuse(choice, "label", "choices: name or label is missing")
                continue
            if row["choice_filter"]:
                columns = {key: choice[key] for key in self._columns}
                option |= self._expression(row, "choice_filter", "when", columns)
            options.append(option)
        order = {"order": "random"} if "randomize=true" in row["parameters"] else {}
        return {"options": options, **order}

    @property
    def _columns(self) -> set[str]:
        return {header for choice in self.book.choices for header in choice.cells}

    def _range(self, row: Row) -> dict[str, Any]:
        given = dict(re.findall(r"(\w+)\s*=\s*(-?\d+(?:\.\d+)?)", row["parameters"]))
        bounds = {"min": given.get("start", "1"), "max": given.get("end", "10")}
        if given.get("step", "1") != "1" or any("." in each for each in bounds.values()):
            self._refuse(row, "parameters", "a range is asked in steps of 1, from start to end")
            return {"min": 1, "max": 10}
        return {key: int(value) for key, value in bounds.items()}

    def _required(self, row: Row) -> bool:
        said = row["required"].lower().removesuffix("()")
        if said not in {"", "yes", "true", "1", "no", "false", "0"}:
            self._warn(row, "required", "a condition cannot decide it: it is required")
        return said not in {"", "no", "false", "0"}

    # Texts and expressions -----------------------------------------------------------------

    def _text(self, row: Row, column: str) -> str:
        """Return a text in the form's language, with our placeholders."""
        headers = [column, f"{column}::{self._language}"]
        others = [each for each in row.cells if each.startswith(f"{column}::")]
        headers += sorted(others, key=lambda each: not _CHINESE.search(each))
        text = next((row[each] for each in headers if row[each]), "")
        for name in used_names(text):
            self._check_name(row, column, name)
        text = re.sub(
            r"\$\{([^}]*)\}", lambda match: f"{{{self._ids.get(match[1].strip(), '')}}}", text
        )
        return _MARKUP.sub("", text).strip()

    def _expression(
        self, row: Row, column: str, key: str, columns: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        if not row[column]:
            return {}
        for name in used_names(row[column]):
            self._check_name(row, column, name)
        names = Names(self._ids, frozenset(self._several), columns or {})
        try:
            return {key: translate(row[column], names)}
        except NotTranslated as error:
            self._refuse(row, column, f"{row[column]!r}: {error}")
            return {}

    def _check_name(self, row: Row, column: str, name: str) -> None:
        if name in self._skipped:
            self._refuse(row, column, f"${{{name}}} was left out: we have no such question")
        elif name in self._ids and name not in self._seen and name != row["name"]:
            self._refuse(row, column, f"${{{name}}} is not answered yet here")
        elif name not in self._ids and column.startswith(("label", "hint", "constraint_m")):
            self._refuse(row, column, f"${{{name}}} is no question of the form")

    # Telling -------------------------------------------------------------------------------

    def _unsupported(self, row: Row, kind: str) -> None:
        message = f"the type {kind} cannot be asked on the telephone"
        if kind in {"begin_repeat", "end_repeat", "begin", "end"}:
            message = f"{kind}: a repeat is written by hand as a group with for_each"
        if self.skip_unsupported and "repeat" not in kind and kind not in {"begin", "end"}:
            self._warn(row, "type", f"{message}: it is left out")
            self._skipped.add(row["name"])
        else:
            self._refuse(row, "type", message)

    def _lint(self, row: Row) -> None:
        for header in row.cells:
            column = header.partition("::")[0]
            if column not in _READ | _HARMLESS:
                self._warn(row, header, f"{header} is not taken over")

    def _refuse(self, row: Row, column: str, message: str) -> None:
        self._note(self.errors, row, column, message)

    def _warn(self, row: Row, column: str, message: str) -> None:
        self._note(self.warnings, row, column, message)

    def _note(self, into: list[Problem], row: Row, column: str, message: str) -> None:
        problem = Problem(message, row=row.number, column=column)
        if problem not in into:
            into.append(problem)
