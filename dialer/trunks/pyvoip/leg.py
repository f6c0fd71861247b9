"""One call of pyVoIP as a `CallLeg`: what its process tells, and no more than that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from dialer.errors import TrunkError
from dialer.ports import (
    SAMPLE_RATE,
    Answered,
    Dtmf,
    Ended,
    Frame,
    Party,
    Quality,
    Trying,
)
from dialer.trunks.event_stream import EventStream
from dialer.trunks.frame_stream import FrameStream
from dialer.trunks.pump import AudioPump
from dialer.trunks.pyvoip.pipe import Kind, Message, read_heard
from dialer.trunks.time_line import TimeLine

_MOST_QUEUED_BYTES = int(0.2 * SAMPLE_RATE) * 2
_ROUND = 1 << 32

Send = Callable[[Kind, bytes], None]


class PyvoipAudio:
    """An `AudioPort` whose rings are in the other process."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._frames = FrameStream()
        self._line = TimeLine()
        self._arrived = bytearray()
        self._written = 0
        self._left = 0
        self.received_bytes = 0
        self.open = False

    def frames(self) -> AsyncIterator[Frame]:
        return self._frames

    def write(self, pcm: bytes) -> int:
        room = _MOST_QUEUED_BYTES - self._queued_bytes
        taken = pcm[: max(0, room) & ~1] if self.open else b""
        if taken:
            self._written += len(taken)
            self._send(Kind.SAY, taken)
        return len(taken)

    def queued_s(self) -> float:
        return self._queued_bytes / 2 / SAMPLE_RATE if self.open else 0.0

    def flush(self) -> None:
        if self.open:
            self._left = self._written % _ROUND
            self._send(Kind.FLUSH, b"")

    def arrived(self, left: int, pcm: bytes) -> None:
        """Take what the process received, and how much of what was written has left there."""
        if (left - self._left) % _ROUND < _ROUND // 2:
            self._left = left
        self.received_bytes += len(pcm)
        self._arrived += pcm

    def poll(self, now: float) -> None:
        """Lay what has arrived by `now` (loop time) on the time line."""
        if not self.open:
            return
        pcm = bytes(self._arrived)
        self._arrived.clear()
        for frame, gap in self._line.take(pcm, now):
            self._frames.put(Frame(frame, now, gap=gap))

    def close(self) -> None:
        """End `frames()` after what waits."""
        self.open = False
        self._frames.close()

    @property
    def _queued_bytes(self) -> int:
        return (self._written - self._left) % _ROUND


class PyvoipLeg:
    """An outgoing call. Made by `PyvoipTrunk.dial`; all methods on the event loop."""

    def __init__(self, send: Send, pump: AudioPump, on_over: Callable[[], object]) -> None:
        self._send = send
        self._pump = pump
        self._on_over = on_over
        self._loop = asyncio.get_running_loop()
        self._answered = False
        self._hung_up = False
        self.events = EventStream()
        self.audio = PyvoipAudio(send)

    async def hang_up(self) -> None:
        """End the call. One that was not answered cannot be cancelled: it may ring on, is hung up
        should it be answered, and how it ends nobody knows."""
        if self.events.ended is not None or self._hung_up:
            return
        self._hung_up = True
        self._send(Kind.HANG_UP, b"")
        if not self._answered:
            self._end(Party.UNKNOWN, "given up; pyVoIP cannot cancel, it may ring on")

    async def send_dtmf(self, digits: str) -> None:
        """Raises TrunkError: pyVoIP sends no keys."""
        raise TrunkError("the pyvoip driver cannot send keys (no dtmf_tx): use baresip")

    async def transfer(self, uri: str) -> None:
        """Raises TrunkError: pyVoIP knows no REFER."""
        raise TrunkError("the pyvoip driver cannot transfer (no refer): use baresip")

    def take(self, message: Message) -> None:
        """Take one message of the process about this call."""
        if self.events.ended is not None:
            return
        now = self._loop.time()
        match message.kind:
            case Kind.TRYING:
                self.events.put(Trying(now, message.text))
            case Kind.ANSWERED:
                self._answered = self.audio.open = True
                self._pump.attach(self.audio)
                self.events.put(Answered(now))
            case Kind.HEARD:
                self.audio.arrived(*read_heard(message))
            case Kind.KEY:
                self.events.put(Dtmf(now, message.text))
            case Kind.ENDED:
                ending = message.data
                who = Party.LOCAL if self._hung_up else Party(ending["who"])
                self._end(who, ending["reason"])

    def abandon(self, reason: str) -> None:
        """End the leg because its process is gone."""
        self._end(Party.UNKNOWN, reason)

    def _end(self, who: Party, reason: str) -> None:
        if self.events.ended is not None:
            return
        now = self._loop.time()
        self.audio.poll(now)
        self._pump.detach(self.audio)
        self.audio.close()
        self.events.put(Quality(now, self.audio.received_bytes // 320, None, None))
        self.events.put(Ended(now, who, None, None, reason))
        self._on_over()
