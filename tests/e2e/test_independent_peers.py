"""The whole product calls peers nobody here wrote: SIPp and the baresip program, which answer
with recordings of real people and with keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.service import Service
from tests.peers.baresip_program import BaresipProgram, needs_baresip_program
from tests.peers.recordings import again_and_again, needs_recordings, word, write_alaw, write_wav
from tests.peers.sipp import Sipp, needs_raw_sockets, needs_sipp

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(1800)]

_WITHIN_S = 150.0
_PREPARED_WITHIN_S = 900.0
_SCRIPT = """
format: outbound-questionnaire/1
id: {id}
title: 独立对端试验
kind: satisfaction
opening: 您好，这里是纳税服务热线。本通话由人工智能合成语音播报，通话将被录音。
identity: 我是智能语音助手。
closing: 谢谢您，再见。
questions:
  - {question}
"""
_SATISFACTION = "{id: overall, type: satisfaction, text: 请问您对我们的服务满意吗？}"
_ANYTHING_ELSE = "{id: overall, type: yes_no, text: 请问您还有别的问题吗？}"


async def _call(service: Service, name: str, question: str, number: str, port: int) -> Any:
    """Let the service call one number at a peer; return its only attempt."""
    script = _SCRIPT.replace("{id}", name).replace("{question}", question)
    campaign = await service.launch(script, f"电话\n{number}\n", port, name=name)
    await service.prepared(campaign, _PREPARED_WITHIN_S)
    status = await service.finished(campaign, _WITHIN_S)
    assert status["campaign"]["failure"] is None
    attempts = (await service.get(f"/campaigns/{campaign}/attempts"))["items"]
    assert len(attempts) == 1
    return attempts[0]


async def _answer(service: Service, attempt: dict[str, Any]) -> dict[str, Any]:
    answers = (await service.get(f"/attempts/{attempt['id']}/answers"))["items"]
    assert len(answers) == 1, (attempt, answers, await _said(service, attempt, "person"))
    found: dict[str, Any] = answers[0]
    return found


async def _said(service: Service, attempt: dict[str, Any], speaker: str) -> str:
    utterances = (await service.get(f"/attempts/{attempt['id']}/utterances"))["items"]
    return " ".join(each["text"] for each in utterances if each["speaker"] == speaker)


@needs_sipp
@needs_recordings
async def test_sipp_speaks_a_real_persons_answer(service: Service, tmp_path: Path) -> None:
    track = again_and_again(word("满意"), after_s=5.0, every_s=6.0, times=12)
    audio = write_alaw(tmp_path / "answer.alaw", track)
    async with Sipp("answer_and_speak", tmp_path, {"audio": str(audio)}) as peer:
        attempt = await _call(service, "sipp-speaks", _SATISFACTION, "13800000101", peer.port)
        assert await peer.succeeded(), peer.complaints()
    answer = await _answer(service, attempt)
    assert (attempt["disposition"], attempt["ended_by"]) == ("completed", "local")
    heard = await _said(service, attempt, "person")
    assert (answer["value"], answer["source"]) == (4, "speech"), heard
    assert answer["start_s"] < answer["end_s"]
    assert "人工智能" in await _said(service, attempt, "bot")
    assert heard
    assert attempt["recording"]


@needs_sipp
@needs_raw_sockets
async def test_sipp_presses_a_key(service: Service, tmp_path: Path) -> None:
    async with Sipp("answer_and_press_five", tmp_path) as peer:
        attempt = await _call(service, "sipp-keys", _SATISFACTION, "13800000102", peer.port)
        assert await peer.succeeded(), peer.complaints()
    answer = await _answer(service, attempt)
    assert attempt["disposition"] == "completed"
    assert (answer["value"], answer["source"]) == (5, "keys")


@needs_sipp
@pytest.mark.parametrize(
    ("code", "phrase", "cause", "disposition", "number"),
    [
        ("486", "Busy Here", "17", "busy", "13800000103"),
        ("404", "Not Found", "1", "invalid_number", "13800000104"),
        ("480", "Temporarily Unavailable", "20", "unreachable", "13800000105"),
    ],
)
async def test_sipp_refuses(
    service: Service,
    tmp_path: Path,
    code: str,
    phrase: str,
    cause: str,
    disposition: str,
    number: str,
) -> None:
    keys = {"code": code, "phrase": phrase, "cause": cause}
    async with Sipp("ring_then_refuse", tmp_path, keys) as peer:
        attempt = await _call(service, f"sipp-{code}", _SATISFACTION, number, peer.port)
        assert await peer.succeeded(), peer.complaints()
    assert attempt["disposition"] == disposition
    assert (attempt["sip_code"], attempt["q850"]) == (int(code), int(cause))
    assert attempt["answered_at"] is None


@needs_baresip_program
@needs_recordings
@pytest.mark.parametrize(
    ("spoken", "question", "value", "number"),
    [
        ("没有", _ANYTHING_ELSE, False, "13800000106"),
        ("满意", _SATISFACTION, 4, "13800000107"),
    ],
)
async def test_the_baresip_program_speaks_a_real_persons_answer(
    service: Service, tmp_path: Path, spoken: str, question: str, value: object, number: str
) -> None:
    track = again_and_again(word(spoken), after_s=5.0, every_s=6.0, times=12)
    recording = write_wav(tmp_path / "answer.wav", track)
    async with BaresipProgram(f"86{number}", recording, tmp_path) as peer:
        name = f"baresip-{number[-3:]}"
        attempt = await _call(service, name, question, number, peer.port)
    answer = await _answer(service, attempt)
    assert (attempt["disposition"], attempt["ended_by"]) == ("completed", "local")
    assert (answer["value"], answer["source"]) == (value, "speech")
    assert attempt["recording"]
