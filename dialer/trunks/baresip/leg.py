"""One SIP call of the stack as a `CallLeg`: its reports become events, its rings frames."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from baresip import (
    AudioNotActive,
    AudioRestarted,
    BaresipError,
    Call,
    Event,
    StackEvent,
    StaleHandleError,
    TransferFailed,
)

from dialer.errors import TrunkError
from dialer.ports import (
    Answered,
    CallEvent,
    Dtmf,
    EarlyMedia,
    Ended,
    Hold,
    Party,
    Quality,
    Ringing,
    Transferred,
    Trying,
)
from dialer.trunks.baresip.audio import BaresipAudio
from dialer.trunks.baresip.closing import TRANSFERRED, closing_of
from dialer.trunks.baresip.heard_cause import HeardCauses
from dialer.trunks.baresip.narrowband import NarrowbandPcm
from dialer.trunks.baresip.signalling import Report, State, Told, step
from dialer.trunks.event_stream import EventStream
from dialer.trunks.pump import AudioPump

_REPORTS = {
    Event.CALL_OUTGOING: Report.SENT,
    Event.CALL_RINGING: Report.RINGING,
    Event.CALL_ANSWERED: Report.ANSWERED,
    Event.CALL_ESTABLISHED: Report.ESTABLISHED,
    Event.CALL_CLOSED: Report.CLOSED,
}


_AUDIO_WITHIN_S = 1.0
"""After the answer: a call whose audio does not run by then never will."""


class BaresipLeg:
    """An outgoing call. Made by `BaresipTrunk.dial`; all methods on the event loop."""

    def __init__(self, call: Call, pump: AudioPump, causes: HeardCauses) -> None:
        self._call = call
        self._pump = pump
        self._causes = causes
        self._loop = asyncio.get_running_loop()
        self._state = State.DIALLING
        self._hung_up = False
        self._fault = ""
        self._check: asyncio.TimerHandle | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._events = EventStream()
        self._audio = BaresipAudio(NarrowbandPcm(call.audio))
        self._over = asyncio.Event()
        pump.attach(self._audio)

    @property
    def events(self) -> EventStream:
        return self._events

    @property
    def audio(self) -> BaresipAudio:
        return self._audio

    async def hang_up(self) -> None:
        if self._state is State.OVER:
            return
        self._hung_up = True
        with contextlib.suppress(StaleHandleError):
            await self._call.hangup()

    async def send_dtmf(self, digits: str) -> None:
        """Send digits as RFC 4733 events. Raises TrunkError when the call is not up."""
        try:
            await self._call.send_dtmf(digits)
        except (BaresipError, ValueError) as error:
            raise TrunkError(f"digits could not be sent: {error}") from error

    async def transfer(self, uri: str) -> None:
        """Ask the far end (REFER) to call `uri`; the outcome arrives as `Transferred`.

        Returns once the outcome is known; raises TrunkError when the request cannot be sent.
        """
        try:
            await self._call.transfer(uri)
        except TransferFailed:
            return  # told as Transferred(accepted=False)
        except (BaresipError, ValueError) as error:
            raise TrunkError(f"the transfer could not be asked for: {error}") from error

    async def wait_over(self) -> None:
        """Wait until the call has ended."""
        await self._over.wait()

    def take(self, event: StackEvent) -> None:
        """Take one report of the stack about this call."""
        if event.event is Event.CALL_REMOTE_SDP:
            if event.text == "answer":
                self._advance(Report.REMOTE_SDP, event)
        elif event.event in _REPORTS:
            self._advance(_REPORTS[event.event], event)
        else:
            told = self._media_event(event)
            if told is not None:
                self._events.put(told)

    def abandon(self, reason: str) -> None:
        """End the leg because the stack is gone."""
        self._finish(Ended(self._loop.time(), Party.NETWORK, None, None, reason))

    def _advance(self, report: Report, event: StackEvent) -> None:
        self._state, told = step(self._state, report)
        now = self._loop.time()
        match told:
            case Told.TRYING:
                self._events.put(Trying(now, event.call_id or ""))
            case Told.RINGING:
                self._events.put(Ringing(now))
            case Told.EARLY_MEDIA:
                self._events.put(EarlyMedia(now))
            case Told.ANSWERED:
                self._audio.early = False
                self._events.put(Answered(now))
                self._check = self._loop.call_later(_AUDIO_WITHIN_S, self._leave_if_mute)
            case Told.ENDED:
                self._close(event, now)
            case None:
                pass

    def _leave_if_mute(self) -> None:
        """Hang up when the two sides agreed on no audio at all."""
        try:
            self._call.audio.info()
        except AudioRestarted:
            return
        except AudioNotActive:
            self._fault = "answered without audio that both sides know"
            self._leaving = asyncio.create_task(self.hang_up(), name="leave-without-audio")

    def _media_event(self, event: StackEvent) -> CallEvent | None:
        now = self._loop.time()
        match event.event:
            case Event.CALL_DTMF_START if event.text:
                return Dtmf(now, event.text)
            case Event.CALL_HOLD:
                return Hold(now, held=True)
            case Event.CALL_RESUME:
                return Hold(now, held=False)
            case Event.CALL_TRANSFER_FAILED:
                return Transferred(now, accepted=False)
        return None

    def _close(self, event: StackEvent, now: float) -> None:
        text = event.text or ""
        if text == TRANSFERRED:
            self._events.put(Transferred(now, accepted=True))
        self._events.put(_quality_of(event.stats, now))
        heard = self._causes.take(event.call_id or "")
        end = closing_of(text, heard, hung_up=self._hung_up)
        if self._fault:
            self._finish(Ended(now, Party.NETWORK, None, end.q850, self._fault))
        else:
            self._finish(Ended(now, end.who, end.sip_code, end.q850, end.reason))

    def _finish(self, ended: Ended) -> None:
        self._state = State.OVER
        if self._check is not None:
            self._check.cancel()
        self._audio.poll(ended.at)
        self._pump.detach(self._audio)
        self._audio.close()
        self._events.put(ended)
        self._over.set()


class IncomingLeg(BaresipLeg):
    """A call that somebody placed to us: `answer` or `reject` it, or let it ring."""

    def __init__(
        self, call: Call, pump: AudioPump, dialled: str, caller: str, causes: HeardCauses
    ) -> None:
        super().__init__(call, pump, causes)
        self.dialled = dialled
        """The user part of the address that was dialled."""
        self.caller = caller
        """The caller's URI. A secret: not for logs."""

    async def answer(self) -> None:
        """Accept with 200; `Answered` follows. Raises TrunkError when the call is gone."""
        try:
            await self._call.answer()
        except BaresipError as error:
            raise TrunkError(f"the call could not be answered: {error}") from error

    async def reject(self) -> None:
        """Decline with 486 Busy Here. Idempotent."""
        self._hung_up = True
        with contextlib.suppress(StaleHandleError):
            await self._call.reject()


def _quality_of(stats: dict[str, Any], now: float) -> Quality:
    """Read the closing figures. Without a jitter buffer and without RTCP (RFC 3550 section 6.4)
    from the far end the stack reports zeros that nobody measured: they are None here."""
    received = int(stats.get("rx", {}).get("packets", 0))
    rtcp, buffer = stats.get("rtcp", {}), stats.get("jbuf", {})
    reported = any(rtcp.get(name, 0) for name in ("rx_lost", "rx_jitter_us", "rtt_us"))
    lost = max(int(rtcp.get("rx_lost", 0)), int(buffer.get("lost", 0)))
    jitter_ms = rtcp.get("rx_jitter_us", 0) / 1000 or float(buffer.get("jitter_ms", 0))
    if not received:
        return Quality(now, received, None, None)
    return Quality(
        now,
        received,
        lost if reported or lost else None,
        jitter_ms if reported or jitter_ms else None,
    )
