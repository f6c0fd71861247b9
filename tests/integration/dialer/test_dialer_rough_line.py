"""Real speech over a bad network, into the real stack and the real recogniser."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from bench.recordings import audio_folder
from tts_asr.errors import SpeechError
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings

pytestmark = pytest.mark.skipif(
    audio_folder() is None, reason="no recordings of real people: set OUTBOUND_TEST_AUDIO"
)


def _has_netem() -> bool:
    if not all(map(shutil.which, ("unshare", "ip", "tc"))):
        return False
    probe = "ip link set lo up && tc qdisc add dev lo root netem delay 1ms"
    tried = subprocess.run(["unshare", "-n", "sh", "-c", probe], capture_output=True, timeout=20)
    return tried.returncode == 0


@pytest.fixture(scope="module", autouse=True)
def streaming_recogniser() -> None:
    try:
        recognizer = load_recognizer(SpeechSettings())
    except SpeechError as error:
        pytest.skip(f"no recogniser: {error}")
    if not recognizer.streaming:
        pytest.skip("the streaming model is absent: outbound models fetch")


async def _heard(*options: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.rough_line", "--kind", "words", "--clips", "12"),
        *("--buffers", "adaptive", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        out, _ = await process.communicate()
    text = out.decode(errors="replace")
    assert process.returncode == 0, text[-2000:]
    heard: dict[str, Any] = json.loads(text.splitlines()[-1])["jitter_buffers"]["adaptive"]
    return heard


@pytest.mark.parametrize("network", ["relay", "netem"])
async def test_five_per_cent_of_loss_and_40_ms_of_jitter_are_understood(network: str) -> None:
    if network == "netem" and not await asyncio.to_thread(_has_netem):
        pytest.skip("no network namespace with netem: needs root, iproute2 and sch_netem")
    heard = await _heard(*(["--netem"] if network == "netem" else []))
    # All the words on a clean path: 0.13; without a jitter buffer 0.8.
    assert heard["syllable_error_rate"] <= 0.3
    assert heard["longest_delay_ms"] <= 300
    assert heard["last_delay_ms"] - heard["first_delay_ms"] <= 100, "the delay grows"
    quality = heard["quality"]
    assert 0.02 <= quality["lost_share"] <= 0.09
    assert quality["mos"] < 3.5
