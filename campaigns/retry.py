"""When a contact is called again: a pure decision from the table of dispositions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.disposition import RULES, Disposition, DispositionRule, OtherNumber

_MAX_BACK_OFF = 6


@dataclass(frozen=True, slots=True)
class History:
    """The attempts of a task, the one that just ended included. `counted` are those that count
    towards the limit (congestion does not), `alike` those that ended in the same way."""

    dialled: int
    counted: int
    alike: int
    max_attempts: int


def next_attempt_at(
    disposition: Disposition,
    history: History,
    ended_at: datetime,
    call_later_at: datetime | None = None,
    *,
    other_number: bool = False,
    rules: Mapping[Disposition, DispositionRule] = RULES,
) -> datetime | None:
    """Return when to call again, None when the task is over. `other_number`: it would be under
    another number of the person.

    A time the person asked for wins, if it is still to come. Attempts that do not count are
    repeated with a back-off that doubles. Calling hours and the contact governor may move the
    moment to a later one (`campaigns.governor.due_time`).
    """
    rule = rules[disposition]
    if other_number and rule.other_number is OtherNumber.AT_ONCE:
        return ended_at if history.counted < history.max_attempts else None
    if rule.final or rule.retry_s is None or history.counted >= history.max_attempts:
        return None
    if rule.most is not None and history.alike >= rule.most:
        return None
    if is_promise(disposition, ended_at, call_later_at):
        return call_later_at
    if rule.counts:
        return ended_at + timedelta(seconds=rule.retry_s)
    uncounted = history.dialled - history.counted
    return ended_at + timedelta(seconds=rule.retry_s * 2 ** min(uncounted - 1, _MAX_BACK_OFF))


def is_promise(
    disposition: Disposition, ended_at: datetime, call_later_at: datetime | None
) -> bool:
    """Return whether the person was promised a call at a time that is still to come."""
    return (
        disposition is Disposition.CALL_LATER
        and call_later_at is not None
        and call_later_at > ended_at
    )
