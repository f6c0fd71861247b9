"""Owner of the process that runs pyVoIP: starts it, watches it, ends it when it hangs."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import structlog

from dialer.errors import TrunkError
from dialer.trunks.pyvoip.pipe import Kind, Message, receive, with_data

log = structlog.get_logger(__name__)

_MODULE = "dialer.trunks.pyvoip.process"
_READY_WITHIN_S = 15.0
_ENDED_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Seconds: `silent_s` without a sign of life, or a `call()` blocked for `blocked_s`, and the
    process is killed; looked at every `look_s`."""

    silent_s: float = 5.0
    blocked_s: float = 10.0
    look_s: float = 0.5


class PyvoipProcess:
    """One process; `start` once, `close` at the end. `on_message` and `on_gone` run on the loop,
    `on_gone` once, whatever ended the process."""

    def __init__(
        self,
        watchdog: Watchdog,
        on_message: Callable[[Message], None],
        on_gone: Callable[[str], None],
    ) -> None:
        self._watchdog = watchdog
        self._on_message = on_message
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._last_sign = 0.0
        self._why = "the pyVoIP process ended"
        self.gone = False

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self, **peer: Any) -> None:
        """Start the process and open the phone. Raises TrunkError."""
        require_extra()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._last_sign = self._loop.time()
        self._tasks = [asyncio.create_task(self._read(), name="pyvoip-reader")]
        self.send(with_data(Kind.OPEN, **peer))
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                await asyncio.shield(self._ready)
        except TimeoutError as error:
            await self.close()
            raise TrunkError("the pyVoIP process did not get ready in time") from error
        except TrunkError:
            await self.close()
            raise
        self._last_sign = self._loop.time()
        self._tasks.append(asyncio.create_task(self._watch(), name="pyvoip-watchdog"))

    def send(self, message: Message) -> None:
        """Send a message; lost where the process is gone (its calls are told then)."""
        assert self._process is not None
        assert self._process.stdin is not None
        if not self.gone and not self._process.stdin.is_closing():
            self._process.stdin.write(message.encoded())

    async def close(self) -> None:
        """End the process: by the end of its input, by force where that does not help."""
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_ENDED_WITHIN_S):
                await process.wait()
        except TimeoutError:
            self._kill()
            await process.wait()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._end("the pyVoIP process was closed")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while (message := await receive(self._process.stdout)) is not None:
            self._last_sign = self._loop.time()
            self._take(message)
        await self._process.wait()
        self._end(self._why)

    def _take(self, message: Message) -> None:
        if message.kind is Kind.ALIVE:
            if message.data["blocked_s"] > self._watchdog.blocked_s:
                self._shoot("a call of pyVoIP never returned")
        elif message.kind is Kind.READY:
            self._ready.set_result(None)
        elif message.kind is Kind.FAILED:
            self._ready.set_exception(TrunkError(f"pyVoIP could not start: {message.text}"))
        else:
            self._on_message(message)

    async def _watch(self) -> None:
        while not self.gone:
            await asyncio.sleep(self._watchdog.look_s)
            if self._loop.time() - self._last_sign > self._watchdog.silent_s:
                self._shoot("the pyVoIP process gave no sign of life")

    def _shoot(self, why: str) -> None:
        self._why = why
        log.error("pyvoip_killed", reason=why, pid=self.pid)
        self._kill()

    def _kill(self) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def _end(self, why: str) -> None:
        if self.gone:
            return
        self.gone = True
        if not self._ready.done():
            self._ready.set_exception(TrunkError(why))
        self._ready.exception()
        self._on_gone(why)


def require_extra() -> None:
    """Raise TrunkError where pyVoIP is not installed."""
    if find_spec("pyVoIP") is None:
        raise TrunkError(
            "this trunk's driver is pyvoip, which is not installed: "
            "install the extra (pip install 'outbound[pyvoip]', GPLv3) or set the driver to baresip"
        )
