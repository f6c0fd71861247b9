"""Whether a running program still turns: its heartbeat file or its own HTTP answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import httpx

_LOOKS_A_LIMIT = 4


class Pulse(Protocol):
    """One look at a program."""

    async def felt(self) -> bool:
        """Return whether there was a sign of life since the last look."""
        ...


class FilePulse:
    """The file was touched since the last look; its clock is not compared with ours."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last: int | None = None

    async def felt(self) -> bool:
        with suppress(FileNotFoundError):
            touched = self._file.stat().st_mtime_ns
            last, self._last = self._last, touched
            return touched != last
        return False


class HttpPulse:
    """The server of this URL answers, whatever it says. Its root is asked, not its health: that
    what it depends on is away does not make it hung."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = httpx.URL(url).copy_with(path="/")
        self._timeout_s = timeout_s

    async def felt(self) -> bool:
        async with httpx.AsyncClient(timeout=self._timeout_s, trust_env=False) as client:
            with suppress(httpx.HTTPError):
                await client.get(self._url)
                return True
        return False


async def until_hung(pulse: Pulse, limit_s: float) -> None:
    """Return once there was no sign of life for `limit_s` seconds of looking."""
    clock = asyncio.get_running_loop().time
    seen_at = clock()
    while clock() - seen_at < limit_s:
        await asyncio.sleep(limit_s / _LOOKS_A_LIMIT)
        if await pulse.felt():
            seen_at = clock()
