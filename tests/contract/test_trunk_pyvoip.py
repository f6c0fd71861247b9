"""What the pyvoip driver does where it declares that it cannot: it says so, and guesses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from bench.sipp_callee import SippCallee
from campaigns.attempt import TrunkAddress
from campaigns.disposition import Disposition
from dialer.errors import TrunkError
from dialer.outcome import SignallingEvidence, disposition_of
from dialer.ports import Answered, CallEvent, CallLeg, DialRequest, Ended, Party, Trying
from dialer.trunks.pyvoip import PyvoipOptions, PyvoipTrunk
from dialer.trunks.pyvoip.child import Watchdog
from tests.peers.ports import free_range
from tests.peers.pyvoip import needs_pyvoip
from tests.peers.sipp import SCENARIOS, needs_sipp
from tests.peers.sound import loud_s, pitch, tone
from tests.peers.uas import ServerCall, Uas

pytestmark = needs_pyvoip

_ECHO = SCENARIOS.parents[1] / "bench" / "echo.xml"

Scene = Callable[..., Awaitable[PyvoipTrunk]]


def _request(number: str = "13800000001") -> DialRequest:
    return DialRequest(uuid4(), number, "0771123660", "南宁税务", f"{uuid4()}@outbound")


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Make a trunk whose callee follows a script."""
    async with AsyncExitStack() as stack:

        async def make(
            script: Callable[[ServerCall], Awaitable[None]], watchdog: Watchdog | None = None
        ) -> PyvoipTrunk:
            uas = await Uas.listen(script)
            stack.push_async_callback(uas.close)
            trunk = PyvoipTrunk(
                TrunkAddress("peer", "127.0.0.1", uas.port, max_calls=4),
                PyvoipOptions(free_range(16), 1.0, watchdog or Watchdog()),
            )
            stack.push_async_callback(trunk.close)
            return trunk

        yield make


async def _until(leg: CallLeg, kind: type[CallEvent]) -> None:
    async with asyncio.timeout(8):
        async for event in leg.events:
            if isinstance(event, kind):
                return
    raise AssertionError(f"the call ended without {kind.__name__}")


async def _end(leg: CallLeg) -> Ended:
    async with asyncio.timeout(8):
        events = [event async for event in leg.events]
    ended = events[-1]
    assert isinstance(ended, Ended)
    return ended


def _concluded(ended: Ended, *, answered: bool = False, timed_out: bool = False) -> Disposition:
    evidence = SignallingEvidence(ended, answered=answered, timed_out=timed_out)
    return disposition_of(evidence, None)


async def _converse(call: ServerCall) -> None:
    call.respond(100, "Trying")
    await call.answer()
    await call.over.wait()


@needs_sipp
async def test_sound_goes_both_ways_with_a_peer_nobody_here_wrote(tmp_path: Path) -> None:
    async with SippCallee(_ECHO, tmp_path, echo=True) as peer:
        trunk = PyvoipTrunk(
            TrunkAddress("sipp", "127.0.0.1", peer.port), PyvoipOptions(free_range(4))
        )
        leg = await trunk.dial(_request())
        await _until(leg, Answered)
        left, heard = memoryview(tone(700, 1.0)), []
        async with asyncio.timeout(8):
            async for frame in leg.audio.frames():
                heard.append(frame.pcm)
                left = left[leg.audio.write(bytes(left)) :]
                if len(heard) == 90:
                    break
        await leg.hang_up()
        assert (await _end(leg)).who is Party.LOCAL
        await trunk.close()
        await asyncio.sleep(0.2)  # SIPp answers the BYE
    assert peer.counts() == {"created": 1, "successful": 1, "failed": 0}
    # Eight bits, a clock that is a little slow: the tone is there, with small holes at most.
    assert loud_s(heard) == pytest.approx(1.0, abs=0.15)
    assert pitch(b"".join(heard)) == pytest.approx(700, abs=20)


