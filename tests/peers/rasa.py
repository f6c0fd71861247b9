"""A real Rasa with the real actions, on free ports, its scripts in memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
import uvicorn
from pydantic import AnyHttpUrl

from campaigns.clock import SystemClock
from campaigns.errors import NotFound
from campaigns.script import Script
from dialogs.actions.app import make_app
from dialogs.actions.converse import Converse
from dialogs.rasa_environment import HEALTH_PATH, server_command
from dialogs.rasa_training import train
from dialogs.settings import DialogueSettings

_READY_S = 120.0


class ScriptsInMemory:
    """A script source that knows what it was told."""

    def __init__(self) -> None:
        self.scripts: dict[UUID, Script] = {}
        self.delay_s = 0.0

    async def load(self, attempt_id: UUID) -> Script:
        await asyncio.sleep(self.delay_s)
        if attempt_id not in self.scripts:
            raise NotFound(f"there is no attempt {attempt_id}")
        return self.scripts[attempt_id]


@dataclass
class RunningRasa:
    """Rasa and its action side while the test runs."""

    url: str
    scripts: ScriptsInMemory
    settings: DialogueSettings
    model: Path
    tracker: str
    folder: Path
    actions: ActionsInThread
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start Rasa and wait until it answers."""
        command, environment = server_command(self.settings, self.model, self.tracker)
        log: IO[bytes]
        with (self.folder / "rasa.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=dict(environment), cwd=self.folder, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (self.folder / "rasa.log").read_text()[-3000:]
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(self.url + HEALTH_PATH, trust_env=False, timeout=2).is_success:
                    return
            time.sleep(0.2)
        raise AssertionError(f"Rasa was not ready within {_READY_S} s")

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> None:
        """End Rasa with this signal."""
        assert self.process is not None
        self.process.send_signal(sig)
        self.process.wait(20)


def free_port() -> int:
    """Return a TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_rasa(folder: Path, tracker: str = "") -> Iterator[RunningRasa]:
    """Run Rasa; skips the test where its environment is not installed."""
    settings = DialogueSettings()
    if not settings.rasa_python.exists():
        pytest.skip("Rasa's environment is missing: python -m dialogs.rasa_environment install")
    model = train(settings)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    actions_port = free_port()
    settings = settings.model_copy(
        update={"rasa_url": AnyHttpUrl(url), "actions_port": actions_port}
    )
    scripts = ScriptsInMemory()
    actions = ActionsInThread(scripts, actions_port)
    running = RunningRasa(url, scripts, settings, model, tracker, folder, actions)
    actions.start()
    try:
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        actions.stop()


class ActionsInThread:
    """The real actions, in a thread of the test, with scripts from its memory."""

    def __init__(self, scripts: ScriptsInMemory, port: int) -> None:
        self._scripts = scripts
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start answering Rasa."""
        app = make_app(Converse(self._scripts, SystemClock(), ZoneInfo("Asia/Shanghai")))
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self._port, log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="actions")
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the actions did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop, and free the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        self._server = self._thread = None


class ActionsProcess:
    """The process of the dialogue's actions on a database, as the supervisor runs it."""

    def __init__(self, folder: Path, database_url: str, port: int) -> None:
        self._folder = folder
        self._port = port
        self._environment = {
            **os.environ,
            "OUTBOUND_DATABASE_URL": database_url,
            "OUTBOUND_DATA_DIR": str(folder),
            "OUTBOUND_ACTIONS_PORT": str(port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ActionsProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        with (self._folder / "actions.log").open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "dialogs.actions.main"),
                env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self._folder / "actions.log").read_text()[-3000:]
            with contextlib.suppress(httpx.HTTPError):
                url = f"http://127.0.0.1:{self._port}/health"
                if httpx.get(url, trust_env=False, timeout=2).is_success:
                    return
            time.sleep(0.1)
        raise AssertionError(f"the actions were not ready within {_READY_S} s")

    def kill(self) -> None:
        """Kill it as a crash does (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)


def model_python(settings: DialogueSettings) -> str:
    """Return the Python of Rasa's environment as an absolute path."""
    return os.fspath(settings.rasa_python.absolute())
