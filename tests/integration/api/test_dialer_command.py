"""`outbound dialer`: the dialers alone, supervised in the foreground."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from campaigns import log
from campaigns.vault import Vault
from tests.peers.ports import free_port, free_range

_OUTBOUND = Path(sys.executable).with_name("outbound")
_READY_WITHIN_S = 90.0


def _environment(folder: Path, database_url: str, port: int) -> dict[str, str]:
    first, last = free_range(20)
    return {
        **os.environ,
        "OUTBOUND_DATA_DIR": str(folder),
        "OUTBOUND_DATABASE_URL": database_url,
        "OUTBOUND_RASA_URL": f"http://127.0.0.1:{free_port(socket.SOCK_STREAM)}",
        "OUTBOUND_SIP_PORT": str(port),
        "OUTBOUND_RTP_PORTS": f"{first}-{last}",
    }


async def _start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(_OUTBOUND), "dialer", "--calls", "7",
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def _said(process: asyncio.subprocess.Process, what: bytes) -> None:
    assert process.stdout is not None
    said = []
    async with asyncio.timeout(_READY_WITHIN_S):
        async for line in process.stdout:
            said.append(line)
            if what in line:
                return
    raise AssertionError(b"".join(said).decode())


async def test_it_works_until_sigterm_with_the_calls_it_was_given(
    tmp_path: Path, database_url: str
) -> None:
    Vault.from_file(tmp_path / "keys" / "master.key")
    process = await _start(_environment(tmp_path, database_url, free_port()))
    try:
        await _said(process, b"calls are placed")
        logged = await asyncio.to_thread((tmp_path / "logs" / "dialer.log").read_text)
        assert '"calls": 7' in logged
        process.send_signal(signal.SIGTERM)
        await _said(process, b"dialer: stopped")
        async with asyncio.timeout(30):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def test_a_taken_port_is_named(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "configure", lambda *_: None)
    Vault.from_file(tmp_path / "keys" / "master.key")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", free_port()))
        environment = _environment(tmp_path, database_url, taken.getsockname()[1])
        result = CliRunner().invoke(app, ["dialer"], env=environment)
    assert result.exit_code == 2
    assert "OUTBOUND_SIP_PORT" in result.stderr


def test_it_makes_no_key_of_its_own(tmp_path: Path, database_url: str) -> None:
    environment = _environment(tmp_path, database_url, free_port())
    result = CliRunner().invoke(app, ["dialer"], env=environment)
    assert result.exit_code == 2
    assert "copy it from the machine of the service" in result.stderr
    assert not (tmp_path / "keys").exists()
