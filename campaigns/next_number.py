"""Which of a person's numbers is called next: a pure decision from the table of dispositions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from campaigns.disposition import RULES, Disposition, DispositionRule, OtherNumber

DEAD = frozenset(
    disposition for disposition, rule in RULES.items() if rule.other_number is OtherNumber.AT_ONCE
)
"""A number that ended so does not lead to the person."""


def next_number(
    disposition: Disposition,
    current: int,
    numbers: Sequence[int],
    dead: Collection[int],
    rules: Mapping[Disposition, DispositionRule] = RULES,
) -> int | None:
    """Return the order of the number to call next, None when no other one is left to try.

    `numbers` are the orders of all the person's numbers, `dead` those that turned out not to
    lead to the person, the current one included if it did. The numbers take turns.
    """
    wish = rules[disposition].other_number
    alive = [order for order in numbers if order not in dead]
    if wish is OtherNumber.NEVER or not alive:
        return None
    later = [order for order in alive if order > current]
    found = (later or alive)[0]
    return None if found == current else found
