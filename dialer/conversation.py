"""The conversation of one call: carries out the dialogue's replies and tells it what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from campaigns.answer import Answer, Utterance
from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from dialer.asking import Asking
from dialer.journal import Journal
from dialer.journal_entry import AnswerGivenEntry, EventEntry, OptOutEntry, UtteranceEntry
from dialer.listening import Listening
from dialer.manners import Manners
from dialer.media.player import Player
from dialer.media.prompts import PromptSource
from dialer.mouth import Mouth
from dialer.transfer import AgentTransfer, TransferEnd
from dialer.turns.barge_in import BargeIn, Remark
from dialer.turns.ear import Ear
from dialer.turns.utterance import Expectation, Words
from dialogs.ports import (
    AnswerGiven,
    CallLater,
    ConversationOutcome,
    DialogueEngine,
    DialogueError,
    HangUp,
    Heard,
    Keyed,
    Listen,
    NoInput,
    NotTransferred,
    OptOut,
    Reading,
    Reply,
    Say,
    Transfer,
    TurnInput,
)
from dialogs.understanding.expected import expected_phrases

log = structlog.get_logger(__name__)

WholeAnswer = Callable[[Question, str, tuple[str, ...]], bool]


@dataclass(slots=True)
class Talk:
    """What the conversation has come to so far."""

    outcome: ConversationOutcome | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    opted_out: bool = False
    call_later_at: datetime | None = None
    replies_ms: list[int] = field(default_factory=list)
    turns: int = 0
    utterances: int = 0
    interruptions: int = 0
    fault: str | None = None
    transfer: dict[str, Any] | None = None
    """What became of the transfer to a human, if there was one."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is led: for which attempt, with which questions; `apology` is said when the dialogue
    fails, `filler` while it is slow."""

    attempt_id: UUID
    questionnaire: Questionnaire
    apology: str
    filler: str


class Conversation:
    """`lead` runs until the call should end or the person is gone. `on_frame` is called every
    20 ms of call time, `on_key` for each key, `leave` when the person has hung up."""

    def __init__(
        self,
        script: Script,
        engine: DialogueEngine,
        player: Player,
        prompts: PromptSource,
        journal: Journal,
        manners: Manners,
        is_whole_answer: WholeAnswer,
        says_opt_out: Callable[[str, tuple[str, ...]], bool],
        now: Callable[[], datetime],
        transfer: AgentTransfer | None = None,
    ) -> None:
        self.talk = Talk()
        self._transfer = transfer
        self._script = script
        self._asking = Asking(
            engine,
            script.attempt_id,
            self._fill,
            fill_after_s=manners.filler_after_s,
            wait_s=manners.engine_wait_s,
        )
        self._unanswered: TurnInput | None = None
        self._says_opt_out = says_opt_out
        self._journal = journal
        self._manners = manners
        self._is_whole_answer = is_whole_answer
        self._now = now
        self._ear: Ear | None = None
        self._may_start = asyncio.Event()
        self._mouth = Mouth(player, prompts, BargeIn(manners.barge_in_s), self._interrupted)
        self._listening = Listening(self._somebody_speaks, self._aside)
        self._was_interrupted = False
        self._last: Words | None = None
        self._reply_since: float | None = None
        self._answers = 0

    def attach(self, ear: Ear) -> None:
        """Give the conversation its ear, before the first frame."""
        self._ear = ear

    # What the line tells -------------------------------------------------------------------

    def on_frame(self, now_s: float) -> None:
        """Take 20 ms of call time that end at `now_s`; the ear has heard them already."""
        run = self._hearing.run
        if not self._may_start.is_set() and self._manners.greeting.may_start(
            now_s, run.began_s, run.last_voiced_s
        ):
            self._may_start.set()
        self._mouth.on_frame(now_s, Remark(run.voiced, self._hearing.syllables))

    def on_words(self, words: Words) -> None:
        """Take an utterance of the person that is over."""
        self.talk.utterances += 1
        self._listening.on_words(words)

    def on_key(self, digit: str) -> None:
        """Take a key of the person."""
        self._mouth.interrupt()
        self._listening.on_key(digit)

    async def leave(self) -> None:
        """The person has hung up: understand their last words, then end."""
        self._may_start.set()
        self._mouth.shut()
        if self._transfer is not None:
            self._transfer.leave()
        await self._hearing.cut(self._manners.last_words_s)
        self._listening.leave()

    @property
    def with_agent(self) -> bool:
        """Whether the person talks with an agent: then nobody ends it but those two."""
        return self._transfer is not None and self._transfer.joined

    # Leading -------------------------------------------------------------------------------

    async def lead(self) -> Talk:
        """Lead the conversation to its end."""
        try:
            await self._lead()
        except DialogueError as error:
            log.error("dialogue_failed", error=str(error))
            self.talk.fault = str(error)
            self.talk.outcome = ConversationOutcome.FAULT
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._save_last_turn(), name="last-turn")
                await self._say(Say((self._script.apology,), barge_in=False), may_interrupt=False)
        return self.talk

    async def _save_last_turn(self) -> None:
        """Keep what the person said last though the dialogue failed over it: a wish not to be
        called again by its words alone, an answer if the engine comes back meanwhile."""
        heard = self._unanswered
        if heard is None:
            return
        if isinstance(heard, Heard) and self._says_opt_out(heard.text, heard.syllables):
            self._keep(OptOut(heard.text))
        reply = await self._asking.late_turn(self.talk.turns, heard)
        if reply is None:
            return
        for step in reply.steps:
            known = isinstance(step, OptOut) and self.talk.opted_out
            if isinstance(step, AnswerGiven | CallLater | HangUp | OptOut) and not known:
                self._keep(step)

    async def _lead(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(self._opening(), name="opening")
            await self._may_start.wait()
        reply = opening.result()
        if isinstance(reply, DialogueError):
            raise reply
        while (last := await self._perform(reply)) is not None:
            turn = await self._next_turn(last)
            if turn is None:
                return
            reply = await self._take_turn(turn)

    async def _next_turn(
        self, last: Listen | Transfer
    ) -> Words | Keyed | NoInput | NotTransferred | None:
        if isinstance(last, Listen):
            return await self._listening.turn(last)
        return await self._put_through(last)

    async def _put_through(self, step: Transfer) -> NotTransferred | None:
        """Put the person through; None when the call is over with that."""
        if self._transfer is None:
            return NotTransferred("nobody can be put through here")
        try:
            end = await self._transfer.run(step.words, partial(self._comfort, step))
        finally:
            self.talk.transfer = self._transfer.evidence
        if end in (TransferEnd.HANDED_OVER, TransferEnd.TALKED):
            self.talk.outcome = ConversationOutcome.TRANSFERRED
        return NotTransferred(end.value) if end is TransferEnd.FAILED else None

    async def _comfort(self, step: Transfer) -> None:
        await self._say(Say(step.comfort, barge_in=False), may_interrupt=False)

    async def _opening(self) -> Reply | DialogueError:
        """Ask for the opening while the person may still say hello."""
        try:
            return await self._asking.start()
        except DialogueError as error:
            return error

    async def _take_turn(self, turn: Words | Keyed | NoInput | NotTransferred) -> Reply:
        self.talk.turns += 1
        self._unanswered = heard = self._heard(turn)
        try:
            reply = await self._asking.turn(self.talk.turns, heard)
        except DialogueError:
            self._note_turn(turn, None)
            raise
        self._unanswered = None
        self._note_turn(turn, reply.intent)
        return reply

    async def _fill(self) -> None:
        """Ask the person to wait; it is no reply."""
        since, self._reply_since = self._reply_since, None
        await self._say(Say((self._script.filler,), barge_in=False), may_interrupt=False)
        self._reply_since = since

    def _heard(self, turn: Words | Keyed | NoInput | NotTransferred) -> TurnInput:
        if not isinstance(turn, Words):
            self._last = self._reply_since = None
            return turn
        self._last = turn
        self._reply_since = turn.ended_at
        times = (turn.start_s, turn.end_s)
        readings = tuple(
            Reading(each.syllables, each.tones, each.probability) for each in turn.readings
        )
        return Heard(turn.text, turn.syllables, turn.confidence, *times, readings=readings)

    # Carrying out --------------------------------------------------------------------------

    async def _perform(self, reply: Reply) -> Listen | Transfer | None:
        """Keep what the reply holds, say what it says; None when the call is to end."""
        self._was_interrupted = False
        last = reply.steps[-1]
        listen = last if isinstance(last, Listen) else None
        self._hearing.expect(self._expectation(listen))
        for step in reply.steps:
            self._keep(step)
        says = [step for step in reply.steps if isinstance(step, Say)]
        for index, step in enumerate(says):
            # What must be heard is not skipped because something before it was interrupted.
            free = listen is not None and all(each.barge_in for each in says[index:])
            await self._say(step, may_interrupt=free)
            if self._was_interrupted:
                break
        return last if isinstance(last, Transfer) and last.connect else listen

    def _keep(self, step: object) -> None:
        """Store at once what a reply tells."""
        match step:
            case AnswerGiven():
                self._keep_answer(step)
            case OptOut(words=words):
                self.talk.opted_out = True
                self._put(OptOutEntry(words))
            case CallLater(words=words, at=at):
                self.talk.call_later_at = at
                data = {"words": words, "at": at.isoformat() if at else None}
                self._put(EventEntry("call_later", self._now(), data))
            case Transfer(reason=reason, words=words):
                self.talk.outcome = ConversationOutcome.HUMAN_REQUESTED
                data = {"reason": reason, "words": words}
                self._put(EventEntry("human_requested", self._now(), data))
            case HangUp(outcome=outcome):
                self.talk.outcome = outcome

    def _keep_answer(self, given: AnswerGiven) -> None:
        self._answers += 1
        if given.source != "computed":
            self.talk.answers[given.question_id] = given.value
        spoken = self._last if given.source == "speech" else None
        answer = Answer(
            question_id=given.question_id,
            value=given.value,
            words=given.words,
            confidence=given.confidence,
            source=given.source,
            start_s=spoken.start_s if spoken else None,
            end_s=spoken.end_s if spoken else None,
            revision=self._answers,
        )
        self._put(AnswerGivenEntry(answer))

    async def _say(self, step: Say, *, may_interrupt: bool) -> None:
        spoken = await self._mouth.say(step, may_interrupt=may_interrupt)
        if spoken.first_audio_at is None:
            return
        if self._reply_since is not None:
            self.talk.replies_ms.append(round((spoken.first_audio_at - self._reply_since) * 1000))
            self._reply_since = None
        times = (spoken.start_s, spoken.end_s)
        said = Utterance("bot", spoken.text, (), *times, interrupted=spoken.interrupted)
        self._put(UtteranceEntry(said))

    def _expectation(self, listen: Listen | None) -> Expectation | None:
        if listen is None:
            return None
        if listen.question_id is None:
            return Expectation(listen.hints)
        question = self._script.questionnaire.question(listen.question_id)

        def is_whole(text: str, syllables: tuple[str, ...]) -> bool:
            return self._is_whole_answer(question, text, syllables)

        hints = (*listen.hints, *expected_phrases(question))
        return Expectation(hints, is_whole, question.type is QuestionType.TEXT)

    # Small things --------------------------------------------------------------------------

    @property
    def _hearing(self) -> Ear:
        if self._ear is None:
            raise RuntimeError("the conversation has no ear yet: attach one first")
        return self._ear

    def _somebody_speaks(self) -> bool:
        return self._hearing.busy

    def _interrupted(self) -> None:
        self._was_interrupted = True
        self.talk.interruptions += 1
        self._listening.open()

    def _aside(self, words: Words) -> None:
        self._note_turn(words, None)

    def _note_turn(
        self, turn: Words | Keyed | NoInput | NotTransferred, intent: str | None
    ) -> None:
        match turn:
            case Words():
                times = (turn.start_s, turn.end_s)
                said = Utterance(
                    "person", turn.text, turn.syllables, *times, turn.confidence, intent
                )
                self._put(UtteranceEntry(said))
            case Keyed(digits=digits):
                self._put(EventEntry("keys", self._now(), {"digits": digits, "intent": intent}))
            case NoInput():
                self._put(EventEntry("no_input", self._now(), {"intent": intent}))
            case NotTransferred(reason=reason):
                self._put(EventEntry("not_transferred", self._now(), {"reason": reason}))

    def _put(self, entry: AnswerGivenEntry | EventEntry | OptOutEntry | UtteranceEntry) -> None:
        self._journal.put(self._script.attempt_id, entry)
