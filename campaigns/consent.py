"""The basis of calling the people of a list, and what proves it (PIPL arts. 13–16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from campaigns.errors import InvalidInput, Problem

_LONGEST = 2000


class ConsentBasis(StrEnum):
    """Why people may be called."""

    CONSENT = "consent"
    """They agreed (art. 13 (1))."""
    CONTRACT = "contract"
    """A contract with them needs it (art. 13 (2))."""
    STATUTORY_DUTY = "statutory_duty"
    """法定职责: the office's legal duties need it (art. 13 (3))."""
    OWN_REQUEST = "own_request"
    """They called or wrote themselves and are answered."""


@dataclass(frozen=True, slots=True)
class Consent:
    """The basis and its evidence: which form, clause or call, and since when."""

    basis: ConsentBasis
    evidence: str
    given_on: date


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """A list's basis as recorded; `withdrawn_at`: it no longer holds, for the reason given."""

    consent: Consent
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawal: str


def check(consent: Consent, today: date) -> None:
    """Refuse evidence that proves nothing. Raises InvalidInput."""
    problems = []
    if not consent.evidence.strip() or len(consent.evidence) > _LONGEST:
        message = f"say in up to {_LONGEST} characters what proves it: a form, a clause, a call"
        problems.append(Problem(message, column="evidence"))
    if consent.given_on > today:
        problems.append(Problem("it cannot be given in the future", column="given_on"))
    if problems:
        raise InvalidInput("the basis of calling cannot be recorded", tuple(problems))
