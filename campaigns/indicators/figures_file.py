"""A month's figures as a YAML file: every figure as counted, 938/1000, never as a rounded rate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from campaigns.errors import InvalidInput, Problem
from campaigns.indicators.figure import Figure
from campaigns.indicators.month import Month
from campaigns.indicators.month_figures import (
    Complaints,
    MonthFigures,
    SheetRules,
    SpecialMode,
)

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_FIGURE = re.compile(r"(\d+(?:\.\d+)?) */ *(\d+)")
_KEYS = (
    "month", "figures", "special_on_time", "complaints", "transferred_calls",
    "emergency_declared_by", "late_assignments", "rules",
)  # fmt: skip


def read_figures(text: str) -> MonthFigures:
    """Read a file of figures (docs/indicator-figures.md). Raises InvalidInput."""
    document = _document(text)
    unknown = sorted(set(map(str, document)) - set(_KEYS))
    if unknown:
        raise InvalidInput(f"there is no field {unknown[0]}: a file of figures has {_KEYS}")
    special = document.get("special_on_time")
    return MonthFigures(
        month=_month(document.get("month")),
        figures={
            _count(number, "an indicator"): _figure(figure)
            for number, figure in _mapping(document, "figures").items()
        },
        special_on_time=None if special is None else _figure(special),
        complaints=_complaints(document),
        transferred_calls=_count(document.get("transferred_calls", 0), "transferred_calls"),
        emergency_declared_by=str(document.get("emergency_declared_by") or ""),
        late_assignments=_count(document.get("late_assignments", 0), "late_assignments"),
        rules=_rules(_mapping(document, "rules")),
    )


def _document(text: str) -> dict[Any, Any]:
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Problem(str(getattr(error, "problem", error)), line=mark.line + 1 if mark else None)
        raise InvalidInput("the file of figures is not well-formed YAML", (where,)) from error
    if not isinstance(document, dict):
        raise InvalidInput("a file of figures has fields: month, figures, …")
    return document


def _mapping(document: Mapping[Any, Any], name: str) -> Mapping[Any, Any]:
    value = document.get(name) or {}
    if not isinstance(value, dict):
        raise InvalidInput(f"{name} has fields of its own, not {value!r}")
    return value


def _month(value: Any) -> Month:
    found = _MONTH.fullmatch(str(value))
    try:
        return Month(int(found.group(1)), int(found.group(2))) if found else _no_month(value)
    except ValueError:
        return _no_month(value)


def _no_month(value: Any) -> Month:
    raise InvalidInput(f"{value!r} is no month: write month: 2026-03")


def _figure(value: Any) -> Figure:
    found = _FIGURE.fullmatch(str(value).strip())
    if not found:
        raise InvalidInput(f"{value!r} is no figure: write what was counted, as 938/1000")
    return Figure(Decimal(found.group(1)), int(found.group(2)))


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{name} is a whole number, not {value!r}")
    return value


def _complaints(document: Mapping[Any, Any]) -> Complaints | None:
    value = _mapping(document, "complaints")
    if not value:
        return None
    return Complaints(_count(value.get("count"), "count"), _count(value.get("major", 0), "major"))


def _rules(value: Mapping[Any, Any]) -> SheetRules:
    try:
        mode = SpecialMode(value.get("special_mode", SpecialMode.SUM))
    except ValueError as error:
        raise InvalidInput(
            f"special_mode is one of {[each.value for each in SpecialMode]}"
        ) from error
    first = _count(value.get("quarter_from", 1), "quarter_from")
    if not 1 <= first <= 12:
        raise InvalidInput("quarter_from is a month, 1 to 12")
    return SheetRules(first, mode)
