"""The messages between the dialer and the process that runs pyVoIP: kind, call, length, body."""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, BinaryIO

_HEAD = struct.Struct("<BIH")
_HEARD = struct.Struct("<I")


class Kind(IntEnum):
    """What a message says. The first five go down to the process, the rest come up from it."""

    OPEN = 1
    """JSON: where the peer is, which ports to use."""
    DIAL = 2
    """JSON: number and caller number."""
    HANG_UP = 3
    SAY = 4
    """PCM, s16le mono at 8000 Hz."""
    FLUSH = 5
    READY = 10
    FAILED = 11
    """Text: the process cannot work."""
    ALIVE = 12
    """JSON: seconds the running `call()` has been blocked."""
    TRYING = 13
    """Text: the Call-ID."""
    ANSWERED = 14
    HEARD = 15
    """How many bytes said so far have left or were flushed, then the PCM that has come."""
    KEY = 16
    """Text: one digit."""
    ENDED = 17
    """JSON: who and reason."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `call` 0 where it is about none. Bodies hold numbers: never logged."""

    kind: Kind
    call: int = 0
    body: bytes = b""

    def encoded(self) -> bytes:
        """Return the bytes on the pipe."""
        return _HEAD.pack(self.kind, self.call, len(self.body)) + self.body

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def data(self) -> dict[str, Any]:
        """The body as a JSON object."""
        return dict(json.loads(self.body))


def with_data(kind: Kind, call: int = 0, **data: Any) -> Message:
    """Return a message with a JSON body."""
    return Message(kind, call, json.dumps(data).encode())


def heard(call: int, left: int, pcm: bytes) -> Message:
    """Return a `HEARD` message."""
    return Message(Kind.HEARD, call, _HEARD.pack(left & 0xFFFFFFFF) + pcm)


def read_heard(message: Message) -> tuple[int, bytes]:
    """Return how many bytes have left so far (modulo 2**32) and the PCM of a `HEARD` message."""
    return _HEARD.unpack_from(message.body)[0], message.body[_HEARD.size :]


async def receive(reader: asyncio.StreamReader) -> Message | None:
    """Read the next message; None at the end of the pipe."""
    try:
        kind, call, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        return Message(Kind(kind), call, await reader.readexactly(length))
    except asyncio.IncompleteReadError:
        return None


def read(pipe: BinaryIO) -> Message | None:
    """Read the next message, blocking; None at the end of the pipe."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, call, length = _HEAD.unpack(head)
    return Message(Kind(kind), call, pipe.read(length))
