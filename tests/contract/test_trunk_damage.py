"""Lost, doubled, late and malformed messages end in one clear outcome, never in a hung leg.

SIPp is the callee; a relay between us and it loses what a test says.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.ports import Answered, CallEvent, Party, Ringing
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.peers.dialled import dial, ended, loopback, rest, until
from tests.peers.lossy_relay import Fates, LossyRelay
from tests.peers.ports import free_port, free_range
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = needs_sipp
_TWICE = (0.0, 0.01)
_LATE = (0.2,)
_ONE_INVITE: Fates = {("INVITE", 1): (0.0,)}
"""SIPp takes a second INVITE that comes while it waits to reply for a mistake."""


@pytest.fixture
async def runtime() -> AsyncIterator[BaresipRuntime]:
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
    await runtime.start()
    yield runtime
    await runtime.close()


def _tell_once(events: list[CallEvent]) -> None:
    """Assert that nothing was told twice."""
    assert max(Counter(event.kind for event in events).values()) == 1


_LOSSES: dict[str, tuple[Fates, tuple[float, ...]]] = {
    "the INVITE": ({("INVITE", 1): ()}, (0.0,)),
    "100 and 180": ({("100 INVITE", 1): (), ("180 INVITE", 1): ()}, (0.0,)),
    "two 200s": ({("200 INVITE", 1): (), ("200 INVITE", 2): ()}, (0.0,)),
    "two ACKs": ({("ACK", 1): (), ("ACK", 2): ()}, (0.0,)),
    "the BYE": ({("BYE", 1): ()}, (0.0,)),
    "nothing, all twice": (_ONE_INVITE, _TWICE),
    "nothing, all late": ({}, _LATE),
    "nothing, 180 after 200": ({("180 INVITE", 1): _LATE}, (0.0,)),
}


@pytest.mark.parametrize("lost", _LOSSES)
async def test_a_call_survives_what_is_lost(
    runtime: BaresipRuntime, tmp_path: Path, lost: str
) -> None:
    fates, usual = _LOSSES[lost]
    # The callee's Contact names the relay, whose port is known before the callee's.
    relay_port = free_port()
    async with Sipp(
        "answer_through_relay", tmp_path, {"contact": f"127.0.0.1:{relay_port}"}
    ) as callee:
        relay = await LossyRelay.before(callee.port, fates, usual, port=relay_port)
        try:
            leg = await dial(BaresipTrunk(runtime, loopback(relay_port)))
            answered = await until(leg, Answered)
            # The callee hears of the answer's ACK before we leave.
            await relay.wait_count("ACK", 1 + sum(kind == "ACK" for kind, _ in fates))
            await asyncio.sleep(0.1)
            await leg.hang_up()
            events = await rest(leg)
            assert ended(events).who is Party.LOCAL
            _tell_once([answered, *events])
            assert await callee.succeeded(), callee.complaints()
            assert all(relay.count(kind) >= nth for kind, nth in fates)
        finally:
            relay.close()


@pytest.mark.parametrize(
    ("fates", "usual"),
    [
        ({("486 INVITE", 1): ()}, (0.0,)),
        ({("ACK", 1): ()}, (0.0,)),
        (_ONE_INVITE, _TWICE),
        ({}, _LATE),
    ],
    ids=["the refusal", "the ACK", "nothing, all twice", "nothing, all late"],
)
async def test_a_refusal_survives_what_is_lost(
    runtime: BaresipRuntime, tmp_path: Path, fates: Fates, usual: tuple[float, ...]
) -> None:
    keys = {"code": "486", "phrase": "Busy Here", "cause": "17"}
    async with Sipp("ring_then_refuse", tmp_path, keys) as callee:
        relay = await LossyRelay.before(callee.port, fates, usual)
        try:
            leg = await dial(BaresipTrunk(runtime, loopback(relay.port)))
            events = await rest(leg)
            end = ended(events)
            assert (end.who, end.sip_code, end.q850) == (Party.REMOTE, 486, 17)
            _tell_once(events)
            assert await callee.succeeded(), callee.complaints()
        finally:
            relay.close()


_TAG = "[last_To:];tag=[pid]SIPp[call_number]"
_AUDIO = "m=audio [media_port] RTP/AVP 8 101"
_SOUND = {"to": _TAG, "cseq": "[last_CSeq:]", "length": "[len]", "media": _AUDIO}


@pytest.mark.parametrize(
    "odd",
    [
        {"to": "[last_To:]"},
        {"media": "m=audio nonsense"},
        {"media": "m=audio 0 RTP/AVP 8"},
        {"media": "m=audio 4000 RTP/AVP 77"},
        {"media": "m=video 4000 RTP/AVP 96"},
        {"media": "b=AS:64"},
    ],
    ids=["no To tag", "nonsense", "no port", "unknown codec", "video only", "no media"],
)
async def test_an_answer_that_makes_no_call_is_acknowledged_and_hung_up_at_once(
    runtime: BaresipRuntime, tmp_path: Path, odd: dict[str, str]
) -> None:
    async with Sipp("answer_oddly", tmp_path, _SOUND | odd) as callee:
        leg = await dial(BaresipTrunk(runtime, loopback(callee.port)))
        end = ended(await rest(leg, within_s=4))
        assert (end.who, end.sip_code) == (Party.NETWORK, None)
        assert await callee.succeeded(), callee.complaints()
        assert runtime.live_calls == 0


@pytest.mark.parametrize("length", ["9999", "10", "abc"])
async def test_a_wrong_content_length_does_not_spoil_the_call(
    runtime: BaresipRuntime, tmp_path: Path, length: str
) -> None:
    async with Sipp("answer_oddly", tmp_path, _SOUND | {"length": length}) as callee:
        leg = await dial(BaresipTrunk(runtime, loopback(callee.port)))
        answered = await until(leg, Answered)
        await leg.hang_up()
        events = await rest(leg)
        assert ended(events).who is Party.LOCAL
        _tell_once([answered, *events])
        assert await callee.succeeded(), callee.complaints()


@pytest.mark.parametrize("cseq", ["1 BYE", "nonsense"])
async def test_an_answer_to_something_else_is_not_ours_and_the_call_can_be_given_up(
    runtime: BaresipRuntime, tmp_path: Path, cseq: str
) -> None:
    async with Sipp("answer_to_nothing", tmp_path, {"cseq": cseq}) as callee:
        leg = await dial(BaresipTrunk(runtime, loopback(callee.port)))
        await until(leg, Ringing)
        await asyncio.sleep(0.4)
        await leg.hang_up()
        events = await rest(leg, within_s=4)
        assert ended(events).who is Party.LOCAL
        assert not [event for event in events if isinstance(event, Answered)]
        assert runtime.live_calls == 0


async def test_an_answer_of_another_number_is_a_fault_of_the_network(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with Sipp("answer_to_nothing", tmp_path, {"cseq": "999 INVITE"}) as callee:
        leg = await dial(BaresipTrunk(runtime, loopback(callee.port)))
        events = await rest(leg, within_s=4)
        end = ended(events)
        assert (end.who, end.sip_code) == (Party.NETWORK, None)
        assert not [event for event in events if isinstance(event, Answered)]


async def test_a_second_callee_who_answers_is_hung_up_and_the_first_call_goes_on(
    runtime: BaresipRuntime, tmp_path: Path
) -> None:
    async with Sipp("answer_twice", tmp_path) as callee:
        leg = await dial(BaresipTrunk(runtime, loopback(callee.port)))
        answered = await until(leg, Answered)
        await asyncio.sleep(0.5)
        await leg.hang_up()
        events = await rest(leg)
        assert ended(events).who is Party.LOCAL
        _tell_once([answered, *events])
        assert await callee.succeeded(), callee.complaints()
