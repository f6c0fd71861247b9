"""Whole calls over a trunk whose driver is pyvoip: told, heard back, recorded, or unknown."""

from __future__ import annotations

import asyncio
import io
import wave
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.sipp_callee import SippCallee
from campaigns.attempt import AttemptResult, PlannedAttempt, TrunkAddress
from campaigns.clock import SystemClock
from campaigns.disposition import Disposition
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.trunks.drivers import Drivers
from dialer.trunks.pyvoip import PyvoipOptions
from dialogs.ports import ConversationOutcome, HangUp, Reply, Say
from tests.fakes.call_stage import Stage, planned
from tests.peers.ports import free_range
from tests.peers.pyvoip import needs_pyvoip
from tests.peers.sipp import SCENARIOS, Sipp, needs_sipp

pytestmark = [needs_pyvoip, needs_sipp]

_ECHO = SCENARIOS.parents[1] / "bench" / "echo.xml"
_VAULT = Vault(bytes(32))
_NOTICE = "您好通知您一件事"


async def _place(stage: Stage, port: int, folder: Path, attempt: PlannedAttempt) -> AttemptResult:
    async with AsyncExitStack() as stack:
        drivers = Drivers(
            BaresipRuntime(RuntimeOptions()), PyvoipOptions(free_range(4), patience_s=1.0)
        )
        stack.push_async_callback(drivers.close)
        address = TrunkAddress("peer", "127.0.0.1", port, driver="pyvoip")
        trunk = drivers.trunk_of(address)
        assert drivers.trunk_of(address) is trunk
        assert isinstance(drivers.trunk_of(replace(address, driver="baresip")), BaresipTrunk)
        journal = Journal(stage.store, stage.store, Backlog(folder / "journal", _VAULT))
        writing = asyncio.create_task(journal.run())
        equipment = replace(
            stage.equipment(journal),
            recordings=Recordings(folder / "recordings", _VAULT),
            clock=SystemClock(),
        )
        async with asyncio.timeout(30):
            result = await Call(attempt, trunk, equipment).run()
            await journal.flush(2.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        return result


async def test_a_notice_is_told_heard_back_and_recorded(tmp_path: Path) -> None:
    told = (Say((_NOTICE,), barge_in=False), HangUp(ConversationOutcome.COMPLETED))
    stage = Stage(replies=[Reply(told)])
    async with SippCallee(_ECHO, tmp_path, echo=True) as callee:
        result = await _place(stage, callee.port, tmp_path, planned())
    assert callee.counts()["failed"] == 0
    assert (result.disposition, result.ended_by) == (Disposition.COMPLETED, "local")
    assert result.recording is not None
    wav = Recordings(tmp_path / "recordings", _VAULT).read(result.recording)
    with wave.open(io.BytesIO(wav)) as file:
        stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    person, bot = (np.flatnonzero(np.abs(side) > 1000) / 8000 for side in stereo.T)
    length_s = len(stage.lexicon.say(_NOTICE)) / 16000
    assert abs(bot[-1] - bot[0] - length_s) < 0.05
    assert abs(person[-1] - person[0] - length_s) < 0.2
    assert 0 <= person[0] - bot[0] < 0.4


async def test_a_refusal_it_does_not_tell_ends_as_unknown(tmp_path: Path) -> None:
    stage = Stage()
    keys = {"code": "486", "phrase": "Busy Here", "cause": "17"}
    async with Sipp("ring_then_refuse", tmp_path, keys) as peer:
        result = await _place(stage, peer.port, tmp_path, planned(ring_s=2.0))
    assert (result.disposition, result.sip_code) == (Disposition.UNKNOWN, None)
    assert result.ended_by == "unknown"
    assert not result.unrung
