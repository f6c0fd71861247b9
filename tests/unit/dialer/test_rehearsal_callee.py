"""A rehearsal person on a simulated line, in virtual time: hears, thinks, answers, is logged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from campaigns.questionnaire.model import CampaignKind, Question, Questionnaire, QuestionType
from dialer.ports import Answered, AudioPort, Ended, Party, Ringing
from dialer.rehearsal.callee import Callee
from dialer.rehearsal.cue import CueReader, syllables_of
from dialer.rehearsal.ear import Ear, loudness
from dialer.rehearsal.exchange import Exchange
from dialer.rehearsal.journal import Journal
from dialer.rehearsal.manner import Manner, every_line
from dialer.rehearsal.personas import PERSONAS, Persona
from dialer.rehearsal.phrase_book import choose_voice
from dialer.trunks.event_stream import EventStream
from tests.fakes.two_way_line import TwoWayLine
from tests.fakes.virtual_time import run_in_virtual_time
from tests.peers.sound import tone
from tts_asr.ports import Clip, Transcript

_SCRIPT = Questionnaire(
    id="callback",
    title="回访",
    kind=CampaignKind.SATISFACTION,
    opening="您好，这里是热线",
    closing="再见",
    identity="我是助手",
    questions=(
        Question("solved", QuestionType.YES_NO, "请问您上次咨询的问题解决了吗？"),
        Question("satisfaction", QuestionType.SATISFACTION, "请问您对我们的服务满意吗？"),
    ),
)
_PERSONAS = {persona.name: persona for persona in PERSONAS}
_NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


class _Tape:
    """Recognises the n-th utterance as the n-th text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)
        self.fed: list[bytes] = []

    def open(self, hints: Sequence[str] = ()) -> _Tape:
        self.fed.append(b"")
        return self

    async def feed(self, pcm: bytes) -> Transcript:
        self.fed[-1] += pcm
        return Transcript("", ())

    async def finish(self) -> Transcript:
        text = self._texts.pop(0)
        return Transcript(text, syllables_of(text), final=True)


class _Voice:
    """Says everything in half a second."""

    async def clip(self, words: str) -> Clip:
        return Clip(tone(300, 0.5), 8000)


def _callee(persona: str, tape: _Tape, line: AudioPort) -> Callee:
    manner = Manner(_PERSONAS[persona], _SCRIPT, CueReader(_SCRIPT), date(2026, 3, 2))
    return Callee(manner, Ear(tape), _Voice(), line)


def _talk(
    persona: str, texts: Sequence[str], bot: Callable[[TwoWayLine], Awaitable[None]]
) -> tuple[Callee, TwoWayLine, _Tape]:
    """Let `bot` speak to a persona that recognises `texts`."""

    async def call() -> tuple[Callee, TwoWayLine, _Tape]:
        tape = _Tape(texts)
        async with TwoWayLine() as line:
            callee = _callee(persona, tape, line)
            talking = asyncio.create_task(callee.talk())
            await bot(line)
            line.close()
            await talking
        return callee, line, tape

    return run_in_virtual_time(call())


async def _opening_and_two_questions(line: TwoWayLine) -> None:
    await asyncio.sleep(2)
    for _ in range(2):
        await line.play(tone(400, 1.5))
        await asyncio.sleep(3)


_TEXTS = ["您好，这里是热线，请问您上次咨询的问题解决了吗", "好的，请问您对我们的服务满意吗"]


def test_a_satisfied_person_greets_and_answers_each_question() -> None:
    callee, line, _ = _talk("satisfied", _TEXTS, _opening_and_two_questions)
    assert callee.visit.heard == _TEXTS
    assert callee.visit.spoken == ["喂，你好", "是的，解决了", "非常满意"]
    assert callee.visit.said == {
        "solved": {"words": "是的，解决了", "value": True},
        "satisfaction": {"words": "非常满意", "value": 5},
    }
    assert line.taken_s == pytest.approx(1.5, abs=0.05)


def test_the_greeting_comes_within_a_natural_time() -> None:
    _, line, _ = _talk("satisfied", _TEXTS, _opening_and_two_questions)
    assert 0.8 <= line.first_taken_at <= 1.5


def test_the_whole_utterance_is_recognised_with_a_little_lead() -> None:
    _, _, tape = _talk("satisfied", _TEXTS, _opening_and_two_questions)
    for fed in tape.fed:
        assert len(fed) / 16000 == pytest.approx(1.5 + 0.6 + 0.2, abs=0.1)
        assert loudness(fed) > 1000


def test_a_silent_person_hears_everything_and_says_nothing() -> None:
    callee, line, _ = _talk("silent", _TEXTS, _opening_and_two_questions)
    assert callee.visit.heard == _TEXTS
    assert callee.visit.spoken == []
    assert line.taken_s == 0


def test_a_busy_person_objects_and_confirms_the_time_read_back() -> None:
    texts = ["您好，这里是热线", "明天下午三点再给您打，可以吗"]
    callee, _, _ = _talk("busy_now", texts, _opening_and_two_questions)
    assert callee.visit.spoken == ["喂，你好", "我现在没空，明天下午三点再打吧", "是的"]


