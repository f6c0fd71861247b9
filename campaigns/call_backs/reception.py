"""What to do with an arriving report of a call: a pure decision, so that records may come late,
twice and out of order."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from campaigns.call_backs.inbound_call import InboundCall


class Verdict(StrEnum):
    """What an arriving report is to what is known."""

    ADDED = "added"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    """It says what is known, or less and older than that."""
    CONTRADICTED = "contradicted"
    """It says something else under the same revision: nobody can tell which is right."""


def judge(known: InboundCall | None, arriving: InboundCall) -> Verdict:
    """Decide between the known report of a call and an arriving one of the same call.

    The higher revision wins. Under one revision a call in progress may be completed by its later
    times.
    """
    if known is None:
        return Verdict.ADDED
    if arriving.revision != known.revision:
        return Verdict.CORRECTED if arriving.revision > known.revision else Verdict.UNCHANGED
    if arriving == known or _completes(arriving, known):
        return Verdict.UNCHANGED
    return Verdict.CORRECTED if _completes(known, arriving) else Verdict.CONTRADICTED


def _completes(early: InboundCall, late: InboundCall) -> bool:
    """Return whether `late` is `early` with times added at its end."""
    if early.ended_at is not None:
        return False
    answered_at = late.answered_at if early.answered_at is None else early.answered_at
    return late == replace(early, answered_at=answered_at, ended_at=late.ended_at)
