"""The whole product puts a speaking person through: a softphone nobody here wrote says that it
wants a human, SIPp is the agent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bench.service import Service
from tests.peers.baresip_program import BaresipProgram, needs_baresip_program
from tests.peers.recordings import again_and_again, write_wav
from tests.peers.sipp import Sipp, needs_sipp
from tts_asr.prompt_cache import PromptCache
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(1800),
    needs_baresip_program,
    needs_sipp,
]

_WITHIN_S = 120.0
_PREPARED_WITHIN_S = 900.0
_LOOK_EVERY_S = 0.2
_SCRIPT = """
format: outbound-questionnaire/1
id: put-through
title: 转人工试验
kind: satisfaction
opening: 您好，这里是纳税服务热线。本通话由人工智能合成语音播报，通话将被录音。
identity: 我是智能语音助手。
closing: 谢谢您，再见。
questions:
  - {id: overall, type: satisfaction, text: 请问您对我们的服务满意吗？}
"""


@dataclass
class _Seen:
    """What became of one call, and what the console saw meanwhile."""

    attempt: dict[str, Any]
    waiting: list[dict[str, Any]] = field(default_factory=list)
    transfers: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def wish() -> bytes:
    """The wish for a human, spoken at 8000 Hz."""
    settings = SpeechSettings()
    cache = PromptCache(settings.cache_dir / "rehearsal", load_synthesizer(settings))
    return cache.render("我要转人工", settings.voice).pcm


async def _put_through(
    service: Service, number: str, speech: bytes, agents: Sipp, folder: Path
) -> _Seen:
    """Call a person who asks for a human, with this agent; return what became of it."""
    name = f"transfer-{number[-3:]}"
    recording = write_wav(folder / "wish.wav", again_and_again(speech, 5.0, 6.0, 20))
    trunk = {
        "host": "127.0.0.1",
        "port": agents.port,
        "max_calls": 2,
        "rehearsal": True,
        "options_every_s": 0,  # SIPp waits for one call and for nothing else
    }
    await service.put(f"/trunks/{name}-agents", json=trunk)
    async with BaresipProgram(f"86{number}", recording, folder) as person:
        campaign = await service.launch(_SCRIPT, f"电话\n{number}\n", person.port, name=name)
        rule = {
            "trunk": f"{name}-agents",
            "caller_number": "12366",
            "agents": ["8001"],
            "mode": "bridge",
            "ring_s": 20,
        }
        await service.put(f"/campaigns/{campaign}/transfer", json=rule)
        await service.prepared(campaign, _PREPARED_WITHIN_S)
        finishing = asyncio.create_task(service.finished(campaign, _WITHIN_S))
        waiting: list[dict[str, Any]] = []
        while not finishing.done():
            found = await service.get("/transfers?state=waiting")
            waiting += [each for each in found["items"] if each["campaign_id"] == campaign]
            await asyncio.wait({finishing}, timeout=_LOOK_EVERY_S)
        await finishing
    (attempt,) = (await service.get(f"/campaigns/{campaign}/attempts"))["items"]
    transfers = (await service.get("/transfers"))["items"]
    query = f"/work-orders?rehearsal=true&campaign_id={campaign}"
    return _Seen(
        attempt,
        waiting,
        [each for each in transfers if each["campaign_id"] == campaign],
        (await service.get(query))["items"],
    )


async def test_an_agent_answers_and_the_console_knows_who_is_coming(
    service: Service, wish: bytes, tmp_path: Path
) -> None:
    async with Sipp("ring_then_answer_then_bye", tmp_path) as agent:
        seen = await _put_through(service, "13800000151", wish, agent, tmp_path)
        assert await agent.succeeded(), agent.complaints()
    assert seen.attempt["disposition"] == "transferred", seen.attempt
    assert seen.attempt["recording"]
    last = seen.waiting[-1]
    assert (last["agent_masked"], last["number_masked"]) == ("8001", "138****0151")
    assert any(each["speaker"] == "bot" for each in last["transcript"])
    assert [each["state"] for each in seen.transfers] == ["ended"]
    assert seen.orders == []


async def test_an_agent_who_is_engaged_leaves_a_work_order(
    service: Service, wish: bytes, tmp_path: Path
) -> None:
    keys = {"code": "486", "phrase": "Busy Here", "cause": "17"}
    async with Sipp("refuse", tmp_path, keys) as agent:
        seen = await _put_through(service, "13800000152", wish, agent, tmp_path)
        assert await agent.succeeded(), agent.complaints()
    assert seen.attempt["disposition"] == "human_requested", seen.attempt
    assert [each["state"] for each in seen.transfers] == ["failed"]
    (order,) = seen.orders
    assert (order["reason"], order["state"]) == ("failed_transfer", "open")
    assert order["attempt_id"] == seen.attempt["id"]
    said = (await service.get(f"/attempts/{seen.attempt['id']}/utterances"))["items"]
    bot = "".join(each["text"] for each in said if each["speaker"] == "bot")
    assert "坐席现在都在忙" in bot
