"""What became of an attempt: signalling and conversation → disposition. Pure.

Order of trust for a call that was not answered: what the network announced, then the Q.850 cause
(ITU-T Q.850), then the SIP code (RFC 3261); a dead end's tone where the code says nothing better.
Signalling alone is never a refusal of the person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from campaigns.breaker import FAILURES
from campaigns.disposition import Disposition
from dialer.early_media.verdict import Verdict
from dialer.ports import Ended, Party
from dialogs.ports import ConversationOutcome

COMPLETE_SHARE = 0.8
PARTIAL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class SignallingEvidence:
    """What the trunk told; `ended` None: it never told the end. `rang`: a 180 or early media
    came; `timed_out`: we cancelled because nobody answered in time; `heard`: the verdict on the
    early media; `machine`: it is certain that a machine answered;
    `message_left`: all of the message was said to it."""

    ended: Ended | None
    rang: bool = False
    answered: bool = False
    timed_out: bool = False
    heard: Verdict | None = None
    machine: bool = False
    message_left: bool = False


@dataclass(frozen=True, slots=True)
class TalkEvidence:
    """What the conversation came to; `share` is the answered share (0–1) of the due questions,
    0 where none was answered."""

    outcome: ConversationOutcome | None
    opted_out: bool = False
    share: float = 0.0


_BY_CAUSE: dict[int, Disposition] = {
    1: Disposition.INVALID_NUMBER,
    2: Disposition.TRUNK_FAULT,
    3: Disposition.TRUNK_FAULT,
    17: Disposition.BUSY,
    18: Disposition.UNREACHABLE,
    19: Disposition.NO_ANSWER,
    20: Disposition.UNREACHABLE,
    22: Disposition.INVALID_NUMBER,
    27: Disposition.OUT_OF_SERVICE,
    28: Disposition.INVALID_NUMBER,
    52: Disposition.BLOCKED,
    55: Disposition.BLOCKED,
    **dict.fromkeys((34, 38, 41, 42, 43, 44, 46, 47), Disposition.CONGESTION),
}

_BY_CODE: dict[int, Disposition] = {
    402: Disposition.TRUNK_FAULT,
    403: Disposition.BLOCKED,
    404: Disposition.INVALID_NUMBER,
    408: Disposition.UNREACHABLE,
    410: Disposition.INVALID_NUMBER,
    484: Disposition.INVALID_NUMBER,
    486: Disposition.BUSY,
    487: Disposition.NO_ANSWER,
    503: Disposition.CONGESTION,
    600: Disposition.BUSY,
    603: Disposition.DECLINED,
    604: Disposition.INVALID_NUMBER,
    607: Disposition.DECLINED,
    608: Disposition.BLOCKED,
}

_BY_OUTCOME: dict[ConversationOutcome, Disposition] = {
    ConversationOutcome.COMPLETED: Disposition.COMPLETED,
    ConversationOutcome.REFUSED: Disposition.REFUSED,
    ConversationOutcome.OPT_OUT: Disposition.OPT_OUT,
    ConversationOutcome.WRONG_NUMBER: Disposition.WRONG_NUMBER,
    ConversationOutcome.CALL_LATER: Disposition.CALL_LATER,
    ConversationOutcome.HUMAN_REQUESTED: Disposition.HUMAN_REQUESTED,
    ConversationOutcome.TRANSFERRED: Disposition.TRANSFERRED,
    ConversationOutcome.OVER_QUOTA: Disposition.OVER_QUOTA,
    ConversationOutcome.NO_RESPONSE: Disposition.NO_RESPONSE,
    ConversationOutcome.FAULT: Disposition.DIALOGUE_FAULT,
}

_CALL_REJECTED = 21
_TRUNK_CODES = frozenset({401, 402, 407, 408, 500, 501, 502, 503, 504, 505, 513})
"""Final responses of a trunk that could not take the call further. Not 403 (the caller number may
not be used), not 480 and 4xx of the far end, not 6xx, which are the person's for all trunks."""
_REFUSED = re.compile(r"refused|no route|unreachable|host is down", re.IGNORECASE)
"""The operating system's words (errno 111, 113, 101, 112) for a packet nobody took."""
_VAGUE = (None, 480, 487, 500)
"""Codes that say less than a tone (487 is our own CANCEL)."""


