"""Whole calls through the real SIP stack to SIPp: signalling, sound, recording and outcome."""

from __future__ import annotations

import asyncio
import io
import shutil
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from campaigns.attempt import AttemptResult, PlannedAttempt, TrunkAddress
from campaigns.clock import SystemClock
from campaigns.disposition import Disposition
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialogs.ports import ConversationOutcome, HangUp, Listen, Reply, Say
from tests.fakes.call_stage import Stage, planned
from tests.peers.ports import free_port, free_range
from tests.peers.sipp import Sipp, needs_sipp

VAULT = Vault(bytes(32))
NOTICE = "您好通知您一件事"

pytestmark = needs_sipp


@asynccontextmanager
async def sipp_echo() -> AsyncIterator[int]:
    """SIPp's own built-in callee: rings, answers, echoes the audio."""
    port = free_port()
    program = shutil.which("sipp")
    assert program is not None
    media = free_range(4)[0]
    process = await asyncio.create_subprocess_exec(
        program, "-sn", "uas", "-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1",
        "-mp", str(media), "-rtp_echo", "-nostdin",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.sleep(0.5)
        yield port
    finally:
        process.kill()
        await process.wait()


async def place(
    stage: Stage, port: int, folder: Path, attempt: PlannedAttempt
) -> tuple[AttemptResult, BaresipRuntime]:
    """Place one call to this port and return its result."""
    async with AsyncExitStack() as stack:
        runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
        await runtime.start()
        stack.push_async_callback(runtime.close)
        journal = Journal(stage.store, stage.store, Backlog(folder / "journal", VAULT))
        writing = asyncio.create_task(journal.run())
        trunk = BaresipTrunk(runtime, TrunkAddress("sipp", "127.0.0.1", port, max_calls=1))
        equipment = replace(
            stage.equipment(journal),
            recordings=Recordings(folder / "recordings", VAULT),
            clock=SystemClock(),
        )
        async with asyncio.timeout(30):
            result = await Call(attempt, trunk, equipment).run()
            await journal.flush(2.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        assert runtime.live_calls == 0
        return result, runtime


async def test_a_notice_is_told_heard_back_and_recorded(tmp_path: Path) -> None:
    told = (Say((NOTICE,), barge_in=False), HangUp(ConversationOutcome.COMPLETED))
    stage = Stage(replies=[Reply(told)])
    async with sipp_echo() as port:
        result, _ = await place(stage, port, tmp_path, planned())

    assert result.disposition is Disposition.COMPLETED
    assert result.ended_by == "local"
    assert result.ringing_at is not None
    assert result.answered_at is not None
    assert result.quality["received_packets"] > 50
    invite = next(data for name, data in stage.store.of("event") if name == "invite_sent")
    assert invite["sip_call_id"] == result.sip_call_id

    assert result.recording is not None
    wav = Recordings(tmp_path / "recordings", VAULT).read(result.recording)
    with wave.open(io.BytesIO(wav)) as file:
        stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    person, bot = (np.flatnonzero(np.abs(side) > 500) / 8000 for side in stereo.T)
    length_s = len(stage.lexicon.say(NOTICE)) / 16000
    assert bot[-1] - bot[0] == pytest.approx(length_s, abs=0.05)
    assert person[-1] - person[0] == pytest.approx(length_s, abs=0.1)
    assert 0 <= person[0] - bot[0] < 0.25


async def test_an_echo_of_the_bot_silences_it_within_a_moment(tmp_path: Path) -> None:
    long = "这是一段很长很长很长很长很长很长很长很长的话"
    asked = (Say((long,)), Listen(None, no_input_s=1.0))
    stage = Stage(replies=[Reply(asked), Reply((HangUp(ConversationOutcome.GOODBYE),))])
    async with sipp_echo() as port:
        await place(stage, port, tmp_path, planned())
    bot = stage.store.of("utterance")[0]
    assert bot.interrupted
    assert bot.end_s - bot.start_s < 0.6


@pytest.mark.parametrize(
    ("code", "cause", "disposition"),
    [
        ("486", "17", Disposition.BUSY),
        ("404", "1", Disposition.INVALID_NUMBER),
    ],
)
async def test_a_refusal_gives_its_disposition(
    tmp_path: Path, code: str, cause: str, disposition: Disposition
) -> None:
    stage = Stage()
    keys = {"code": code, "phrase": "Refused", "cause": cause}
    async with Sipp("refuse", tmp_path, keys) as sipp:
        result, _ = await place(stage, sipp.port, tmp_path, planned())
        assert await sipp.succeeded(), sipp.complaints()
    assert (result.disposition, result.sip_code) == (disposition, int(code))
    assert result.recording is None


async def test_a_phone_that_rings_on_is_cancelled(tmp_path: Path) -> None:
    stage = Stage()
    async with Sipp("ring_until_cancel", tmp_path) as sipp:
        result, _ = await place(stage, sipp.port, tmp_path, planned(ring_s=1.5))
        assert await sipp.succeeded(), sipp.complaints()
    assert result.disposition is Disposition.NO_ANSWER
    assert result.evidence["ring_timed_out"]
