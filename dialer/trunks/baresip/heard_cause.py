"""The Q.850 causes in Reason headers as they arrived (RFC 3326).

The stack tells the first value of the first Reason header of a final response and none of a BYE;
carriers send several, and put the telephone network's cause anywhere among them.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from dialer.trunks.baresip.closing import q850_of
from dialer.trunks.baresip.sip_packet import call_id_of, head_of

_MOST_CALLS = 2000
_ENDS_A_CALL = re.compile(rb"SIP/2\.0 [3-6]\d\d |(?:BYE|CANCEL) ")
_REASON = re.compile(rb"\r\nreason[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)


class HeardCauses:
    """The causes of the last calls that were ended by the far end, by Call-ID."""

    def __init__(self) -> None:
        self._causes: OrderedDict[str, int] = OrderedDict()

    def received(self, packet: bytes) -> None:
        """Note a packet from the network."""
        if not _ENDS_A_CALL.match(packet):
            return
        head = head_of(packet)
        call_id, reasons = call_id_of(head), _REASON.findall(head)
        cause = q850_of(b",".join(reasons).decode("utf-8", "replace"))
        if call_id is None or cause is None:
            return
        self._causes[call_id] = cause
        if len(self._causes) > _MOST_CALLS:
            self._causes.popitem(last=False)

    def take(self, call_id: str) -> int | None:
        """Return the cause of a call that has ended, and forget it."""
        return self._causes.pop(call_id, None)
