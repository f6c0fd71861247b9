"""The rehearsal process, started for a test."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any

from tests.peers.ports import free_port, free_range

_READY = b"rehearsal ready on"
_READY_WITHIN_S = 240.0


class RehearsalProcess:
    """`python -m dialer.rehearsal.main` on ports of its own; use as `async with`."""

    def __init__(self, questionnaire: Path, folder: Path) -> None:
        self.port = free_port()
        self.journal = folder / "rehearsal.jsonl"
        first, last = free_range(100)
        self._command = [
            sys.executable, "-m", "dialer.rehearsal.main",
            "--questionnaire", str(questionnaire), "--log", str(self.journal),
            "--port", str(self.port),
            "--first-rtp-port", str(first), "--last-rtp-port", str(last),
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None
        self._drain: asyncio.Task[bytes] | None = None

    async def __aenter__(self) -> RehearsalProcess:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        said: list[bytes] = []
        async with asyncio.timeout(_READY_WITHIN_S):
            async for line in self._process.stdout:
                said.append(line)
                if line.startswith(_READY):
                    self._drain = asyncio.create_task(self._process.stdout.read())
                    return self
        await self._process.wait()
        raise RuntimeError("the rehearsal did not start:\n" + b"".join(said).decode())

    async def stop(self) -> int:
        """Ask it to end (SIGTERM) and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self._process.wait()

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._drain is not None:
            await self._drain

    def lines(self) -> dict[str, dict[str, Any]]:
        """Return the journal so far by dialled number."""
        text = self.journal.read_text(encoding="utf-8")
        return {line["number"]: line for line in map(json.loads, text.splitlines())}
