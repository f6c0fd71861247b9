"""The loads of the telephone benchmarks on a handful of calls: they run, and they count right."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.load_process import run_load
from bench.sipp_callee import SippCallee
from tests.peers.sipp import SCENARIOS, needs_sipp

pytestmark = needs_sipp

_ECHO = SCENARIOS.parents[1] / "bench" / "echo.xml"


async def _load(module: str, port: int, *arguments: str) -> dict[str, object]:
    return await run_load(
        sys.executable, "-m", module, "--port", str(port), *arguments, within_s=60.0
    )


async def test_calls_that_stay_up_are_counted_and_heard(tmp_path: Path) -> None:
    async with SippCallee(_ECHO, tmp_path, echo=True) as callee:
        figures = await _load(
            "bench.dialer_load", callee.port, "--calls", "3", "--seconds", "1.5", "--rate", "10"
        )
    assert (figures["set_up"], figures["still_up"]) == (3, 3), figures
    assert callee.counts() == {"created": 3, "successful": 3, "failed": 0}
    heard_s = figures["heard_s_mean"]
    assert isinstance(heard_s, float)
    assert heard_s > 1.0


async def test_short_calls_leave_nothing_behind(tmp_path: Path) -> None:
    async with SippCallee(_ECHO, tmp_path, echo=True) as callee:
        figures = await _load("bench.dialer_churn", callee.port, "--calls", "10", "--rate", "10")
    assert (figures["clean"], figures["failures"]) == (10, {}), figures
    assert callee.counts()["failed"] == 0
    before, after = figures["before"], figures["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert after["live_calls"] == 0
    assert after["descriptors"] <= before["descriptors"]


async def test_refused_calls_are_not_counted_as_set_up(tmp_path: Path) -> None:
    scenario = tmp_path / "refuse.xml"
    filled = (SCENARIOS / "refuse.xml").read_text()
    for name, value in {"code": "486", "phrase": "Busy Here", "cause": "17"}.items():
        filled = filled.replace("{{" + name + "}}", value)
    scenario.write_text(filled)
    async with SippCallee(scenario, tmp_path, echo=False) as callee:
        figures = await _load("bench.dialer_churn", callee.port, "--calls", "5", "--rate", "10")
    assert (figures["set_up"], figures["clean"]) == (0, 0)
    assert figures["failures"] == {"not answered": 5}
