"""The measured side of `talk` in `bench.concurrency`: whole calls without database and Rasa.

Everything a dialer process does in a call is done here by its own code, from the INVITE to the
sealed recording; the record is in memory and a list answers for the dialogue. The last line
printed is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psutil

from campaigns.attempt import AttemptResult, Lease, PlannedAttempt, TrunkAddress
from campaigns.clock import SystemClock
from campaigns.questionnaire import file as questionnaire_file
from campaigns.questionnaire.model import Questionnaire, QuestionType
from campaigns.recordings import Recordings
from campaigns.vault import Vault
from dialer.answering.phrases import MACHINE_PHRASES
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.early_media.announcement import MEANINGS
from dialer.equipment import Equipment
from dialer.journal import Journal
from dialer.main import understanding
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from dialogs.ports import Listen, NoInput, Reply, Say, TurnInput
from tests.fakes.store import MemoryStore
from tests.peers.ports import free_port, free_range
from tts_asr.keyword_pool import KeywordPool
from tts_asr.keyword_spotters import load_keyword_spotter
from tts_asr.prompt_cache import PromptCache
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voice_activity import VoiceActivity
from tts_asr.voices import load_synthesizer

QUESTIONNAIRE = Path(__file__).with_name("reply_latency.yaml")
_WARM_UP_S = 6.0
_OVER_WITHIN_S = 20.0


def asked() -> Questionnaire:
    """Return what is asked: the questions of satisfaction, for ever."""
    return questionnaire_file.parse(QUESTIONNAIRE.read_text(encoding="utf-8"))


def bot_lines(script: Questionnaire) -> tuple[str, ...]:
    """Return the opening and the questions that are asked."""
    kind = QuestionType.SATISFACTION
    questions = (each.text for each in script.questions if each.type is kind)
    return (script.opening, *questions)


@dataclass(slots=True)
class EndlessEngine:
    """Asks one question of satisfaction after the other, at once, for ever."""

    script: Questionnaire
    turns: int = 0
    silences: int = 0
    heard: list[str] = field(default_factory=list)

    async def start(self, attempt_id: UUID) -> Reply:
        """Say the opening and the first question."""
        return self._ask(0, (self.script.opening,))

    async def turn(self, attempt_id: UUID, number: int, heard: TurnInput) -> Reply:
        """Ask the next."""
        self.turns += 1
        self.silences += isinstance(heard, NoInput)
        return self._ask(number, ())

    def _ask(self, number: int, before: tuple[str, ...]) -> Reply:
        kind = QuestionType.SATISFACTION
        questions = [each for each in self.script.questions if each.type is kind]
        question = questions[number % len(questions)]
        return Reply((Say((*before, question.text)), Listen(question.id)))


class Talks:
    """Places whole calls, lets them talk and tells what it cost."""

    def __init__(self, options: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
        self._options = options
        self._script = asked()
        self._engine = EndlessEngine(self._script)
        self._process = psutil.Process()
        speech, vault, store = SpeechSettings(), Vault(os.urandom(32)), MemoryStore()
        recognizer = load_recognizer(speech)
        pool = stack.enter_context(RecognitionPool(recognizer, speech.recognizer_threads))
        spotter = load_keyword_spotter(speech, recognizer, sorted({*MEANINGS, *MACHINE_PHRASES}))
        self._journal = Journal(store, store, Backlog(folder / "journal", vault))
        self._equipment = Equipment(
            engine=self._engine,
            recognition=pool,
            voice_activity=VoiceActivity,
            prompts=PromptCache(speech.cache_dir / "rehearsal", load_synthesizer(speech)),
            voice=speech.voice,
            recordings=Recordings(folder, vault),
            journal=self._journal,
            clock=SystemClock(),
            understanding=understanding(),
            keywords=KeywordPool(spotter, pool) if spotter is not None else None,
        )

    async def run(self) -> dict[str, object]:
        """Return the figures."""
        count = self._options.calls
        runtime = BaresipRuntime(
            RuntimeOptions(port=free_port(), rtp_ports=free_range(4 * count + 40))
        )
        await runtime.start()
        writing = asyncio.create_task(self._journal.run(), name="journal")
        address = TrunkAddress("talk", "127.0.0.1", self._options.port, max_calls=999)
        trunk = BaresipTrunk(runtime, address)
        calls: dict[asyncio.Task[AttemptResult], Call] = {}
        try:
            due = time.monotonic()
            for number in range(count):
                call = Call(self._attempt(number, address), trunk, self._equipment)
                calls[asyncio.create_task(call.run())] = call
                due += 1 / self._options.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await asyncio.sleep(_WARM_UP_S)
            return await self._measured(runtime, calls)
        finally:
            await asyncio.gather(*(call.hang_up() for call in calls.values()))
            if calls:
                await asyncio.wait(calls, timeout=_OVER_WITHIN_S)
            with suppress(TimeoutError):
                await self._journal.flush(5.0)
            writing.cancel()
            await asyncio.gather(writing, *calls, return_exceptions=True)
            await runtime.close()

    async def _measured(
        self, runtime: BaresipRuntime, calls: dict[asyncio.Task[AttemptResult], Call]
    ) -> dict[str, object]:
        began_at, cpu_s = time.time(), time.process_time()
        turns, late = self._engine.turns, runtime.pump.late_ticks
        up = runtime.live_calls
        await asyncio.sleep(self._options.seconds)
        ended_at = time.time()
        used = (time.process_time() - cpu_s) / (ended_at - began_at)
        return {
            "calls": self._options.calls,
            "set_up": up,
            "still_up": runtime.live_calls,
            "ended_early": sum(task.done() for task in calls),
            "cpu_percent_of_a_core": round(100 * used, 1),
            "cpu_percent_per_call": round(100 * used / max(1, up), 3),
            "rss_mb": round(self._process.memory_info().rss / 1e6),
            "threads": self._process.num_threads(),
            "late_ticks": runtime.pump.late_ticks - late,
            "turns": self._engine.turns - turns,
            "silences": self._engine.silences,
            "began_at": began_at,
            "ended_at": ended_at,
        }

    def _attempt(self, number: int, address: TrunkAddress) -> PlannedAttempt:
        until = datetime.now(UTC) + timedelta(hours=1)
        return PlannedAttempt(
            id=uuid4(),
            lease=Lease(uuid4(), uuid4(), "bench", 1, until),
            ordinal=1,
            number=f"1380000{number:04d}",
            trunk=address,
            caller_number="12366",
            caller_name="南宁税务",
            sip_call_id=f"{uuid4()}@bench",
            questionnaire=self._script,
            variables={},
        )


def main(arguments: list[str]) -> int:
    """Run the calls and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the callees' SIP port")
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=5.0, help="calls placed in a second")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="outbound-bench-")))
        figures = asyncio.run(Talks(options, folder, stack).run())
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
