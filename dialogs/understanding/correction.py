"""Self-corrections: 七分，不对，八分."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MARKS: Final = (("bu", "shi"), ("bu", "dui"), ("cuo", "le"), ("shuo", "cuo", "le"))


def after_correction(syllables: Sequence[str]) -> tuple[str, ...]:
    """Return what is said behind the last 不是, 不对 or 错了; () when there is nothing before it or
    behind it. Whether it corrects anything is for the caller to see: both sides must be answers."""
    heard = tuple(syllables)
    for at in range(len(heard) - 1, 0, -1):
        for mark in _MARKS:
            behind = heard[at + len(mark) :]
            if heard[at : at + len(mark)] == mark and behind:
                return behind[1:] if behind[0] == "shi" and len(behind) > 1 else behind
    return ()
