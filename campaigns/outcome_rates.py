"""Outcome rates of a survey, exact (AAPOR Standard Definitions, 10th edition; FIELD §5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from campaigns.disposition import RULES, Disposition

Rates = dict[str, Fraction | None]


class CaseGroup(StrEnum):
    """What became of a case, as the rates count it."""

    INTERVIEW = "I"
    PARTIAL = "P"
    REFUSAL = "R"
    """Refusals and break-offs."""
    NON_CONTACT = "NC"
    OTHER = "O"
    UNKNOWN_HOUSEHOLD = "UH"
    UNKNOWN_OTHER = "UO"
    """Nobody knows whether the number is that person's, or the case was not tried."""
    NOT_ELIGIBLE = "NE"


_BY_CODE = {
    "1.1": CaseGroup.INTERVIEW,
    "1.2": CaseGroup.PARTIAL,
    "2.1": CaseGroup.REFUSAL,
    "2.2": CaseGroup.NON_CONTACT,
    "2.3": CaseGroup.OTHER,
}
_BY_CHAPTER = {"3": CaseGroup.UNKNOWN_OTHER, "4": CaseGroup.NOT_ELIGIBLE}
_NOT_MET = frozenset(
    {
        Disposition.BUSY,
        Disposition.NO_ANSWER,
        Disposition.POWERED_OFF,
        Disposition.UNREACHABLE,
        Disposition.DECLINED,
        Disposition.ANSWERING_SERVICE,
        Disposition.MESSAGE_LEFT,
    }
)
_ON_THE_LIST = "do_not_call"
CONFIRMING = frozenset(
    disposition
    for disposition, rule in RULES.items()
    if rule.reached and disposition is not Disposition.WRONG_NUMBER
)
"""After an attempt that ended so, the number is known to be that person's."""


def group_of(outcome: str | None, *, confirmed: bool) -> CaseGroup:
    """Return the group of a case by its last disposition, or by the rule that kept it from being
    called; None: not tried yet.

    Busy, no answer and the like are non-contacts where the number was `confirmed` as that
    person's by an earlier attempt, otherwise of unknown eligibility.
    """
    if outcome == _ON_THE_LIST:
        return CaseGroup.REFUSAL
    if outcome is None or outcome not in set(Disposition):
        return CaseGroup.UNKNOWN_OTHER
    disposition = Disposition(outcome)
    if disposition in _NOT_MET:
        return CaseGroup.NON_CONTACT if confirmed else CaseGroup.UNKNOWN_OTHER
    code = RULES[disposition].aapor
    return _BY_CODE.get(code[:3]) or _BY_CHAPTER[code[0]]


@dataclass(frozen=True, slots=True)
class Cases:
    """How many cases ended in each group."""

    interviews: int = 0
    partials: int = 0
    refusals: int = 0
    non_contacts: int = 0
    others: int = 0
    unknown_households: int = 0
    unknown_others: int = 0
    not_eligible: int = 0

    @classmethod
    def counted(cls, groups: Iterable[tuple[CaseGroup, int]]) -> Cases:
        """Add the counts up."""
        sums = dict.fromkeys(CaseGroup, 0)
        for group, count in groups:
            sums[group] += count
        return cls(*(sums[group] for group in CaseGroup))


def outcome_rates(cases: Cases) -> Rates:
    """Return e, RR1–6, COOP1–4, REF1–3 and CON1–3 by name; None where a rate has no base."""
    done, partly, refused = cases.interviews, cases.partials, cases.refusals
    answered = done + partly
    met = answered + refused + cases.others
    eligible = met + cases.non_contacts
    unknown = cases.unknown_households + cases.unknown_others
    share = _ratio(eligible, eligible + cases.not_eligible)
    everybody = eligible + unknown
    likely = eligible + (share or 0) * unknown
    return {
        "e": share,
        "rr1": _ratio(done, everybody),
        "rr2": _ratio(answered, everybody),
        "rr3": _ratio(done, likely),
        "rr4": _ratio(answered, likely),
        "rr5": _ratio(done, eligible),
        "rr6": _ratio(answered, eligible),
        "coop1": _ratio(done, met),
        "coop2": _ratio(answered, met),
        "coop3": _ratio(done, answered + refused),
        "coop4": _ratio(answered, answered + refused),
        "ref1": _ratio(refused, everybody),
        "ref2": _ratio(refused, likely),
        "ref3": _ratio(refused, eligible),
        "con1": _ratio(met, everybody),
        "con2": _ratio(met, likely),
        "con3": _ratio(met, eligible),
    }


def _ratio(part: int, base: int | Fraction) -> Fraction | None:
    return Fraction(part) / base if base else None
