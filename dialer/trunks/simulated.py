"""A trunk without a network: the callee is a coroutine, time is the event loop's.

On a loop with virtual time a minute of conversation takes milliseconds. The callee gets a
`SimulatedLine` and rings, answers, speaks, presses keys and hangs up on it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from dialer.ports import (
    FRAME_BYTES,
    FRAME_S,
    SAMPLE_RATE,
    Answered,
    DialRequest,
    Dtmf,
    EarlyMedia,
    Ended,
    Frame,
    Party,
    Quality,
    Ringing,
    Transferred,
    Trying,
)
from dialer.trunks.event_stream import EventStream
from dialer.trunks.frame_stream import FrameStream
from dialer.trunks.pump import AudioPump

_MOST_QUEUED_BYTES = int(0.2 * SAMPLE_RATE) * 2
_SILENCE = bytes(FRAME_BYTES)

Callee = Callable[["SimulatedLine"], Awaitable[None]]


class SimulatedAudio:
    """An `AudioPort` whose far end is the callee."""

    def __init__(self) -> None:
        self._frames = FrameStream()
        self._sending = bytearray()
        self.spoken: deque[bytes] = deque()
        """Frames the callee says next."""
        self.heard: list[tuple[float, bytes]] = []
        """Every non-empty frame that reached the callee, with its time."""
        self.flowing = False
        self.early = False

    def frames(self) -> AsyncIterator[Frame]:
        return self._frames

    def write(self, pcm: bytes) -> int:
        taken = min(len(pcm), _MOST_QUEUED_BYTES - len(self._sending)) & ~1
        self._sending += pcm[:taken]
        return taken

    def queued_s(self) -> float:
        return len(self._sending) / 2 / SAMPLE_RATE

    def flush(self) -> None:
        self._sending.clear()

    def poll(self, now: float) -> None:
        """Move 20 ms both ways."""
        if not self.flowing:
            return
        if self._sending:
            self.heard.append((now, bytes(self._sending[:FRAME_BYTES])))
            del self._sending[:FRAME_BYTES]
        gap = not self.spoken
        pcm = _SILENCE if gap else self.spoken.popleft()
        self._frames.put(Frame(pcm, now, early=self.early, gap=gap))

    def close(self) -> None:
        self._frames.close()


class SimulatedLine:
    """The callee's end of one call."""

    def __init__(self, leg: SimulatedLeg, request: DialRequest) -> None:
        self._leg = leg
        self.request = request

    @property
    def heard(self) -> list[tuple[float, bytes]]:
        """What has reached the callee so far, frame by frame with its time."""
        return self._leg.audio.heard

    def ring(self) -> None:
        """Answer 180."""
        self._leg.events.put(Ringing(_now()))

    def early_media(self) -> None:
        """Answer 183 and let audio flow."""
        self._leg.audio.early = self._leg.audio.flowing = True
        self._leg.events.put(EarlyMedia(_now()))

    def answer(self) -> None:
        """Answer 200; audio flows from now on."""
        self._leg.audio.early = False
        self._leg.audio.flowing = True
        self._leg.events.put(Answered(_now()))

    async def speak(self, pcm: bytes) -> None:
        """Say this and return when its last frame has been sent."""
        for start in range(0, len(pcm), FRAME_BYTES):
            frame = pcm[start : start + FRAME_BYTES]
            self._leg.audio.spoken.append(frame.ljust(FRAME_BYTES, b"\0"))
        await asyncio.sleep(len(self._leg.audio.spoken) * FRAME_S)

    def press(self, digit: str) -> None:
        """Press a key."""
        self._leg.events.put(Dtmf(_now(), digit))

    def refuse(self, code: int, q850: int | None = None, reason: str = "") -> None:
        """Answer with a final failure."""
        self._leg.end(Party.REMOTE, code, q850, reason)

    def hang_up(self) -> None:
        """Send a BYE."""
        self._leg.end(Party.REMOTE, None, 16, "bye")

    async def wait_over(self) -> None:
        """Wait until the call has ended."""
        await self._leg.over.wait()


class SimulatedLeg:
    """A `CallLeg` whose far end is a coroutine."""

    def __init__(
        self, request: DialRequest, pump: AudioPump, transfers: Mapping[str, bool]
    ) -> None:
        self.events = EventStream()
        self.audio = SimulatedAudio()
        self.over = asyncio.Event()
        self.sent_digits = ""
        self._pump = pump
        self._transfers = transfers
        pump.attach(self.audio)
        self.events.put(Trying(_now(), request.sip_call_id))

    async def hang_up(self) -> None:
        self.end(Party.LOCAL, None, None, "hung up")

    async def send_dtmf(self, digits: str) -> None:
        self.sent_digits += digits

    async def transfer(self, uri: str) -> None:
        accepted = self._transfers.get(uri, False)
        self.events.put(Transferred(_now(), accepted))
        if accepted:
            self.end(Party.LOCAL, None, None, "transferred")

    def end(self, who: Party, code: int | None, q850: int | None, reason: str) -> None:
        """End the call once."""
        if self.events.ended is not None:
            return
        self._pump.detach(self.audio)
        self.audio.close()
        self.events.put(Quality(_now(), None, None, None))
        self.events.put(Ended(_now(), who, code, q850, reason))
        self.over.set()


class SimulatedTrunk:
    """A `Trunk` that plays the callee `callee_of` returns for each dialled number.

    Use it as an async context manager: leaving it stops every callee.
    """

    capabilities = frozenset({"early_media", "cancel", "sip_code", "q850", "dtmf_tx", "refer"})

    def __init__(
        self,
        callee_of: Callable[[DialRequest], Callee],
        *,
        name: str = "simulated",
        max_calls: int = 100,
        transfers: Mapping[str, bool] | None = None,
    ) -> None:
        self.name = name
        self.max_calls = max_calls
        self.dialled: list[DialRequest] = []
        self.legs: list[SimulatedLeg] = []
        self._callee_of = callee_of
        self._transfers = dict(transfers or {})
        self._pump = AudioPump()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> SimulatedTrunk:
        self._own(self._pump.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def dial(self, request: DialRequest) -> SimulatedLeg:
        leg = SimulatedLeg(request, self._pump, self._transfers)
        self.dialled.append(request)
        self.legs.append(leg)
        self._own(self._callee_of(request)(SimulatedLine(leg, request)))
        return leg

    def _own(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        self._tasks.add(asyncio.get_running_loop().create_task(run()))


def _now() -> float:
    return asyncio.get_running_loop().time()
