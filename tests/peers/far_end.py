"""What a trunk's contract needs of the far end of a call, on the wire and simulated alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from dialer.ports import FRAME_BYTES, FRAME_S
from dialer.trunks.simulated import SimulatedLine
from tests.peers.uas import ServerCall


class FarEnd(Protocol):
    """The callee's end of one call."""

    async def ring(self) -> None: ...

    async def early_media(self) -> None: ...

    async def answer(self) -> None: ...

    async def refuse(self, code: int, phrase: str, q850: int | None = None) -> None: ...

    async def hang_up(self) -> None: ...

    async def speak(self, pcm: bytes) -> None:
        """Say this; return when the last of it has been sent."""
        ...

    async def press(self, digits: str) -> None: ...

    def heard(self) -> list[bytes]:
        """Every frame that arrived, in order."""
        ...

    def keys(self) -> str:
        """The digits that arrived."""
        ...

    async def wait_over(self) -> None: ...


Script = Callable[[FarEnd], Awaitable[None]]


class UasFarEnd:
    """On the wire."""

    def __init__(self, call: ServerCall) -> None:
        self.call = call

    async def ring(self) -> None:
        self.call.respond(180, "Ringing")

    async def early_media(self) -> None:
        self.call.early_media()

    async def answer(self) -> None:
        await self.call.answer()

    async def refuse(self, code: int, phrase: str, q850: int | None = None) -> None:
        reason = {} if q850 is None else {"Reason": f'Q.850;cause={q850};text="{phrase}"'}
        await self.call.reject(code, phrase, reason)

    async def hang_up(self) -> None:
        self.call.bye()

    async def speak(self, pcm: bytes) -> None:
        left = memoryview(pcm)
        while left:
            left = left[self.call.line.write(bytes(left)) :]
            await asyncio.sleep(FRAME_S)
        await asyncio.sleep(self.call.line.queued_s())

    async def press(self, digits: str) -> None:
        await self.call.line.press(digits)

    def heard(self) -> list[bytes]:
        return [packet.pcm for packet in self.call.line.received]

    def keys(self) -> str:
        return "".join(self.call.line.keys)

    async def wait_over(self) -> None:
        await self.call.over.wait()


class SimulatedFarEnd:
    """Without a network."""

    def __init__(self, line: SimulatedLine, sent_digits: Callable[[], str]) -> None:
        self._line = line
        self._sent_digits = sent_digits

    async def ring(self) -> None:
        self._line.ring()

    async def early_media(self) -> None:
        self._line.early_media()

    async def answer(self) -> None:
        self._line.answer()

    async def refuse(self, code: int, phrase: str, q850: int | None = None) -> None:
        self._line.refuse(code, q850, phrase)

    async def hang_up(self) -> None:
        self._line.hang_up()

    async def speak(self, pcm: bytes) -> None:
        await self._line.speak(pcm)

    async def press(self, digits: str) -> None:
        for digit in digits:
            self._line.press(digit)

    def heard(self) -> list[bytes]:
        return [pcm.ljust(FRAME_BYTES, b"\0") for _, pcm in self._line.heard]

    def keys(self) -> str:
        return self._sent_digits()

    async def wait_over(self) -> None:
        await self._line.wait_over()
