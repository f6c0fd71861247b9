"""Acknowledging a repeated 200 once more (RFC 3261 section 13.2.2.4), which the stack forgets to.

When our ACK was lost the callee repeats its 200. The stack answers that with an empty datagram, and
the callee hangs up after 32 s. So our ACKs are kept for that time and sent again in its place.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from dialer.trunks.baresip.second_answer import goodbye
from dialer.trunks.baresip.sip_packet import call_id_of, head_of

_KEPT_S = 40.0
"""Longer than 64·T1, for which a callee repeats its 200."""
_CSEQ = re.compile(rb"\r\ncseq[ \t]*:[ \t]*(\d{1,10})[ \t]+(ACK|INVITE)\b", re.IGNORECASE)

_Key = tuple[str, int]


class Acknowledgements:
    """The ACKs of the last 40 s and the answer that is being handled. Times in seconds."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, tuple[float, bytes]] = OrderedDict()
        self._answer: _Key | None = None

    def received(self, packet: bytes) -> tuple[bytes, ...]:
        """Note a packet from the network, before the stack handles it; return what to send back
        at once: an ACK and a BYE to a second callee who answered."""
        self._answer = _key(packet) if packet.startswith(b"SIP/2.0 2") else None
        kept = self._kept.get(self._answer) if self._answer is not None else None
        parting = goodbye(packet, kept[1]) if kept is not None else None
        if parting is None:
            return ()
        self._answer = None
        return parting

    def sent(self, packet: bytes, now: float) -> bytes | None:
        """Note a packet of ours; return what to send in its place, None where it is right."""
        if packet.startswith(b"ACK "):
            self._keep(packet, now)
        elif not packet and self._answer is not None:
            kept = self._kept.get(self._answer)
            return kept[1] if kept is not None else None
        return None

    def _keep(self, packet: bytes, now: float) -> None:
        key = _key(packet)
        if key is not None:
            self._kept[key] = (now, packet)
            self._kept.move_to_end(key)
        while self._kept and next(iter(self._kept.values()))[0] < now - _KEPT_S:
            self._kept.popitem(last=False)


def _key(packet: bytes) -> _Key | None:
    """Return the call and the number of the INVITE that a message is about."""
    head = head_of(packet)
    call_id, cseq = call_id_of(head), _CSEQ.search(head)
    return (call_id, int(cseq.group(1))) if call_id and cseq else None
