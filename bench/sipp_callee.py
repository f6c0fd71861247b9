"""SIPp as many callees: an independent far end for load (Debian's sip-tester)."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import shutil
from pathlib import Path

from tests.peers.ports import free_port, free_range

_BOUND_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.05


def available() -> bool:
    """Whether SIPp is installed."""
    return shutil.which("sipp") is not None


class SippCallee:
    """Plays `scenario` for any number of calls until closed. Use as `async with`."""

    def __init__(self, scenario: Path, folder: Path, *, echo: bool) -> None:
        self.port = free_port()
        self.media_port = free_range(4)[0]
        self._statistics = folder / f"{scenario.stem}-{self.port}.csv"
        self._command = [
            "sipp", "-sf", str(scenario),
            "-i", "127.0.0.1", "-p", str(self.port),
            "-mi", "127.0.0.1", "-mp", str(self.media_port),
            "-nostdin", "-trace_stat", "-stf", str(self._statistics), "-fd", "1",
        ]  # fmt: skip
        if echo:
            self._command.append("-rtp_echo")
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> SippCallee:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_BOUND_WITHIN_S):
            while f":{self.port:04X} " not in await asyncio.to_thread(_bound_ports):
                if self._process.returncode is not None:
                    raise RuntimeError("SIPp ended at once")
                await asyncio.sleep(_LOOK_EVERY_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()

    def counts(self) -> dict[str, int]:
        """Return SIPp's own count of calls; after it has been closed."""
        with self._statistics.open(newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        return {
            "created": int(last["IncomingCall(C)"]),
            "successful": int(last["SuccessfulCall(C)"]),
            "failed": int(last["FailedCall(C)"]),
        }


def _bound_ports() -> str:
    return Path("/proc/net/udp").read_text()
