"""The main job as a person starts it: `outbound demo --once`, judged by its exit code."""

from __future__ import annotations

import asyncio
import csv
import os
import socket
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import require_all
from tests.peers.ports import free_port, free_range
from tts_asr.settings import SpeechSettings

_WITHIN_S = 1500


@pytest.mark.timeout(_WITHIN_S + 60)
async def test_the_main_job_comes_out_right(tmp_path: Path) -> None:
    speech = SpeechSettings()
    require_all(speech)
    for kept in ("rasa", "prompts"):  # what takes long is made once for all sessions
        folder = speech.cache_dir / "e2e" / kept
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / kept).symlink_to(folder)

    code, output = await _outbound(tmp_path, "demo", "--once")

    assert code == 0, output
    assert "right" in output
    exports = [
        Path(line.removeprefix("export: ")) for line in output.splitlines() if "export:" in line
    ]
    assert {path.suffix for path in exports} == {".csv", ".xlsx"}
    with next(path for path in exports if path.suffix == ".csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    assert {row["disposition"] for row in rows} == {
        "completed", "no_response", "call_later", "wrong_number", "human_requested", "no_answer",
        "busy",
    }  # fmt: skip
    answered = [row for row in rows if row["answered_at"]]
    assert [row["recording"] for row in answered] == ["yes"] * len(answered)
    recordings = [path for path in (tmp_path / "recordings").rglob("*") if path.is_file()]
    assert len(recordings) == len(answered) == 6
    assert "1380013800" not in output
    for log in (tmp_path / "logs").iterdir():
        assert "1380013800" not in log.read_text(errors="replace"), log.name


async def _outbound(folder: Path, *arguments: str) -> tuple[int, str]:
    first, last = free_range(400)
    environment = {
        **os.environ,
        "OUTBOUND_DATA_DIR": str(folder),
        "OUTBOUND_DATABASE_URL": "",
        "OUTBOUND_API_PORT": str(free_port(socket.SOCK_STREAM)),
        "OUTBOUND_RASA_URL": f"http://127.0.0.1:{free_port(socket.SOCK_STREAM)}",
        "OUTBOUND_ACTIONS_PORT": str(free_port(socket.SOCK_STREAM)),
        "OUTBOUND_SIP_PORT": str(free_port()),
        "OUTBOUND_REHEARSAL_PORT": str(free_port()),
        "OUTBOUND_RTP_PORTS": f"{first}-{last}",
    }
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("outbound")),
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.terminate()
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()
