"""One call's life: dialled, answered or not, talked, ended, told to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.disposition import Disposition
from campaigns.on_machine import OnMachine
from campaigns.questionnaire.walk import answered_share
from campaigns.script import seed_of
from dialer.answering.listener import AnswerListener
from dialer.answering.message import Message
from dialer.answering.verdict import Answerer, AnswererVerdict
from dialer.conversation import Conversation, Script, Talk
from dialer.early_media.listener import EarlyMediaListener
from dialer.equipment import Equipment
from dialer.errors import SipThreadDied, TrunkError
from dialer.journal_entry import EventEntry, UtteranceEntry
from dialer.media.line import Line
from dialer.media.player import Player
from dialer.media.prompts import PromptSource
from dialer.media.quality import quality_of
from dialer.media.recorder import Recorder
from dialer.outcome import SignallingEvidence, TalkEvidence, disposition_of, rang_nobody
from dialer.ports import CallLeg, DialRequest, Trunk
from dialer.signal_watch import SignalWatch
from dialer.transfer import AgentTransfer
from dialer.turns.ear import Ear
from dialer.turns.keypad import Keypad
from dialogs.ports import ConversationOutcome

log = structlog.get_logger(__name__)

_END_WAIT_S = 5.0
"""After our hang-up: how long the trunk may take to report the end."""
_ATTEMPT_HEADER = "X-Attempt"


@dataclass(frozen=True, slots=True)
class _Conversed:
    talk: Talk
    answerer: AnswererVerdict | None
    recording: str | None
    message_left: bool

    @property
    def is_machine(self) -> bool:
        """Whether it is certain that a machine answered."""
        return self.answerer is not None and self.answerer.answerer is Answerer.MACHINE


class Call:
    """One attempt on one trunk; `run` once."""

    def __init__(self, attempt: PlannedAttempt, trunk: Trunk, equipment: Equipment) -> None:
        self._attempt = attempt
        self._trunk = trunk
        self._equipment = equipment
        self._prompts = PromptSource(
            equipment.prompts, attempt.voice or equipment.voice, equipment.manners.slower
        )
        self._timed_out = False
        self._early = EarlyMediaListener(equipment.keywords, equipment.voice_activity())
        self._leg: CallLeg | None = None

    async def run(self) -> AttemptResult:
        """Place the call and return what became of it. Never raises for what the network does."""
        try:
            leg = await self._trunk.dial(self._request())
        except TrunkError as error:
            log.error("dial_refused", error=str(error))
            return self._not_dialled(Disposition.TRUNK_FAULT, str(error), unrung=True)
        except SipThreadDied as error:
            return self._not_dialled(Disposition.UNKNOWN, str(error))
        self._leg = leg
        attempt, equipment = self._attempt, self._equipment
        watch = SignalWatch(leg, attempt.id, equipment.journal, equipment.clock)
        line = Line(leg.audio)
        line.on_early = self._early.hear
        following = asyncio.create_task(watch.run(), name="signalling")
        media = asyncio.create_task(line.run(), name="media")
        conversed: _Conversed | None = None
        try:
            conversed = await self._follow(leg, watch, line, media)
        finally:
            await self._end(leg, watch)
            await self._early.close(last_words=conversed is None)
            for task in (following, media):
                task.cancel()
            await asyncio.gather(following, media, return_exceptions=True)
        answered = watch.answered_at is not None
        quality = quality_of(watch.quality, line.arrivals, answered=answered)
        return self._result(watch, conversed, quality, await self._keep_clip(conversed))

    async def hang_up(self) -> None:
        """End the call now (the worker is going away)."""
        if self._leg is not None:
            await self._leg.hang_up()

    def _request(self) -> DialRequest:
        attempt = self._attempt
        headers = {_ATTEMPT_HEADER: str(attempt.id)} if attempt.trunk.rehearsal else {}
        return DialRequest(
            attempt_id=attempt.id,
            number=attempt.number,
            caller_number=attempt.caller_number,
            caller_name=attempt.caller_name,
            sip_call_id=attempt.sip_call_id,
            headers=headers,
        )

    async def _follow(
        self, leg: CallLeg, watch: SignalWatch, line: Line, media: asyncio.Task[None]
    ) -> _Conversed | None:
        """Wait for the answer, then talk."""
        warming = asyncio.create_task(self._warm(), name="warm-prompts")
        try:
            hopeless = self._early.dead_end
            if not await watch.wait_answered(self._attempt.ring_timeout_s, hopeless):
                self._timed_out = True
                return None
            if not watch.answered.is_set():
                return None
            await self._early.close(last_words=False)
            return await self._converse(leg, watch, line, media)
        finally:
            await warming

    async def _warm(self) -> None:
        """Load the prompts while it rings."""
        attempt = self._attempt
        segments_of = self._equipment.understanding.segments_of
        missing = await self._prompts.warm(segments_of(attempt.questionnaire, attempt.variables))
        if missing:
            log.warning("prompts_not_ready", missing=missing)

    async def _converse(
        self, leg: CallLeg, watch: SignalWatch, line: Line, media: asyncio.Task[None]
    ) -> _Conversed:
        equipment = self._equipment
        recorder = Recorder(partial(equipment.recordings.open, self._attempt.id))
        player = Player(leg.audio)
        conversation = self._conversation(player, self._transfer(leg, watch, line, player))
        ear = Ear(
            equipment.voice_activity(),
            equipment.recognition,
            conversation.on_words,
            equipment.manners.pauses,
        )
        conversation.attach(ear)
        keypad = Keypad(partial(self._on_key, conversation))
        watch.on_key = keypad.on_event
        answering = AnswerListener(equipment.keywords)
        message = Message(self._message(), player, self._prompts)

        def on_frame(pcm: bytes, now_s: float) -> None:
            answering.hear(pcm, voiced=ear.run.voiced)
            if answering.machine.is_set():
                message.hear(pcm, now_s, voiced=ear.run.voiced, beeped=answering.by_beep)
            keypad.hear(pcm, now_s)
            conversation.on_frame(now_s)

        line.connect(player, ear, recorder, on_frame)
        try:
            await self._talk(conversation, watch, media, answering)
            left = await self._leave(message, answering, conversation, watch)
            await self._end(leg, watch)
        finally:
            await answering.close()
            await ear.close()
            recording = await recorder.close()
        return _Conversed(conversation.talk, answering.verdict, recording, left)

    def _transfer(
        self, leg: CallLeg, watch: SignalWatch, line: Line, player: Player
    ) -> AgentTransfer | None:
        agents = self._equipment.agents
        if agents is None:
            return None
        may_refer = "refer" in self._trunk.capabilities
        return AgentTransfer(self._attempt, leg, watch, line, player, may_refer, agents)

    def _conversation(self, player: Player, transfer: AgentTransfer | None) -> Conversation:
        equipment, attempt = self._equipment, self._attempt
        understanding = equipment.understanding
        script = attempt.questionnaire
        apology, filler = (understanding.phrase_of(script, key) for key in ("fault", "wait"))
        return Conversation(
            Script(attempt.id, script, apology, filler),
            equipment.engine,
            player,
            self._prompts,
            equipment.journal,
            equipment.manners,
            understanding.is_whole_answer,
            understanding.says_opt_out,
            equipment.clock.now,
            transfer,
        )

    def _on_key(self, conversation: Conversation, digit: str, heard_by: str) -> None:
        """Hand a key on; those that came as events are in the journal already."""
        if heard_by == "tone":
            equipment = self._equipment
            data = {"digit": digit, "heard_by": heard_by}
            entry = EventEntry("key", equipment.clock.now(), data)
            equipment.journal.put(self._attempt.id, entry)
        conversation.on_key(digit)

    async def _talk(
        self,
        conversation: Conversation,
        watch: SignalWatch,
        media: asyncio.Task[None],
        answering: AnswerListener,
    ) -> None:
        """Let the conversation run until its end, the person's, or the longest time; a machine
        is not talked to."""
        manners = self._equipment.manners
        leading = asyncio.create_task(conversation.lead(), name="conversation")
        over = asyncio.create_task(watch.over.wait(), name="call-over")
        machine = asyncio.create_task(answering.machine.wait(), name="machine")
        try:
            waits = {leading, over, media, machine}
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait(waits, timeout=manners.longest_call_s, return_when=first)
            if conversation.with_agent:
                await asyncio.wait(waits - {machine}, return_when=first)
            if leading.done():
                await asyncio.sleep(manners.hang_up_after_s)
            else:
                await conversation.leave()
                await asyncio.wait({leading}, timeout=manners.engine_wait_s)
        finally:
            for task in (over, machine, leading):
                task.cancel()
            await asyncio.gather(leading, over, machine, return_exceptions=True)
        failure = _failure_of(media) or _failure_of(leading)
        if failure is not None:
            log.error("conversation_failed", error=repr(failure), exc_info=failure)
            conversation.talk.fault = repr(failure)
            conversation.talk.outcome = ConversationOutcome.FAULT

    def _message(self) -> Sequence[str]:
        attempt = self._attempt
        if attempt.on_machine is not OnMachine.LEAVE_MESSAGE:
            return ()
        message_of = self._equipment.understanding.message_of
        return message_of(attempt.questionnaire, attempt.variables)

    async def _leave(
        self,
        message: Message,
        answering: AnswerListener,
        conversation: Conversation,
        watch: SignalWatch,
    ) -> bool:
        """Leave the message where a machine answered, nobody spoke to us and the campaign wants
        it; return whether all of it was said."""
        wanted = self._attempt.on_machine is OnMachine.LEAVE_MESSAGE
        spoken = any(value is not None for value in conversation.talk.answers.values())
        if not wanted or spoken or not answering.machine.is_set() or watch.over.is_set():
            return False
        leaving = asyncio.create_task(message.leave(), name="message")
        over = asyncio.create_task(watch.over.wait(), name="call-over")
        try:
            await asyncio.wait({leaving, over}, return_when=asyncio.FIRST_COMPLETED)
            said = leaving.result() if leaving.done() else None
        finally:
            for task in (leaving, over):
                task.cancel()
            await asyncio.gather(leaving, over, return_exceptions=True)
        if said is None:
            return False
        self._equipment.journal.put(self._attempt.id, UtteranceEntry(said))
        await asyncio.sleep(self._equipment.manners.hang_up_after_s)
        return True

    async def _end(self, leg: CallLeg, watch: SignalWatch) -> None:
        """Hang up if the call is up, and wait for its end."""
        if not watch.over.is_set():
            await leg.hang_up()
            with suppress(TimeoutError):
                await asyncio.wait_for(watch.over.wait(), _END_WAIT_S)

    def _not_dialled(
        self, disposition: Disposition, reason: str, *, unrung: bool = False
    ) -> AttemptResult:
        return AttemptResult(
            disposition,
            self._equipment.clock.now(),
            sip_reason=reason,
            evidence={"dial": reason},
            unrung=unrung,
        )

    async def _keep_clip(self, conversed: _Conversed | None) -> str | None:
        """Seal the early media that decided a call, where there is no recording of a talk."""
        verdict = self._early.verdict
        if conversed is not None or verdict is None or not verdict.decides:
            return None
        recorder = Recorder(partial(self._equipment.recordings.open, self._attempt.id))
        for pcm in self._early.clip:
            recorder.add(pcm, bytes(len(pcm)))
        return await recorder.close()

    def _result(
        self,
        watch: SignalWatch,
        conversed: _Conversed | None,
        quality: dict[str, Any],
        clip: str | None,
    ) -> AttemptResult:
        ended = watch.ended
        talk = conversed.talk if conversed else None
        signalling = SignallingEvidence(
            ended,
            rang=watch.ringing_at is not None or watch.early_media_at is not None,
            answered=watch.answered_at is not None,
            timed_out=self._timed_out,
            heard=self._early.verdict,
            machine=conversed is not None and conversed.is_machine,
            message_left=conversed is not None and conversed.message_left,
        )
        return AttemptResult(
            disposition=disposition_of(signalling, self._talk_evidence(talk)),
            ended_at=watch.ended_at or self._equipment.clock.now(),
            ringing_at=watch.ringing_at,
            answered_at=watch.answered_at,
            ended_by=ended.who.value if ended else None,
            sip_code=_final_code(watch),
            sip_reason=ended.reason if ended else None,
            q850=ended.q850 if ended else None,
            call_later_at=talk.call_later_at if talk else None,
            evidence=self._evidence(watch, conversed),
            quality=quality,
            replies_ms=tuple(talk.replies_ms) if talk else (),
            prompt_misses=self._prompts.misses,
            sip_call_id=watch.sip_call_id,
            unrung=rang_nobody(signalling),
            recording=conversed.recording if conversed else clip,
        )

    def _talk_evidence(self, talk: Talk | None) -> TalkEvidence | None:
        if talk is None:
            return None
        given = any(value is not None for value in talk.answers.values())
        attempt = self._attempt
        seed = seed_of(attempt.lease.task_id)
        share = answered_share(attempt.questionnaire, talk.answers, attempt.variables, seed)
        return TalkEvidence(talk.outcome, talk.opted_out, share if given else 0.0)

    def _evidence(self, watch: SignalWatch, conversed: _Conversed | None) -> dict[str, Any]:
        evidence: dict[str, Any] = {
            "early_media": watch.early_media_at is not None,
            "ring_timed_out": self._timed_out,
        }
        if self._early.verdict is not None:
            evidence["heard_before_answer"] = self._early.verdict.as_evidence()
        if conversed is not None:
            talk, answerer = conversed.talk, conversed.answerer
            evidence |= {
                "message_left": conversed.message_left,
                "answered_by": answerer.as_evidence() if answerer else None,
                "outcome": talk.outcome.value if talk.outcome else None,
                "turns": talk.turns,
                "utterances": talk.utterances,
                "interruptions": talk.interruptions,
                "fault": talk.fault,
            }
            if talk.transfer is not None:
                evidence["transfer"] = talk.transfer
        return evidence


def _final_code(watch: SignalWatch) -> int | None:
    """Return the final response to the INVITE: a trunk tells it only where it was a refusal."""
    if watch.ended is not None and watch.ended.sip_code is not None:
        return watch.ended.sip_code
    return 200 if watch.answered_at is not None else None


def _failure_of(task: asyncio.Task[Any]) -> BaseException | None:
    """Return what a task that has ended broke on."""
    return task.exception() if task.done() and not task.cancelled() else None