def test_a_person_who_is_not_understood_says_it_again() -> None:
    texts = ["请问您对我们的服务满意吗", "不好意思，我没听清"]
    callee, _, _ = _talk("dissatisfied", texts, _opening_and_two_questions)
    assert callee.visit.spoken == ["喂，你好", "不满意", "不满意"]


def test_nobody_talks_over_the_bot_that_goes_on_speaking() -> None:
    async def bot(line: TwoWayLine) -> None:
        await asyncio.sleep(2)
        await line.play(tone(400, 1.0))
        await asyncio.sleep(0.65)
        await line.play(tone(400, 1.0))
        await asyncio.sleep(3)

    callee, _, _ = _talk("satisfied", [_TEXTS[0], _TEXTS[1]], bot)
    assert callee.visit.spoken == ["喂，你好", "非常满意"]


def test_a_person_stops_arguing_in_the_end() -> None:
    manner = Manner(_PERSONAS["wrong_number"], _SCRIPT, CueReader(_SCRIPT), date(2026, 3, 2))
    said = [manner.reply(syllables_of("您好")) for _ in range(5)]
    assert [line.words if line else None for line in said] == ["你打错了"] * 3 + [None, None]


def test_every_line_that_can_be_said_is_known_ahead() -> None:
    lines = every_line(_SCRIPT, date(2026, 3, 2))
    assert {"喂，你好", "我要转人工", "非常满意", "不满意", "是的，解决了", "是的"} <= set(lines)
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    ("wanted", "voices", "chosen"),
    [
        ("zm_yunxi", ("zf_a", "zm_yunxi", "zm_b"), "zm_yunxi"),
        ("zm_yunxi", ("zf_a", "zf_bot", "zm_b"), "zm_b"),
        ("zm_yunxi", ("zf_bot", "zf_a"), "zf_a"),
        ("zm_yunxi", ("cmn",), "cmn"),
    ],
)
def test_the_callees_voice_is_not_the_bots(
    wanted: str, voices: tuple[str, ...], chosen: str
) -> None:
    assert choose_voice(wanted, voices, "zf_bot") == chosen


class _Leg:
    """An incoming call; the caller's side is `caller_*`."""

    def __init__(self, dialled: str, line: TwoWayLine) -> None:
        self.dialled = dialled
        self.events = EventStream()
        self.audio = line
        self.rejected = self.answered = False

    async def answer(self) -> None:
        self.answered = True
        self.events.put(Answered(0.0))

    async def reject(self) -> None:
        self.rejected = True
        self.end(486)

    async def hang_up(self) -> None:
        self.end(None)

    def end(self, code: int | None) -> None:
        self.audio.close()
        self.events.put(Ended(0.0, Party.LOCAL, code, None, ""))


def _serve(number: str, journal: Path, caller: Callable[[_Leg], Awaitable[None]]) -> _Leg:
    async def call() -> _Leg:
        async with TwoWayLine() as line:
            leg = _Leg(number, line)
            leg.events.put(Ringing(0.0))

            def make(persona: Persona, audio: AudioPort) -> Callee:
                return _callee(persona.name, _Tape(_TEXTS), audio)

            exchange = Exchange(make, Journal(journal), lambda: _NOW)
            exchange.accept(leg)
            await caller(leg)
            await exchange.drain(1.0)
            assert exchange.live_calls == 0
            return leg

    return run_in_virtual_time(call())


async def _wait(leg: _Leg) -> None:
    await asyncio.sleep(10)
    leg.end(None)


def _lines(journal: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("number", "persona", "answered", "rejected"),
    [
        ("13800000008", "busy_signal", False, True),
        ("13800000007", "no_answer", False, False),
        ("13800000003", "silent", True, False),
    ],
)
def test_each_call_is_taken_as_its_person_does_and_logged(
    tmp_path: Path, number: str, persona: str, answered: bool, rejected: bool
) -> None:
    journal = tmp_path / "calls.jsonl"
    leg = _serve(number, journal, _wait)
    assert (leg.answered, leg.rejected) == (answered, rejected)
    assert _lines(journal) == [
        {
            "number": number,
            "persona": persona,
            "at": _NOW.isoformat(),
            "answered": answered,
            "heard": [],
            "spoken": [],
            "said": {},
        }
    ]


def test_the_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    journal = tmp_path / "calls.jsonl"
    _serve("13800000008", journal, _wait)
    assert journal.stat().st_mode & 0o777 == 0o600


def test_a_caller_who_gives_up_before_the_answer_is_not_answered(tmp_path: Path) -> None:
    async def give_up(leg: _Leg) -> None:
        await asyncio.sleep(0.3)
        leg.end(487)
        await asyncio.sleep(3)

    leg = _serve("13800000001", tmp_path / "calls.jsonl", give_up)
    assert not leg.answered


def test_draining_hangs_up_who_stays(tmp_path: Path) -> None:
    async def stay(leg: _Leg) -> None:
        await asyncio.sleep(2)

    leg = _serve("13800000001", tmp_path / "calls.jsonl", stay)
    assert leg.events.ended is not None
