"""How an attempt ended: the one table of dispositions (FIELD §4, AAPOR Standard Definitions)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """What became of one attempt; every ended attempt has exactly one."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    BREAK_OFF = "break_off"
    REFUSED = "refused"
    OPT_OUT = "opt_out"
    WRONG_NUMBER = "wrong_number"
    CALL_LATER = "call_later"
    HUMAN_REQUESTED = "human_requested"
    TRANSFERRED = "transferred"
    OVER_QUOTA = "over_quota"
    NO_RESPONSE = "no_response"
    ANSWERING_SERVICE = "answering_service"
    MESSAGE_LEFT = "message_left"
    INVALID_NUMBER = "invalid_number"
    OUT_OF_SERVICE = "out_of_service"
    POWERED_OFF = "powered_off"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    BLOCKED = "blocked"
    CONGESTION = "congestion"
    TRUNK_FAULT = "trunk_fault"
    DIALOGUE_FAULT = "dialogue_fault"
    UNKNOWN = "unknown"


class OtherNumber(StrEnum):
    """Whether another number of the same person is tried."""

    NEVER = "never"
    IN_TURN = "in_turn"
    """With the next attempt."""
    AT_ONCE = "at_once"
    """This number does not lead to the person: the case is not over while others may."""


@dataclass(frozen=True, slots=True)
class DispositionRule:
    """What a disposition means for the case.

    `reached`: a person spoke with us. `counts`: the attempt counts towards limits (congestion
    does not). `final`: the task is over, whatever attempts are left. `retry_s`: seconds to wait
    before the next attempt, None = never by itself. `most`: how many attempts of a task may end
    so before it is given up, None = as many as the campaign allows. `other_number`: whether the
    next attempt goes to another number of the person, where there is one. `other_hour`: whether it
    had better come at a time of day that was not tried yet.
    """

    aapor: str
    reached: bool
    counts: bool
    final: bool
    retry_s: int | None
    most: int | None = None
    other_number: OtherNumber = OtherNumber.NEVER
    other_hour: bool = False


_TURN, _ONCE = OtherNumber.IN_TURN, OtherNumber.AT_ONCE
_HOUR = 3600
_DAY = 24 * _HOUR

RULES: dict[Disposition, DispositionRule] = {
    Disposition.COMPLETED: DispositionRule("1.1", True, True, True, None),
    Disposition.PARTIAL: DispositionRule("1.2", True, True, True, None),
    Disposition.BREAK_OFF: DispositionRule("2.12", True, True, True, None),
    Disposition.REFUSED: DispositionRule("2.11", True, True, True, None),
    Disposition.OPT_OUT: DispositionRule("2.11", True, True, True, None),
    Disposition.WRONG_NUMBER: DispositionRule("4.3", True, True, True, None, None, _ONCE),
    Disposition.CALL_LATER: DispositionRule("2.20", True, True, False, 2 * _HOUR, 4),
    Disposition.HUMAN_REQUESTED: DispositionRule("2.30", True, True, True, None),
    Disposition.TRANSFERRED: DispositionRule("2.30", True, True, True, None),
    Disposition.OVER_QUOTA: DispositionRule("4.80", True, True, True, None),
    Disposition.NO_RESPONSE: DispositionRule("2.30", False, True, False, 3 * _HOUR, 2, _TURN, True),
    Disposition.ANSWERING_SERVICE: DispositionRule(
        "2.22", False, True, False, 3 * _HOUR, 3, _TURN, True
    ),
    Disposition.MESSAGE_LEFT: DispositionRule("2.22", False, True, True, None),
    Disposition.INVALID_NUMBER: DispositionRule("4.30", False, True, True, None, None, _ONCE),
    Disposition.OUT_OF_SERVICE: DispositionRule("4.33", False, True, False, 7 * _DAY, 2, _ONCE),
    Disposition.POWERED_OFF: DispositionRule(
        "2.20", False, True, False, 4 * _HOUR, None, _TURN, True
    ),
    Disposition.UNREACHABLE: DispositionRule("2.20", False, True, False, _HOUR, None, _TURN, True),
    Disposition.BUSY: DispositionRule("3.12", False, True, False, 20 * 60, None, _TURN),
    Disposition.DECLINED: DispositionRule("2.20", False, True, False, 3 * _HOUR, 2),
    Disposition.NO_ANSWER: DispositionRule(
        "3.13", False, True, False, 3 * _HOUR, None, _TURN, True
    ),
    Disposition.BLOCKED: DispositionRule("3.15", False, True, True, None),
    Disposition.CONGESTION: DispositionRule("3.16", False, False, False, 60, 10),
    Disposition.TRUNK_FAULT: DispositionRule("3.16", False, False, False, 300, 10),
    Disposition.DIALOGUE_FAULT: DispositionRule("2.30", True, True, False, 2 * _HOUR, 2),
    Disposition.UNKNOWN: DispositionRule("3.90", False, True, True, None),
}
