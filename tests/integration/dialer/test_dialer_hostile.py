"""Rubbish from the network costs at most the call it came in; longer: `python -m bench.hostile`."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest


@pytest.mark.parametrize("seed", [1, 20261124])
async def test_spoiled_calls_end_and_normal_ones_work_beside_them(seed: int) -> None:
    # In a process of its own: a stack that crashed would take the test's with it.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.hostile", "--calls", "50", "--seed", str(seed)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        out, complaints = await process.communicate()
    assert process.returncode is not None
    assert process.returncode >= 0, f"crashed with signal {-process.returncode}"
    result = json.loads(out.decode().splitlines()[-1])
    assert process.returncode == 0, f"{result}\n{complaints.decode(errors='replace')[-2000:]}"
    assert sum(result["outcomes"].values()) == 50
    assert result["normal"] == 3
