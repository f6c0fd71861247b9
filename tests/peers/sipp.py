"""SIPp as the far end: a callee nobody here wrote. Its exit code is its verdict on the caller."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from tests.peers.ports import free_port, free_range

SCENARIOS = Path(__file__).parent.parent / "sip"
EVENT_CAPTURES = Path("/usr/share/sip-tester")
"""Where Debian's sip-tester keeps its recordings of RFC 4733 events."""
_END_WITHIN_S = 15.0

needs_sipp = pytest.mark.skipif(
    shutil.which("sipp") is None, reason="SIPp is absent: apt-get install sip-tester"
)
needs_raw_sockets = pytest.mark.skipif(
    os.geteuid() != 0 or not EVENT_CAPTURES.is_dir(),
    reason="SIPp plays event captures through raw sockets: run as root with sip-tester's captures",
)


class Sipp:
    """One SIPp process that plays a scenario of `tests/sip` for one call.

    `keys` fill the `{{name}}` places of the scenario file; `echo` sends all audio back;
    `calls` makes it the caller of that (host:port, number).
    """

    def __init__(
        self,
        scenario: str,
        folder: Path,
        keys: Mapping[str, str] | None = None,
        *,
        echo: bool = False,
        transport: Literal["udp", "tcp"] = "udp",
        calls: tuple[str, str] | None = None,
    ) -> None:
        self.port = free_port(socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        self._transport = transport
        # Recordings of keys are named without a path in the scenarios.
        self._folder = EVENT_CAPTURES if EVENT_CAPTURES.is_dir() else folder
        self._media = free_range(4)[0]
        self._errors = folder / f"{scenario}.err"
        filled = folder / f"{scenario}.xml"
        filled.write_text(_fill((SCENARIOS / f"{scenario}.xml").read_text(), keys or {}))
        self._command = [
            "sipp", "-sf", str(filled),
            "-i", "127.0.0.1", "-p", str(self.port),
            "-mi", "127.0.0.1", "-mp", str(self._media),
            "-t", "u1" if transport == "udp" else "t1",
            "-m", "1", "-nostdin", "-timeout", "120",
            "-trace_err", "-error_file", str(self._errors),
        ]  # fmt: skip
        if echo:
            self._command.append("-rtp_echo")
        if calls is not None:
            address, number = calls
            self._command += ["-s", number, address]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Sipp:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await self._wait_bound()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()

    async def succeeded(self) -> bool:
        """Wait for the end and return whether every call went as the scenario wants."""
        assert self._process is not None
        async with asyncio.timeout(_END_WITHIN_S):
            return await self._process.wait() == 0

    def complaints(self) -> str:
        """Return what SIPp wrote to its error file."""
        return self._errors.read_text(errors="replace") if self._errors.exists() else ""

    async def _wait_bound(self) -> None:
        assert self._process is not None
        for _ in range(100):
            if self._process.returncode is not None:
                raise RuntimeError(f"SIPp did not start: {self.complaints()}")
            bound = await asyncio.to_thread(Path(f"/proc/net/{self._transport}").read_text)
            if f":{self.port:04X} " in bound:
                return
            await asyncio.sleep(0.05)
        raise RuntimeError("SIPp did not bind its port within 5 s")


def _fill(scenario: str, keys: Mapping[str, str]) -> str:
    for name, value in keys.items():
        scenario = scenario.replace("{{" + name + "}}", value)
    return scenario
