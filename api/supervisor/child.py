"""One run of a supervised program: a process group with its log."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from api.errors import ApiError
from api.supervisor import tether
from api.supervisor.life import FilePulse, HttpPulse, Pulse, until_hung
from api.supervisor.program import HttpReady, LineReady, Program

_LOG_LIMIT_BYTES = 20_000_000
_PROBE_EVERY_S = 0.15
_PROBE_TIMEOUT_S = 2.0
_LAST_CHANCE_S = 5.0
HEARTBEAT_VARIABLE = "OUTBOUND_HEARTBEAT_FILE"


class ProgramFailed(ApiError):
    """A program did not start or would not stay up; the message ends with its last log lines."""


class Child:
    """A running program. `start` once, then `wait_ready`, `wait` and `stop` as needed."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self._log_start = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process id, which is the group's id too."""
        return self._running.pid

    async def start(self) -> None:
        """Start the program; its output is appended to the log. Raises ProgramFailed."""
        self._log_start = await asyncio.to_thread(_prepare_log, self.log)
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                tether.__file__,
                str(os.getpid()),
                *self.program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **self._heartbeat(), **self.program.environment},
                start_new_session=True,
            )

    async def wait_ready(self) -> None:
        """Return once the program is ready. Raises ProgramFailed when it ends or takes too
        long."""
        ended = asyncio.create_task(self.wait())
        ready = asyncio.create_task(self._until_ready())
        try:
            await asyncio.wait(
                {ended, ready},
                timeout=self.program.ready_within_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if ready.done():
                ready.result()
            elif ended.done():
                raise self.failure(f"ended with exit code {ended.result()} before it was ready")
            else:
                raise self.failure(f"was not ready within {self.program.ready_within_s:g} s")
        finally:
            ended.cancel()
            ready.cancel()
            await asyncio.gather(ended, ready, return_exceptions=True)

    async def wait(self) -> int:
        """Wait for the program's end and return its exit code (negative: the signal)."""
        return await self._running.wait()

    async def wait_hung(self) -> None:
        """Return once the program has given no sign of life for too long; never, where it is
        not watched."""
        limit_s = self.program.hung_after_s
        if limit_s is None:
            await asyncio.Event().wait()
            return
        await until_hung(self._pulse(limit_s), limit_s)

    def _pulse(self, limit_s: float) -> Pulse:
        ready = self.program.ready
        if isinstance(ready, HttpReady):
            return HttpPulse(ready.url, limit_s / 2)
        return FilePulse(self._beat_file)

    async def end_hung(self) -> None:
        """End a program that does not react: SIGTERM, a moment later SIGKILL."""
        self._signal_leader(signal.SIGTERM)
        await _wait_any(self.wait(), timeout_s=_LAST_CHANCE_S)
        self._kill_group()
        await self.wait()

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask the program to end (SIGTERM), then kill what is left of its group. `hurry` cuts
        the waiting short."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._signal_leader(signal.SIGTERM)
            await _wait_any(self.wait(), hurry.wait(), timeout_s=self.program.stop_within_s)
        self._kill_group()
        await self._process.wait()

    def failure(self, what: str) -> ProgramFailed:
        """Return the error that tells what happened, with the end of the log."""
        lines = self._output().splitlines()[-6:]
        tail = "".join(f"\n  | {line}" for line in lines)
        return ProgramFailed(f"{self.program.name} {what}; its log is {self.log}{tail}")

    @property
    def _beat_file(self) -> Path:
        return self.log.with_suffix(".beat")

    def _heartbeat(self) -> dict[str, str]:
        """The environment by which a program is told to beat."""
        watched = self.program.hung_after_s is not None
        if not watched or isinstance(self.program.ready, HttpReady):
            return {}
        return {HEARTBEAT_VARIABLE: str(self._beat_file.absolute())}

    async def _until_ready(self) -> None:
        probe = self.program.ready
        if isinstance(probe, HttpReady):
            await _until_http(probe)
        else:
            await self._until_line(probe)

    async def _until_line(self, probe: LineReady) -> None:
        while True:
            if probe.pattern.search(await asyncio.to_thread(self._output)):
                return
            await asyncio.sleep(_PROBE_EVERY_S)

    def _output(self) -> str:
        with suppress(FileNotFoundError), self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")
        return ""

    def _signal_leader(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._running.send_signal(number)

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._running.pid, signal.SIGKILL)

    @property
    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "start() comes first"
        return self._process


async def _until_http(probe: HttpReady) -> None:
    async with httpx.AsyncClient(timeout=_PROBE_TIMEOUT_S, trust_env=False) as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(probe.url)).is_success:
                    return
            await asyncio.sleep(_PROBE_EVERY_S)


async def _wait_any(*waits: Coroutine[Any, Any, object], timeout_s: float) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _prepare_log(path: Path) -> int:
    """Make room for the log, setting an overlong one aside; return where new lines begin."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return 0
    if path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
        return 0
    return path.stat().st_size
