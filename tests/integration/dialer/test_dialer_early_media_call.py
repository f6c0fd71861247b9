"""Early media on the wire: a call that is announced as hopeless is cancelled and recorded."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from campaigns.attempt import AttemptResult, TrunkAddress
from campaigns.clock import SystemClock
from campaigns.disposition import Disposition
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.early_media.announcement import MEANINGS
from dialer.journal import Journal
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.fakes.call_stage import Stage, planned
from tests.peers import progress_tones
from tests.peers.far_end import UasFarEnd
from tests.peers.ports import free_port, free_range
from tests.peers.uas import ServerCall, Uas
from tts_asr.errors import SpeechError
from tts_asr.keyword_pool import KeywordPool
from tts_asr.keyword_spotters import load_keyword_spotter
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.telephone_clip import for_telephone
from tts_asr.voice_activity import VoiceActivity
from tts_asr.voices import load_synthesizer

VAULT = Vault(bytes(32))


def announcement() -> bytes:
    """Return what the network says, spoken by Kokoro."""
    try:
        voice = load_synthesizer(SpeechSettings.model_validate({"voice_engine": "kokoro"}))
    except SpeechError as error:
        pytest.skip(f"kokoro: {error}")
    return for_telephone(voice.synthesize("您拨打的号码是空号。", voice.voices[0])).pcm


@asynccontextmanager
async def keywords() -> AsyncIterator[KeywordPool]:
    try:
        recognizer = load_recognizer(SpeechSettings())
    except SpeechError as error:
        pytest.skip(f"no recogniser: {error}")
    spotter = load_keyword_spotter(SpeechSettings(), recognizer, sorted(MEANINGS))
    if spotter is None:
        pytest.skip("the streaming model is absent: outbound models fetch")
    with RecognitionPool(recognizer, 1) as pool:
        yield KeywordPool(spotter, pool)


async def place(
    folder: Path, script: Callable[[ServerCall], Awaitable[None]], spotting: KeywordPool | None
) -> tuple[AttemptResult, ServerCall]:
    """Place one call to this script through the real SIP stack."""
    async with AsyncExitStack() as stack:
        uas = await Uas.listen(script)
        stack.push_async_callback(uas.close)
        runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
        await runtime.start()
        stack.push_async_callback(runtime.close)
        stage = Stage()
        stage.voice_activity = VoiceActivity
        journal = Journal(stage.store, stage.store, Backlog(folder / "journal", VAULT))
        writing = asyncio.create_task(journal.run())
        equipment = replace(
            stage.equipment(journal),
            recordings=Recordings(folder / "recordings", VAULT),
            clock=SystemClock(),
            keywords=spotting,
        )
        trunk = BaresipTrunk(runtime, TrunkAddress("wire", "127.0.0.1", uas.port, max_calls=1))
        async with asyncio.timeout(30):
            result = await Call(planned(ring_s=20.0), trunk, equipment).run()
            await journal.flush(2.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        assert runtime.live_calls == 0
        return result, uas.calls[0]


async def test_an_invalid_number_is_announced_cancelled_and_recorded(tmp_path: Path) -> None:
    spoken = await asyncio.to_thread(announcement)

    async def network(call: ServerCall) -> None:
        far_end = UasFarEnd(call)
        await far_end.early_media()
        await asyncio.sleep(0.3)
        await far_end.speak(spoken + progress_tones.silence(15.0))

    async with keywords() as spotting:
        result, call = await place(tmp_path, network, spotting)

    assert result.disposition is Disposition.INVALID_NUMBER
    assert call.cancelled.is_set()
    heard = result.evidence["heard_before_answer"]
    assert (heard["by"], heard["verdict"]) == ("announcement", "invalid_number")
    assert heard["at_s"] < 0.5 + len(spoken) / 16000 + 2.0

    assert result.recording is not None
    wav = Recordings(tmp_path / "recordings", VAULT).read(result.recording)
    with wave.open(io.BytesIO(wav)) as file:
        network_side = np.frombuffer(file.readframes(file.getnframes()), "<i2")[0::2]
    assert np.abs(network_side).max() > 3000


async def test_a_busy_tone_is_cancelled_without_any_model(tmp_path: Path) -> None:
    async def network(call: ServerCall) -> None:
        far_end = UasFarEnd(call)
        await far_end.early_media()
        await far_end.speak(progress_tones.tone("busy", 12.0))

    result, call = await place(tmp_path, network, None)
    assert result.disposition is Disposition.BUSY
    assert call.cancelled.is_set()
    assert result.evidence["heard_before_answer"]["evidence"] == "busy"
    assert result.evidence["heard_before_answer"]["at_s"] < 4.0
