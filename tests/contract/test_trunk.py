"""What every trunk driver promises, on the wire and simulated: dialer.ports.Trunk and CallLeg."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import uuid4

import pytest
from _pytest.mark import ParameterSet

from campaigns.attempt import TrunkAddress
from dialer.ports import (
    Answered,
    CallEvent,
    CallLeg,
    DialRequest,
    Dtmf,
    EarlyMedia,
    Ended,
    Frame,
    Party,
    Quality,
    Ringing,
    Trunk,
    Trying,
)
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialer.trunks.baresip.trunk import CAPABILITIES
from dialer.trunks.pyvoip import PyvoipOptions, PyvoipTrunk
from dialer.trunks.simulated import SimulatedLine, SimulatedTrunk
from tests.peers.far_end import FarEnd, Script, SimulatedFarEnd, UasFarEnd
from tests.peers.ports import free_port, free_range
from tests.peers.pyvoip import needs_pyvoip
from tests.peers.sound import loud_s, pitch, tone
from tests.peers.uas import ServerCall, Uas

_WITHIN_S = 8.0


@dataclass(slots=True)
class Stage:
    """A trunk and the script its one callee follows."""

    trunk: Trunk
    script: Script | None = None

    async def dial(self, script: Script) -> CallLeg:
        """Place a call to a callee that follows `script`."""
        self.script = script
        return await self.trunk.dial(
            DialRequest(
                attempt_id=uuid4(),
                number="13800000001",
                caller_number="0771123660",
                caller_name="南宁税务",
                sip_call_id=f"{uuid4()}@outbound",
            )
        )

    async def play(self, far_end: FarEnd) -> None:
        assert self.script is not None
        await self.script(far_end)


async def _simulated(stack: AsyncExitStack) -> Stage:
    async def callee(line: SimulatedLine) -> None:
        await acted.play(SimulatedFarEnd(line, lambda: trunk.legs[-1].sent_digits))

    trunk = await stack.enter_async_context(SimulatedTrunk(lambda _: callee))
    acted = Stage(trunk)
    return acted


async def _baresip(stack: AsyncExitStack) -> Stage:
    async def callee(call: ServerCall) -> None:
        await acted.play(UasFarEnd(call))

    uas = await Uas.listen(callee)
    stack.push_async_callback(uas.close)
    runtime = BaresipRuntime(RuntimeOptions(port=free_port(), rtp_ports=free_range(20)))
    await runtime.start()
    stack.push_async_callback(runtime.close)
    address = TrunkAddress("wire", "127.0.0.1", uas.port, max_calls=2)
    acted = Stage(BaresipTrunk(runtime, address))
    return acted


async def _pyvoip(stack: AsyncExitStack) -> Stage:
    async def callee(call: ServerCall) -> None:
        call.respond(100, "Trying")  # it waits for nothing else, and breaks on anything else
        await acted.play(UasFarEnd(call))

    uas = await Uas.listen(callee)
    stack.push_async_callback(uas.close)
    address = TrunkAddress("wire", "127.0.0.1", uas.port, max_calls=2)
    trunk = PyvoipTrunk(address, PyvoipOptions(rtp_ports=free_range(8)))
    stack.push_async_callback(trunk.close)
    acted = Stage(trunk)
    return acted


_DRIVERS = {
    "simulated": (_simulated, SimulatedTrunk.capabilities),
    "baresip": (_baresip, CAPABILITIES),
    "pyvoip": (_pyvoip, PyvoipTrunk.capabilities),
}


def _params(*needed: str) -> list[ParameterSet]:
    return [
        pytest.param(make, id=name, marks=[needs_pyvoip] if name == "pyvoip" else [])
        for name, (make, capabilities) in _DRIVERS.items()
        if capabilities.issuperset(needed)
    ]


def able(*needed: str) -> pytest.MarkDecorator:
    """Run a test on the drivers that declare these capabilities; what the others do instead is
    in their own tests."""
    return pytest.mark.parametrize("stage", _params(*needed), indirect=True)


@pytest.fixture(params=_params())
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield await request.param(stack)


async def _until(leg: CallLeg, kind: type[CallEvent]) -> CallEvent:
    async with asyncio.timeout(_WITHIN_S):
        async for event in leg.events:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the call ended without {kind.__name__}")


async def _rest(leg: CallLeg) -> list[CallEvent]:
    async with asyncio.timeout(_WITHIN_S):
        return [event async for event in leg.events]


def _ended(events: list[CallEvent]) -> Ended:
    assert [event for event in events if isinstance(event, Ended)] == events[-1:]
    ended = events[-1]
    assert isinstance(ended, Ended)
    return ended


async def _frames(leg: CallLeg, count: int) -> list[Frame]:
    frames: list[Frame] = []
    async with asyncio.timeout(_WITHIN_S):
        async for frame in leg.audio.frames():
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


def _after_ringing(then: Script) -> Script:
    async def script(far: FarEnd) -> None:
        await far.ring()
        await asyncio.sleep(0.1)
        await then(far)

    return script


async def _answer(far: FarEnd) -> None:
    await far.answer()
    await far.wait_over()


@able("sip_code")
async def test_an_answered_call_tells_its_life_in_order(stage: Stage) -> None:
    leg = await stage.dial(_after_ringing(_answer))
    events = [await _until(leg, Trying), await _until(leg, Ringing), await _until(leg, Answered)]
    await leg.hang_up()
    events += await _rest(leg)
    assert _ended(events).who is Party.LOCAL
    assert isinstance(events[-2], Quality)
    times = [event.at for event in events]
    assert times == sorted(times)


@able("sip_code", "q850")
@pytest.mark.parametrize("ringing", [False, True], ids=["at_once", "after_ringing"])
@pytest.mark.parametrize(
    ("code", "phrase", "q850"),
    [
        (486, "Busy Here", 17),
        (480, "Temporarily Unavailable", 20),
        (404, "Not Found", 1),
        (603, "Decline", 21),
        (608, "Rejected", None),
        (503, "Service Unavailable", 34),
    ],
)
async def test_a_refusal_is_told_with_its_code_and_cause(
    stage: Stage, code: int, phrase: str, q850: int | None, ringing: bool
) -> None:
    async def refuse(far: FarEnd) -> None:
        await far.refuse(code, phrase, q850)

    leg = await stage.dial(_after_ringing(refuse) if ringing else refuse)
    ended = _ended(await _rest(leg))
    assert (ended.who, ended.sip_code, ended.q850) == (Party.REMOTE, code, q850)
    assert phrase in ended.reason


@able("cancel")
async def test_giving_up_on_a_ringing_call_cancels_it(stage: Stage) -> None:
    over = asyncio.Event()

    async def ring_on(far: FarEnd) -> None:
        await far.ring()
        await far.wait_over()
        over.set()

    leg = await stage.dial(ring_on)
    await _until(leg, Ringing)
    await leg.hang_up()
    assert _ended(await _rest(leg)).who is Party.LOCAL
    async with asyncio.timeout(_WITHIN_S):
        await over.wait()


@able("cancel")
async def test_a_call_nobody_replies_to_can_be_given_up(stage: Stage) -> None:
    async def mute(far: FarEnd) -> None:
        await asyncio.sleep(60)

    leg = await stage.dial(mute)
    await _until(leg, Trying)
    await asyncio.sleep(0.2)
    await leg.hang_up()
    assert _ended(await _rest(leg)).who is Party.LOCAL


@able("early_media")
async def test_early_media_is_heard_and_marked(stage: Stage) -> None:
    async def announce(far: FarEnd) -> None:
        await far.early_media()
        await far.speak(tone(450, 0.6))
        await far.answer()
        await far.speak(tone(1000, 0.6))
        await far.wait_over()

    leg = await stage.dial(announce)
    await _until(leg, EarlyMedia)
    await _until(leg, Answered)
    frames = await _frames(leg, 55)
    await leg.hang_up()
    early = b"".join(frame.pcm for frame in frames if frame.early and not frame.gap)
    late = b"".join(frame.pcm for frame in frames if not frame.early and not frame.gap)
    assert pitch(early) == pytest.approx(450, abs=15)
    assert pitch(late) == pytest.approx(1000, abs=15)


@able("early_media", "sip_code")
async def test_a_refusal_after_early_media_ends_the_call(stage: Stage) -> None:
    async def announce_and_refuse(far: FarEnd) -> None:
        await far.early_media()
        await far.speak(tone(450, 0.2))
        await far.refuse(486, "Busy Here", 17)

    leg = await stage.dial(announce_and_refuse)
    await _until(leg, EarlyMedia)
    ended = _ended(await _rest(leg))
    assert (ended.sip_code, ended.q850) == (486, 17)


async def test_the_far_end_hangs_up(stage: Stage) -> None:
    async def answer_and_leave(far: FarEnd) -> None:
        await far.answer()
        await asyncio.sleep(0.3)
        await far.hang_up()

    leg = await stage.dial(answer_and_leave)
    await _until(leg, Answered)
    assert _ended(await _rest(leg)).who is Party.REMOTE


async def test_keys_pressed_are_told_in_order(stage: Stage) -> None:
    async def press(far: FarEnd) -> None:
        await far.answer()
        await asyncio.sleep(0.3)
        await far.press("15#")
        await far.hang_up()

    leg = await stage.dial(press)
    digits = [event.digit for event in await _rest(leg) if isinstance(event, Dtmf)]
    assert digits == ["1", "5", "#"]


@able("dtmf_tx")
async def test_digits_reach_the_far_end(stage: Stage) -> None:
    far_ends: list[FarEnd] = []

    async def listen(far: FarEnd) -> None:
        far_ends.append(far)
        await _answer(far)

    leg = await stage.dial(listen)
    await _until(leg, Answered)
    await leg.send_dtmf("42#")
    await asyncio.sleep(0.8)
    await leg.hang_up()
    assert far_ends[0].keys() == "42#"


async def test_frames_come_every_20_ms_also_when_the_far_end_is_silent(stage: Stage) -> None:
    leg = await stage.dial(_answer)
    await _until(leg, Answered)
    started = asyncio.get_running_loop().time()
    frames = await _frames(leg, 50)
    assert asyncio.get_running_loop().time() - started == pytest.approx(1.0, abs=0.25)
    assert {len(frame.pcm) for frame in frames} == {320}
    await leg.hang_up()


async def test_what_is_written_arrives_and_at_most_200_ms_wait(stage: Stage) -> None:
    far_ends: list[FarEnd] = []

    async def listen(far: FarEnd) -> None:
        far_ends.append(far)
        await _answer(far)

    leg = await stage.dial(listen)
    await _until(leg, Answered)
    await _frames(leg, 5)
    left = memoryview(tone(600, 1.0))
    while left:
        left = left[leg.audio.write(bytes(left)) :]
        assert leg.audio.queued_s() <= 0.2
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.4)
    assert leg.audio.queued_s() == 0
    heard = far_ends[0].heard()
    await leg.hang_up()
    assert loud_s(heard) == pytest.approx(1.0, abs=0.06)
    assert pitch(b"".join(heard)) == pytest.approx(600, abs=15)


async def test_a_flush_silences_the_far_end_within_100_ms(stage: Stage) -> None:
    far_ends: list[FarEnd] = []

    async def listen(far: FarEnd) -> None:
        far_ends.append(far)
        await _answer(far)

    leg = await stage.dial(listen)
    await _until(leg, Answered)
    await _frames(leg, 5)
    sound = tone(600, 0.2)
    for _ in range(10):
        leg.audio.write(sound)
        await asyncio.sleep(0.02)
    before = loud_s(far_ends[0].heard())
    leg.audio.flush()
    await asyncio.sleep(0.4)
    after = loud_s(far_ends[0].heard())
    await leg.hang_up()
    assert before > 0
    assert after - before <= 0.1


async def test_hanging_up_twice_and_after_the_end_is_harmless(stage: Stage) -> None:
    leg = await stage.dial(_answer)
    await _until(leg, Answered)
    await asyncio.gather(leg.hang_up(), leg.hang_up())
    _ended(await _rest(leg))
    await leg.hang_up()
    leg.audio.flush()
    assert leg.audio.queued_s() == 0
