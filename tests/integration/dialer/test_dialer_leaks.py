"""Hundreds of short calls leave nothing behind; thousands: `python -m bench.leaks`."""

from __future__ import annotations

import asyncio
import json
import sys

from tests.peers.sipp import needs_sipp


@needs_sipp
async def test_short_calls_leave_no_slots_legs_ports_tasks_or_files() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.leaks", "--calls", "300"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(180):
        out, _ = await process.communicate()
    text = out.decode(errors="replace")
    assert process.returncode == 0, text[-3000:]
    result = json.loads(text.splitlines()[-1])
    assert result["calls"] == 300
    assert (result["leaks"], result["slots_taken"], result["attempts_open"]) == ([], 0, 0)
    assert result["last"]["live_calls"] == 0
