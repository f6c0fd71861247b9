"""What may be changed of a campaign, by its state: a table, and the decision from it.

Until it is launched everything may; afterwards only what breaks nothing that was promised to the
people called or to the person who approved it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from campaigns.calling_hours import is_within, read_hours
from campaigns.campaign import ENDED, PLANNED, CampaignState
from campaigns.errors import Problem

Rule = tuple[Callable[[Any, Any], bool], str]
"""Whether a value may follow another, and how to say what may."""


def _any(_old: Any, _new: Any) -> bool:
    return True


def _grows(old: int, new: int) -> bool:
    return new >= old


def _narrows(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return is_within(read_hours(new), read_hours(old))


def _begins_later(old: datetime | None, new: datetime | None) -> bool:
    return new is not None and (old is None or new >= old) if new != old else True


def _ends_earlier(old: datetime | None, new: datetime | None) -> bool:
    return new is not None and (old is None or new <= old) if new != old else True


UNDER_WAY: dict[str, Rule] = {
    "name": (_any, ""),
    "max_attempts": (_grows, "may only grow"),
    "ring_timeout_s": (_any, ""),
    "calling_hours": (_narrows, "may only become narrower"),
    "weight": (_any, ""),
    "not_before": (_begins_later, "may only be set later"),
    "not_after": (_ends_earlier, "may only be set earlier"),
}
"""From the launch on; a field that is not here stays as it was approved."""
WINDING_UP: dict[str, Rule] = {"name": (_any, "")}
KEEPS_PROMISES = frozenset({"calling_hours", "not_before", "not_after"})
"""Fields whose change may leave a promised call outside the times of calling."""


def rules(state: CampaignState) -> Mapping[str, Rule] | None:
    """Return the rules by field that hold in a state; None: every field is free."""
    if state in PLANNED:
        return None
    if state in ENDED:
        return {}
    return WINDING_UP if state is CampaignState.FINISHING else UNDER_WAY


def refusals(
    state: CampaignState, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return why changes cannot be made, one problem a field; empty: they can.

    Raises InvalidInput when the new calling hours cannot be read.
    """
    allowed = rules(state)
    if allowed is None:
        return ()
    found = (
        _refusal(field, allowed.get(field), before[field], value, state)
        for field, value in after.items()
        if value != before[field]
    )
    return tuple(problem for problem in found if problem)


def _refusal(
    field: str, rule: Rule | None, old: Any, new: Any, state: CampaignState
) -> Problem | None:
    if rule is None:
        message = f"{field} cannot be changed while the campaign is {state.value}"
        return Problem(f"{message}: copy it", column=field)
    passes, wording = rule
    if passes(old, new):
        return None
    return Problem(f"{field} {wording} once the campaign is launched: it is {old}", column=field)
