"""A mailbox over real SIP and RTP: greeting, beep, and what it records."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from campaigns.attempt import TrunkAddress
from campaigns.clock import SystemClock
from campaigns.disposition import Disposition
from campaigns.on_machine import OnMachine
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.ports import FRAME_BYTES, FRAME_S
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialogs.ports import ConversationOutcome, HangUp, Reply, Say
from tests.fakes.call_stage import QUESTIONNAIRE, Stage, planned
from tests.peers import progress_tones
from tests.peers.ports import free_port, free_range
from tests.peers.uas import ServerCall, Uas

VAULT = Vault(bytes(32))
ASKED = Reply((Say(("请问解决了吗",)), HangUp(ConversationOutcome.GOODBYE)))
MESSAGE = QUESTIONNAIRE.opening + QUESTIONNAIRE.closing
BEEP = progress_tones.pcm(progress_tones.sine(1000.0, 0.6, -12.0))


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_mailbox_records_the_message_from_its_beginning(
    tmp_path: Path, leaves: bool
) -> None:
    stage = Stage(replies=[ASKED, ASKED])
    greeting = stage.said("您好这里是某某的电话现在不方便接听") + progress_tones.silence(0.8) + BEEP
    beep_over: list[int] = []

    async def mailbox(call: ServerCall) -> None:
        call.respond(180, "Ringing")
        await call.answer()
        for at in range(0, len(greeting), FRAME_BYTES):
            while not call.line.write(greeting[at : at + FRAME_BYTES]):  # noqa: ASYNC110 - its pace
                await asyncio.sleep(FRAME_S)
        await asyncio.sleep(call.line.queued_s())
        beep_over.append(len(call.line.received))

    peer = await Uas.listen(mailbox)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(peer.close)
        runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
        await runtime.start()
        stack.push_async_callback(runtime.close)
        journal = Journal(stage.store, stage.store, Backlog(tmp_path / "journal", VAULT))
        writing = asyncio.create_task(journal.run())
        trunk = BaresipTrunk(runtime, TrunkAddress("mailbox", "127.0.0.1", peer.port))
        equipment = replace(
            stage.equipment(journal),
            recordings=Recordings(tmp_path / "recordings", VAULT),
            clock=SystemClock(),
        )
        wish = OnMachine.LEAVE_MESSAGE if leaves else OnMachine.CALL_LATER
        async with asyncio.timeout(40):
            result = await Call(replace(planned(), on_machine=wish), trunk, equipment).run()
            await journal.flush(2.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    assert result.evidence["answered_by"]["by"] == "beep"
    (call,) = peer.calls
    if not leaves:
        assert result.disposition is Disposition.ANSWERING_SERVICE
        return
    assert result.disposition is Disposition.MESSAGE_LEFT
    recorded = b"".join(packet.pcm for packet in call.line.received[beep_over[0] :])
    loud = np.flatnonzero(np.abs(np.frombuffer(recorded, "<i2")) > 500) / 8000
    wanted_s = sum(len(stage.said(each)) for each in (QUESTIONNAIRE.opening, QUESTIONNAIRE.closing))
    assert loud[-1] - loud[0] == pytest.approx(wanted_s / 16000, abs=0.15)
    assert 0.1 <= loud[0] <= 1.0
    assert MESSAGE in [each.text for each in stage.store.of("utterance")]