@pytest.mark.parametrize("code", [404, 486, 503, 603])
@pytest.mark.parametrize("trying", [True, False], ids=["after_100", "at_once"])
async def test_a_refusal_has_no_code_and_no_meaning(scene: Scene, code: int, trying: bool) -> None:
    async def refuse(call: ServerCall) -> None:
        if trying:
            call.respond(100, "Trying")
            await asyncio.sleep(0.1)
        await call.reject(code, "No")

    leg = await (await scene(refuse)).dial(_request())
    if trying and code not in (404, 503):
        # pyVoIP never tells: only our own time-out ends such a call.
        await _until(leg, Trying)
        await asyncio.sleep(0.5)
        await leg.hang_up()
    ended = await _end(leg)
    assert (ended.sip_code, ended.q850) == (None, None)
    assert _concluded(ended) is Disposition.UNKNOWN


async def test_a_ringing_call_that_is_given_up_may_ring_on_and_is_unknown(scene: Scene) -> None:
    over = asyncio.Event()

    async def answer_late(call: ServerCall) -> None:
        call.respond(180, "Ringing")
        await asyncio.sleep(1.5)
        await call.answer()
        await call.over.wait()
        assert call.requests == ["INVITE", "BYE"]
        over.set()

    leg = await (await scene(answer_late)).dial(_request())
    await _until(leg, Trying)
    await leg.hang_up()
    ended = await _end(leg)
    assert ended.who is Party.UNKNOWN
    assert _concluded(ended, timed_out=True) is Disposition.UNKNOWN
    async with asyncio.timeout(8):
        await over.wait()


async def test_a_call_without_a_first_reply_ends_as_unknown_and_spares_the_others(
    scene: Scene,
) -> None:
    async def by_number(call: ServerCall) -> None:
        if call.number.endswith("2"):
            await call.over.wait()
        else:
            await _converse(call)

    trunk = await scene(by_number)
    talking = await trunk.dial(_request())
    await _until(talking, Answered)
    mute = await trunk.dial(_request("13800000002"))
    ended = await _end(mute)
    assert ended.who is Party.UNKNOWN
    assert _concluded(ended) is Disposition.UNKNOWN
    async with asyncio.timeout(3):
        heard = [frame async for frame in _some(talking, 20)]
    assert heard
    await talking.hang_up()
    assert (await _end(talking)).who is Party.LOCAL


async def _some(leg: CallLeg, count: int) -> AsyncIterator[bytes]:
    async for frame in leg.audio.frames():
        yield frame.pcm
        count -= 1
        if not count:
            return


async def test_a_process_that_hangs_is_killed_and_the_next_call_has_another(scene: Scene) -> None:
    trunk = await scene(_converse, Watchdog(silent_s=1.0, look_s=0.1))
    first = await trunk.dial(_request())
    await _until(first, Answered)
    hanging = trunk.process_id
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    ended = await _end(first)
    assert ended.who is Party.UNKNOWN
    assert _concluded(ended, answered=True) is Disposition.UNKNOWN
    second = await trunk.dial(_request())
    await _until(second, Answered)
    assert trunk.process_id != hanging
    await second.hang_up()
    assert (await _end(second)).who is Party.LOCAL


async def test_a_peer_that_answers_in_another_codec_is_hung_up(scene: Scene) -> None:
    async def in_a_law(call: ServerCall) -> None:
        call.line.payload_type = 8
        await _converse(call)

    leg = await (await scene(in_a_law)).dial(_request())
    ended = await _end(leg)
    assert ended.who is Party.LOCAL
    assert _concluded(ended) is Disposition.UNKNOWN


async def test_what_is_not_declared_is_refused(scene: Scene) -> None:
    trunk = await scene(_converse)
    leg = await trunk.dial(_request())
    await _until(leg, Answered)
    with pytest.raises(TrunkError, match="keys"):
        await leg.send_dtmf("1")
    with pytest.raises(TrunkError, match="transfer"):
        await leg.transfer("sip:agent@127.0.0.1")
    await leg.hang_up()


async def test_more_calls_than_the_trunk_carries_are_refused(scene: Scene) -> None:
    trunk = await scene(_converse)
    legs = [await trunk.dial(_request()) for _ in range(4)]
    with pytest.raises(TrunkError, match="4 calls"):
        await trunk.dial(_request())
    for leg in legs:
        await _until(leg, Answered)
        await leg.hang_up()
        await _end(leg)
    assert await trunk.dial(_request())
