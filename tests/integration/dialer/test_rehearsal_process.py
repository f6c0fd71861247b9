"""The rehearsal process over real SIP and RTP, many calls at a time, hearing real speech."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from campaigns.attempt import TrunkAddress
from campaigns.questionnaire.file import parse
from dialer.ports import Answered, CallLeg, DialRequest, Ended, Party, Ringing
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.peers.ports import free_port, free_range
from tests.peers.rehearsal import RehearsalProcess
from tests.peers.sound import loud_s
from tts_asr.errors import SpeechError
from tts_asr.prompt_cache import PromptCache
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

_EXAMPLE = Path(__file__).parents[3] / "examples" / "satisfaction_callback.yaml"
_NUMBERS = [f"138000000{last:02d}" for last in range(1, 13)]
_RING_S = 4.0


@pytest.fixture(scope="module")
def at_once() -> int:
    """How many calls the recogniser that is here can follow at a time: one that streams hears
    all of them, the fallback takes seconds of both processors for each utterance."""
    try:
        return len(_NUMBERS) if load_recognizer(SpeechSettings()).streaming else 2
    except SpeechError as error:
        pytest.skip(f"the speech models are absent ({error}): outbound models fetch")


@pytest.fixture(scope="module")
def question() -> bytes:
    """The satisfaction question in the bot's voice."""
    settings = SpeechSettings()
    try:
        synthesizer = load_synthesizer(settings)
    except SpeechError as error:
        pytest.skip(f"no voice is here ({error}): outbound models fetch")
    if settings.voice not in synthesizer.voices:
        pytest.skip("only the last-resort voice is here, which no recogniser understands")
    cache = PromptCache(settings.cache_dir / "rehearsal", synthesizer)
    script = parse(_EXAMPLE.read_text(encoding="utf-8"))
    return cache.render(script.question("satisfaction").text, settings.voice).pcm


@pytest.fixture
async def rehearsal(question: bytes, tmp_path: Path) -> AsyncIterator[RehearsalProcess]:
    async with RehearsalProcess(_EXAMPLE, tmp_path) as process:
        yield process


@pytest.fixture
async def trunk(rehearsal: RehearsalProcess) -> AsyncIterator[BaresipTrunk]:
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(60)))
    await runtime.start()
    address = TrunkAddress("rehearsal", "127.0.0.1", rehearsal.port, max_calls=20, rehearsal=True)
    yield BaresipTrunk(runtime, address)
    await runtime.close()


class _Caller:
    """Asks one question and listens to the reply."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.rang = False
        self.ended: Ended | None = None

    async def call(self, trunk: BaresipTrunk, number: str, question: bytes) -> None:
        leg = await trunk.dial(
            DialRequest(uuid4(), number, "0771123660", "南宁税务", f"{uuid4()}@test")
        )
        listening = asyncio.create_task(self._listen(leg))
        try:
            async with asyncio.timeout(_RING_S):
                answered = await self._answered(leg)
            if answered:
                await asyncio.sleep(2.5)
                await _say(leg, question)
                await asyncio.sleep(8.0)
        except TimeoutError:
            pass
        await leg.hang_up()
        async for event in leg.events:
            if isinstance(event, Ended):
                self.ended = event
        await listening

    async def _answered(self, leg: CallLeg) -> bool:
        async for event in leg.events:
            if isinstance(event, Ringing):
                self.rang = True
            if isinstance(event, Answered):
                return True
            if isinstance(event, Ended):
                self.ended = event
        return False

    async def _listen(self, leg: CallLeg) -> None:
        async for frame in leg.audio.frames():
            self.heard.append(frame.pcm)


async def _say(leg: CallLeg, pcm: bytes) -> None:
    left = memoryview(pcm)
    while left:
        left = left[leg.audio.write(bytes(left)) :]
        await asyncio.sleep(0.04)


async def test_people_called_at_once_do_as_their_persona_does(
    rehearsal: RehearsalProcess, trunk: BaresipTrunk, question: bytes, at_once: int
) -> None:
    callers = {number: _Caller() for number in _NUMBERS}
    for start in range(0, len(_NUMBERS), at_once):
        async with asyncio.TaskGroup() as calls:
            for number in _NUMBERS[start : start + at_once]:
                calls.create_task(callers[number].call(trunk, number, question))
    assert await rehearsal.stop() == 0
    lines = rehearsal.lines()
    assert sorted(lines) == _NUMBERS

    for number in ("13800000001", "13800000009"):
        assert lines[number]["said"] == {"satisfaction": {"words": "非常满意", "value": 5}}
        assert loud_s(callers[number].heard, 300) > 0.8
    for number in ("13800000002", "13800000010"):
        assert lines[number]["said"] == {"satisfaction": {"words": "不满意", "value": 2}}
    for number in ("13800000003", "13800000011"):
        assert lines[number]["spoken"] == []
        assert loud_s(callers[number].heard, 300) == 0
    for number, words in (
        ("13800000004", "我现在没空，明天下午三点再打吧"),
        ("13800000005", "你打错了"),
        ("13800000006", "我要转人工"),
    ):
        assert lines[number]["spoken"] == ["喂，你好", words]
        assert lines[number]["said"] == {}

    unanswered = callers["13800000007"]
    assert unanswered.rang
    assert unanswered.ended is not None
    assert unanswered.ended.who is Party.LOCAL
    busy = callers["13800000008"].ended
    assert busy is not None
    assert busy.sip_code == 486
    answered = {number for number, line in lines.items() if line["answered"]}
    assert answered == set(_NUMBERS) - {"13800000007", "13800000008"}


async def test_a_bad_questionnaire_is_told_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("format: outbound-questionnaire/1\nid: x\n")
    with pytest.raises(RuntimeError, match="rehearsal: "):
        async with RehearsalProcess(broken, tmp_path):
            pass