def disposition_of(signalling: SignallingEvidence, talk: TalkEvidence | None) -> Disposition:
    """Return the one disposition of an attempt; `talk` None: there was no conversation."""
    untold = signalling.ended is not None and signalling.ended.who is Party.UNKNOWN
    if talk is not None and signalling.answered:
        if signalling.machine and not talk.share:
            left = signalling.message_left
            return Disposition.MESSAGE_LEFT if left else Disposition.ANSWERING_SERVICE
        said = _after_talk(talk)
        # Who broke off is not known where the driver does not know it.
        return Disposition.UNKNOWN if untold and said is Disposition.BREAK_OFF else said
    if signalling.ended is None or untold:
        return Disposition.UNKNOWN
    return _unanswered(signalling, signalling.ended)


def rang_nobody(signalling: SignallingEvidence) -> bool:
    """Return whether a call failed by the trunk's fault before anything can have rung, so that
    another trunk may try at once.

    A final response of the trunk itself, or a connection it refused; never a person's doing (busy,
    declined), never silence: behind lost replies a phone may be ringing.
    """
    ended = signalling.ended
    if ended is None or signalling.rang or signalling.answered or signalling.timed_out:
        return False
    if signalling.heard is not None or ended.q850 == _CALL_REJECTED:
        return False
    if ended.q850 in _BY_CAUSE and _BY_CAUSE[ended.q850] not in FAILURES:
        return False
    if ended.sip_code is not None:
        return ended.sip_code in _TRUNK_CODES
    return ended.who is Party.NETWORK and bool(_REFUSED.search(ended.reason))


def _after_talk(talk: TalkEvidence) -> Disposition:
    if talk.opted_out:
        return Disposition.OPT_OUT
    said = _BY_OUTCOME.get(talk.outcome) if talk.outcome is not None else None
    if said is not None:
        return said
    if talk.share >= COMPLETE_SHARE:
        return Disposition.COMPLETED
    return Disposition.PARTIAL if talk.share >= PARTIAL_SHARE else Disposition.BREAK_OFF


def _unanswered(signalling: SignallingEvidence, ended: Ended) -> Disposition:
    if signalling.answered:
        return Disposition.BREAK_OFF
    announced = _announced(signalling.heard)
    if announced is not None:
        return announced
    if ended.q850 == _CALL_REJECTED:
        by_network = ended.sip_code in (403, 608)
        return Disposition.BLOCKED if by_network else Disposition.DECLINED
    if ended.q850 in _BY_CAUSE:
        return _BY_CAUSE[ended.q850]
    if ended.sip_code in _VAGUE and (toned := _toned(signalling.heard)) is not None:
        return toned
    if ended.sip_code is not None:
        return _by_code(ended.sip_code, rang=signalling.rang)
    if ended.who is Party.NETWORK:
        return Disposition.TRUNK_FAULT
    if signalling.timed_out:
        return Disposition.NO_ANSWER if signalling.rang else Disposition.UNREACHABLE
    return Disposition.UNKNOWN


def _announced(heard: Verdict | None) -> Disposition | None:
    """What an announcement says; None: there was none, or nothing that decides."""
    if heard is None or heard.by != "announcement":
        return None
    return Disposition(heard.heard.value)


def _toned(heard: Verdict | None) -> Disposition | None:
    """What a tone says; ring-back says only that it rings."""
    if heard is None or not heard.decides:
        return None
    return Disposition(heard.heard.value)


def _by_code(code: int, *, rang: bool) -> Disposition:
    if code == 480:
        return Disposition.NO_ANSWER if rang else Disposition.UNREACHABLE
    return _BY_CODE.get(code, Disposition.TRUNK_FAULT)
