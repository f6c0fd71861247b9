"""A campaign's own rules of calling again, within limits, over the table of dispositions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from campaigns.disposition import RULES, Disposition, DispositionRule, OtherNumber
from campaigns.errors import InvalidInput, Problem

ADJUSTABLE = frozenset(
    disposition
    for disposition, rule in RULES.items()
    if rule.counts and not rule.final and rule.retry_s is not None
)
"""What ended without the person's answer and not by a fault of our own line."""
LONGEST = timedelta(days=30)
_LEAST_SHARE = 4
_FIELDS = {"delay_minutes", "most", "other_number", "other_hour"}


def read_retry(document: Mapping[str, Any]) -> dict[Disposition, DispositionRule]:
    """Return the whole table with a campaign's wishes in it.

    `{"no_answer": {"delay_minutes": 60, "most": 2, "other_number": false, "other_hour": true}}`:
    the delay from a quarter of the standard one to 30 days; `most`: after how many such ends the
    person is given up, 1 to 20. Raises InvalidInput naming every wish that cannot be granted.
    """
    table, problems = dict(RULES), []
    for name, wish in document.items():
        try:
            disposition = Disposition(name)
            table[disposition] = _adjusted(disposition, wish)
        except (ValueError, TypeError) as error:
            problems.append(Problem(f"retry of {name}: {error}", column="retry"))
    if problems:
        raise InvalidInput("the rules of calling again cannot be used", tuple(problems))
    return table


def rules_of(document: Mapping[str, Any]) -> Mapping[Disposition, DispositionRule]:
    """Return the table with the wishes that were stored; one that cannot be granted any more
    leaves the standard table."""
    try:
        return read_retry(document)
    except InvalidInput:
        return RULES


def _adjusted(disposition: Disposition, wish: Mapping[str, Any]) -> DispositionRule:
    if disposition not in ADJUSTABLE:
        raise ValueError("this end has no retry to adjust")
    if not isinstance(wish, Mapping) or not wish or not set(wish) <= _FIELDS:
        raise ValueError(f"give some of {', '.join(sorted(_FIELDS))}")
    rule = RULES[disposition]
    if "delay_minutes" in wish:
        rule = replace(rule, retry_s=_delay_s(rule, wish["delay_minutes"]))
    if "most" in wish:
        rule = replace(rule, most=_whole(wish["most"], 1, 20, "most"))
    if "other_number" in wish:
        turn = OtherNumber.IN_TURN if _flag(wish["other_number"]) else OtherNumber.NEVER
        keeps = rule.other_number is OtherNumber.AT_ONCE and turn is OtherNumber.IN_TURN
        rule = rule if keeps else replace(rule, other_number=turn)
    if "other_hour" in wish:
        rule = replace(rule, other_hour=_flag(wish["other_hour"]))
    return rule


def _delay_s(rule: DispositionRule, minutes: Any) -> int:
    standard = rule.retry_s or 0
    least = -(-standard // (60 * _LEAST_SHARE))
    return 60 * _whole(minutes, least, int(LONGEST.total_seconds()) // 60, "delay_minutes")


def _whole(value: Any, least: int, most: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} is a whole number from {least} to {most}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("other_number and other_hour are true or false")
    return value
