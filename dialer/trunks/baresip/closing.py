"""What the stack's closing line says: who ended the call, the SIP code, the Q.850 cause.

The stack writes one line: `486 Busy Here,Q.850;cause=17;text="User busy"` for a final response
(the first value of the Reason header of RFC 3326 follows the comma), `Rejected by user` for our
own hang-up, `Connection reset by peer [104]` for a BYE of the far end, an error text for anything
else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialer.ports import Party

TRANSFERRED = "Call transfered"
"""The stack's own spelling for a successful transfer."""

_OWN_HANG_UP = "Rejected by user"
_FAR_HANG_UP = "Connection reset by peer"
_STATUS = re.compile(r"(?P<code>[1-6]\d\d)(?: (?P<phrase>[^,]*))?(?:,|$)")
_Q850 = re.compile(r"\bQ\.850\b[^,]*?;\s*cause\s*=\s*(?P<cause>\d{1,3})", re.IGNORECASE)
_MOST_REASON = 200
_FIRST_FAILURE = 300
"""A line with a lower status is a reply the stack could not use (a broken session): no refusal."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of a call as the stack tells it."""

    who: Party
    sip_code: int | None
    q850: int | None
    reason: str


def q850_of(reason_header: str) -> int | None:
    """Return the Q.850 cause (0–127) of a Reason header's value, None if it names none."""
    found = _Q850.search(reason_header)
    if found is None:
        return None
    cause = int(found["cause"])
    return cause if cause <= 127 else None


def closing_of(text: str, heard_cause: int | None = None, *, hung_up: bool = False) -> Closing:
    """Read a closing line; `hung_up` says that we had asked for the end, `heard_cause` is the
    Q.850 cause that came with it where the line tells none.

    A final response and a BYE are the far end's doing, everything else that we did not ask for
    (time-outs, refused sockets, dead media) is the network's.
    """
    told_cause = q850_of(text)
    q850 = told_cause if told_cause is not None else heard_cause
    status = _STATUS.match(text)
    if status is not None and int(status["code"]) >= _FIRST_FAILURE:
        phrase = (status["phrase"] or "").strip()
        return Closing(Party.REMOTE, int(status["code"]), q850, _printable(phrase))
    reason = _printable(text)
    if text.startswith(_FAR_HANG_UP):
        return Closing(Party.REMOTE, None, q850, "hung up by the far end")
    if text.startswith(_OWN_HANG_UP):
        return Closing(Party.LOCAL, None, q850, "hung up by us")
    if text == TRANSFERRED or hung_up:
        return Closing(Party.LOCAL, None, q850, reason)
    return Closing(Party.NETWORK, None, q850, reason)


def _printable(text: str) -> str:
    """Leave out what no table can keep and no screen should show: NUL, controls, overrides."""
    return "".join(char for char in text[:_MOST_REASON] if char.isprintable())
