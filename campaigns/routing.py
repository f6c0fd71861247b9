"""Which trunks a call may go out over, the best first. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.trunk import Trunk


@dataclass(frozen=True, slots=True)
class Route:
    """What a campaign names: trunks in the order they are tried, or a group (then `trunks` holds
    the one it began with)."""

    trunks: tuple[str, ...]
    group: str = ""


def candidates(
    route: Route, trunks: Sequence[Trunk], number: str, seed: object
) -> tuple[Trunk, ...]:
    """Return the trunks of a route that take a number (E.164 without plus), the best first.

    The longest prefix of the number wins; then the order the campaign gives, or the priorities of
    the group; trunks alike in both are shuffled by their weights, the same way for the same
    `seed`. Rehearsal and real trunks are never mixed: those unlike the route's first are left out.
    """
    chosen = [trunk for trunk in trunks if _is_of(route, trunk)]
    first = min(chosen, key=lambda trunk: _place(route, trunk), default=None)
    lots = random.Random(str(seed))  # noqa: S311 - a shuffle, no secret
    ranked = [
        ((-length, _place(route, trunk), -_lot(lots, trunk)), trunk)
        for trunk in sorted(chosen, key=lambda trunk: trunk.name)
        if first is not None
        and trunk.rehearsal == first.rehearsal
        and (length := _matched(trunk, number)) is not None
    ]
    return tuple(trunk for _, trunk in sorted(ranked, key=lambda each: each[0]))


def _is_of(route: Route, trunk: Trunk) -> bool:
    return trunk.group == route.group if route.group else trunk.name in route.trunks


def _place(route: Route, trunk: Trunk) -> int:
    return trunk.priority if route.group else route.trunks.index(trunk.name)


def _matched(trunk: Trunk, number: str) -> int | None:
    """Return the length of the longest prefix; None: the trunk does not take the number."""
    if not trunk.prefixes:
        return 0
    return max((len(each) for each in trunk.prefixes if number.startswith(each)), default=None)


def _lot(lots: random.Random, trunk: Trunk) -> float:
    """A draw whose order over several trunks follows their weights (Efraimidis and Spirakis)."""
    return float(lots.random() ** (1.0 / trunk.weight))
