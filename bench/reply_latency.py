"""How long the bot takes to reply, at the callee's RTP socket: `python -m bench.reply_latency`.

The whole product runs (dialer process, Rasa, actions, PostgreSQL, prompts rendered ahead) and
calls a callee of the benchmark's own: a plain SIP and RTP peer that listens, answers each question
with synthesised speech and notes when loud packets leave and arrive. Times of arrival are the
kernel's. The last line printed is JSON: n, p50_ms, p95_ms, recognizer, calls, complete (whether all
turns asked for were measured in time), and n and p50_ms by the kind of question: free text, lists
and numbers without a unit are given longer pauses on purpose. Everything it started is stopped,
also on SIGTERM and when the time is over.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bench.service import Service
from bench.turns import LOUD_RMS, Loud, Turn, percentile, turns_of
from campaigns.questionnaire import file as questionnaire_file
from dialer.rehearsal.callee import Callee
from dialer.rehearsal.cue import CueReader
from dialer.rehearsal.ear import Ear, loudness
from dialer.rehearsal.manner import Manner, every_line
from dialer.rehearsal.personas import PERSONAS
from dialer.rehearsal.phrase_book import PhraseBook, choose_voice
from tests.peers.uas import ServerCall, Uas
from tts_asr.prompt_cache import PromptCache
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

_QUESTIONNAIRE = Path(__file__).with_suffix(".yaml")
_TURNS_A_CALL = 10
_SPARE_CALLS = 3
_PREPARED_WITHIN_S = 1800.0
_TERMINATED = 143
_TALKERS = tuple(persona for persona in PERSONAS if persona.mood is not None)


@dataclass(slots=True)
class Callees:
    """The benchmark's callees: every call is answered, talked through and measured."""

    make_manner: Callable[[int], Manner]
    pool: RecognitionPool
    book: PhraseBook
    kinds: Mapping[str, str]
    """The type of each question."""
    wanted: int
    measured: list[float] = field(default_factory=list)
    by_kind: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    excluded: int = 0
    calls: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, call: ServerCall) -> None:
        """Pick up, talk until the bot hangs up, and take the call's turns."""
        self.calls += 1
        manner = self.make_manner(self.calls)
        call.respond(180, "Ringing")
        await asyncio.sleep(0.5)
        if not await call.answer():
            return
        callee = Callee(manner, Ear(self.pool), self.book, call.line)
        await callee.talk()
        greeting = manner.greeting()
        greeted = greeting is not None and callee.visit.spoken[:1] == [greeting.words]
        first = 1 if greeted else 0
        kinds = {said["words"]: self.kinds[key] for key, said in callee.visit.said.items()}
        self._take(_turns(call)[first:], callee.visit.spoken[first:], kinds)

    def _take(self, turns: list[Turn], spoken: list[str], kinds: Mapping[str, str]) -> None:
        replies = [turn.reply_s for turn in turns if turn.reply_s is not None]
        self.measured += replies
        for turn, words in zip(turns, spoken, strict=False):
            if turn.reply_s is not None:
                self.by_kind[kinds.get(words, "other")].append(turn.reply_s)
        self.excluded += len(turns) - len(replies)
        shown = " ".join(
            f"{words}:{_milliseconds(turn.reply_s)}"
            for turn, words in zip_longest(turns, spoken, fillvalue="?")
            if isinstance(turn, Turn)
        )
        print(
            f"call {self.calls}: {shown}; {len(self.measured)}/{self.wanted} turns, "
            f"{self.excluded} excluded",
            file=sys.stderr,
            flush=True,
        )
        if len(self.measured) >= self.wanted:
            self.enough.set()


def _milliseconds(reply_s: float | None) -> str:
    return "-" if reply_s is None else f"{reply_s * 1000:.0f} ms"


def _turns(call: ServerCall) -> list[Turn]:
    sent = (Loud(packet.at, loudness(packet.pcm) > LOUD_RMS) for packet in call.line.sent)
    received = [Loud(packet.at, loudness(packet.pcm) > LOUD_RMS) for packet in call.line.received]
    return turns_of(sent, received)


async def _measure(calls: int, turns: int, folder: Path, minutes: float) -> dict[str, object]:
    me = asyncio.current_task()
    assert me is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    text = await asyncio.to_thread(_QUESTIONNAIRE.read_text, encoding="utf-8")
    script = questionnaire_file.parse(text)
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    speech = SpeechSettings()
    recognizer = await asyncio.to_thread(load_recognizer, speech)
    synthesizer = await asyncio.to_thread(load_synthesizer, speech)
    voice = choose_voice("zm_yunxi", synthesizer.voices, speech.voice)
    book = PhraseBook(PromptCache(speech.cache_dir / "rehearsal", synthesizer), voice)
    await book.render(every_line(script, today), _show_rendering)
    cues = CueReader(script)

    def make_manner(call: int) -> Manner:
        return Manner(_TALKERS[call % len(_TALKERS)], script, cues, today)

    with RecognitionPool(recognizer, 1) as pool:
        kinds = {question.id: question.type.value for question in script.questions}
        callees = Callees(make_manner, pool, book, kinds, turns)
        await _run(callees, text, calls, folder, minutes * 60)
    measured = callees.measured
    if not measured:
        raise SystemExit("no turn was measured in time: see above, or give more --minutes")
    return {
        "n": len(measured),
        "p50_ms": _at(measured, 0.5),
        "p95_ms": _at(measured, 0.95),
        "recognizer": recognizer.name,
        "calls": calls,
        "complete": len(measured) >= turns,
        "by_kind": {
            kind: {"n": len(replies), "p50_ms": _at(replies, 0.5)}
            for kind, replies in sorted(callees.by_kind.items())
        },
    }


def _at(replies: Sequence[float], share: float) -> int:
    return round(percentile(replies, share) * 1000)


async def _run(callees: Callees, text: str, calls: int, folder: Path, within_s: float) -> None:
    """Call until enough turns are measured or the time is over."""
    uas = await Uas.listen(callees.serve)
    contacts = callees.wanted // _TURNS_A_CALL + calls + _SPARE_CALLS
    numbers = "\n".join(f"1380000{number:04d}" for number in range(1, contacts + 1))
    try:
        async with Service(folder) as service:
            campaign = await service.launch(text, f"电话\n{numbers}\n", uas.port, max_calls=calls)
            await service.prepared(campaign, _PREPARED_WITHIN_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(callees.enough.wait(), within_s)
    finally:
        await uas.close()


def _show_rendering(done: int, of: int) -> None:
    print(f"rendering the callee's voice: {done}/{of}", file=sys.stderr, flush=True)


def main(
    calls: Annotated[int, typer.Option(min=1, help="How many calls at the same time.")] = 1,
    turns: Annotated[int, typer.Option(min=1, help="How many turns to measure at least.")] = 50,
    folder: Annotated[
        Path, typer.Option(help="Data folder of the measured service; its contents are replaced.")
    ] = Path("data/bench"),
    minutes: Annotated[
        float, typer.Option(min=0.1, help="Longest time of calling; what was measured is shown.")
    ] = 10.0,
) -> None:
    """Measure the time from the end of the callee's speech to the bot's first speech."""
    try:
        result = asyncio.run(_measure(calls, turns, folder.absolute(), minutes))
    except asyncio.CancelledError:
        print("ended by a signal; everything is stopped", file=sys.stderr)
        raise typer.Exit(_TERMINATED) from None
    print(json.dumps(result))


if __name__ == "__main__":
    typer.run(main)
