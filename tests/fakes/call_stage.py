"""Everything one call needs, in memory and in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from campaigns.attempt import AttemptResult, Lease, PlannedAttempt, TrunkAddress
from campaigns.questionnaire.model import CampaignKind, Question, Questionnaire, QuestionType
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.equipment import Equipment, Understanding
from dialer.journal import Journal
from dialer.manners import Manners
from dialer.speech import Keywords, VoiceActivity
from dialer.trunks.simulated import Callee, SimulatedLeg, SimulatedTrunk
from dialogs.conversation.intention import says_opt_out
from dialogs.ports import DialogueError, Reply
from tests.fakes.clock import FakeClock
from tests.fakes.dialogue import ListedEngine
from tests.fakes.sounds import LevelVoiceActivity, Lexicon, LexiconPrompts, LexiconRecognition
from tests.fakes.store import MemoryStore
from tests.fakes.virtual_time import VirtualTimeLoop

APOLOGY = "系统出了点问题"
FILLER = "请您稍等"
WHOLE = frozenset({"满意", "是的", "不满意", "解决了", "没有"})

QUESTIONNAIRE = Questionnaire(
    id="callback",
    title="回访",
    kind=CampaignKind.SATISFACTION,
    opening="您好，本通话由人工智能合成语音播报，通话将被录音。",
    closing="再见。",
    identity="我是智能语音助手",
    questions=(
        Question("solved", QuestionType.YES_NO, "请问解决了吗？"),
        Question("grade", QuestionType.SATISFACTION, "请问满意吗？"),
        Question("wish", QuestionType.TEXT, "您还有什么建议？", required=False),
    ),
)


class InlineThreadsLoop(VirtualTimeLoop):
    """Virtual time in which work for threads is done at once."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except BaseException as error:
            done.set_exception(error)
        return done


def run(work: Any) -> Any:
    """Run a coroutine in virtual time with threads done at once."""
    with asyncio.Runner(loop_factory=InlineThreadsLoop) as runner:
        return runner.run(work)


class MemoryWriter:
    """A recording in memory."""

    def __init__(self, attempt_id: UUID) -> None:
        self.pcm = bytearray()
        self.path = f"{attempt_id}.obrec"
        self.closed = False

    def append(self, stereo_pcm: bytes) -> None:
        self.pcm += stereo_pcm

    def close(self) -> str:
        self.closed = True
        return self.path


class MemoryRecordings:
    def __init__(self) -> None:
        self.written: list[MemoryWriter] = []
        self.full = False

    def open(self, attempt_id: UUID) -> MemoryWriter:
        if self.full:
            raise OSError("no space left on device")
        self.written.append(MemoryWriter(attempt_id))
        return self.written[-1]


def planned(
    number: str = "13800138000", *, rehearsal: bool = True, ring_s: float = 30.0
) -> PlannedAttempt:
    """Return an attempt that may be dialled."""
    expires = datetime(2026, 3, 2, 2, 1, tzinfo=UTC) + timedelta(seconds=60)
    return PlannedAttempt(
        id=uuid4(),
        lease=Lease(uuid4(), uuid4(), "worker", 1, expires),
        ordinal=1,
        number=number,
        trunk=TrunkAddress("simulated", "127.0.0.1", 5090, max_calls=5, rehearsal=rehearsal),
        caller_number="077112366",
        caller_name="南宁税务",
        sip_call_id="planned@outbound",
        questionnaire=QUESTIONNAIRE,
        variables={"name": "张三"},
        ring_timeout_s=ring_s,
    )


@dataclass
class Stage:
    """One call against one callee; `play` runs it and keeps what came of it."""

    replies: Sequence[Reply | DialogueError] = ()
    engine_takes_s: float | Sequence[float] = 0.05
    missing: frozenset[str] = frozenset()
    manners: Manners = field(default_factory=Manners)
    lexicon: Lexicon = field(default_factory=Lexicon)
    store: MemoryStore = field(default_factory=MemoryStore)
    recordings: MemoryRecordings = field(default_factory=MemoryRecordings)
    attempt: PlannedAttempt = field(default_factory=planned)
    folder: Path = Path("/nonexistent")

    def __post_init__(self) -> None:
        self.engine = ListedEngine(self.replies, self.engine_takes_s)
        self.recognition = LexiconRecognition(self.lexicon)
        self.voice_activity: Callable[[], VoiceActivity] = LevelVoiceActivity
        self.prompts = LexiconPrompts(self.lexicon, self.missing)
        self.keywords: Keywords | None = None
        self.leg: SimulatedLeg | None = None
        self.trunk: SimulatedTrunk | None = None
        self.seconds = 0.0

    def play(self, callee: Callee) -> AttemptResult:
        """Run the call to its end in virtual time."""
        result: AttemptResult = run(self._play(callee))
        return result

    def said(self, text: str) -> bytes:
        """Return the sound of a text."""
        return self.lexicon.say(text)

    async def _play(self, callee: Callee) -> AttemptResult:
        loop = asyncio.get_running_loop()
        began = loop.time()
        journal = Journal(self.store, self.store, MemoryBacklog(self.folder, Vault(bytes(32))))
        writing = asyncio.create_task(journal.run())
        async with SimulatedTrunk(lambda _request: callee) as trunk:
            self.trunk = trunk
            call = Call(self.attempt, trunk, self.equipment(journal))
            result = await call.run()
            self.seconds = loop.time() - began
            self.leg = trunk.legs[0] if trunk.legs else None
            await journal.flush(1.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        return result

    def equipment(self, journal: Journal) -> Equipment:
        """Return the services of the call."""
        return Equipment(
            engine=self.engine,
            recognition=self.recognition,
            voice_activity=self.voice_activity,
            prompts=self.prompts,
            voice="voice",
            recordings=self.recordings,
            journal=journal,
            clock=FakeClock(),
            understanding=Understanding(
                is_whole_answer=lambda _question, text, _syllables: text in WHOLE,
                segments_of=lambda _questionnaire, _variables: (APOLOGY, FILLER),
                phrase_of=lambda _questionnaire, key: {"fault": APOLOGY, "wait": FILLER}[key],
                says_opt_out=lambda text, _syllables: says_opt_out(text, ()),
                message_of=lambda script, _variables: (script.opening, script.closing),
            ),
            manners=self.manners,
            keywords=self.keywords,
        )


class MemoryBacklog(Backlog):
    """A backlog that must not be needed."""

    def open(self) -> None:
        return None
