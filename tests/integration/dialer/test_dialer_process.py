"""The dialer as a process: what it says of itself and how it refuses to start."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.peers.ports import free_port


async def dialer(folder: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run `python -m dialer.main` to its end; return its exit code and what it wrote."""
    ours: Mapping[str, str] = {
        "OUTBOUND_DATA_DIR": str(folder),
        "OUTBOUND_DATABASE_URL": "",
        "OUTBOUND_SIP_PORT": str(free_port()),
        **{f"OUTBOUND_{name.upper()}": value for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dialer.main", *arguments,
        env={**os.environ, **ours},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_it_shows_its_settings_without_secrets(tmp_path: Path) -> None:
    url = "postgresql://outbound:secret@127.0.0.1/outbound"
    code, out, _ = await dialer(tmp_path, "--show-settings", "--calls", "7", database_url=url)
    shown = {each["name"]: each for each in json.loads(out)}
    assert code == 0
    assert shown["OUTBOUND_CALLS"]["value"] == 7
    assert all(each["help"] for each in shown.values())
    assert "secret" not in out


async def test_it_says_what_to_do_when_there_is_no_database(tmp_path: Path) -> None:
    code, _, err = await dialer(tmp_path)
    assert code == 1
    assert "outbound up" in err
    assert "Traceback" not in err


async def test_it_says_so_when_its_port_is_taken(tmp_path: Path) -> None:
    taken = free_port()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", taken)
    )
    try:
        code, _, err = await dialer(tmp_path, sip_port=str(taken))
    finally:
        transport.close()
    assert code == 1
    assert "is the port in use?" in err


async def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    code, _, err = await dialer(tmp_path, rtp_ports="many")
    assert code == 2
    assert "rtp_ports" in err
