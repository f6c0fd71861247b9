"""A call placed over a trunk in a test, and what is heard of it within a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TypeVar
from uuid import uuid4

from campaigns.attempt import TrunkAddress
from dialer.ports import CallEvent, CallLeg, DialRequest, Ended, Trunk

CALLEE = "13800000001"
CALLER = "0771123660"
_Event = TypeVar("_Event", bound=CallEvent)


async def dial(trunk: Trunk, headers: Mapping[str, str] | None = None) -> CallLeg:
    """Place a call to `CALLEE`."""
    request = DialRequest(
        uuid4(), CALLEE, CALLER, "南宁税务", f"{uuid4()}@outbound", dict(headers or {})
    )
    return await trunk.dial(request)


def loopback(port: int) -> TrunkAddress:
    """Return a trunk on a port of loopback."""
    return TrunkAddress("wire", "127.0.0.1", port)


async def until(leg: CallLeg, kind: type[_Event], within_s: float = 8.0) -> _Event:
    """Read events as far as one of a kind."""
    async with asyncio.timeout(within_s):
        async for event in leg.events:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the call ended without {kind.__name__}")


async def rest(leg: CallLeg, within_s: float = 15.0) -> list[CallEvent]:
    """Read the events that are left, as far as the end."""
    async with asyncio.timeout(within_s):
        return [event async for event in leg.events]


def ended(events: list[CallEvent]) -> Ended:
    """Return the one `Ended`, the last of all."""
    assert [event for event in events if isinstance(event, Ended)] == events[-1:]
    last = events[-1]
    assert isinstance(last, Ended)
    return last
