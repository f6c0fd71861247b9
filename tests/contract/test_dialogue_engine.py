"""The contract of a dialogue engine, on the fake and on real Rasa."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import UUID, uuid4

import pytest

from campaigns.script import Script
from dialogs.ports import (
    AnswerGiven,
    DialogueEngine,
    DialogueError,
    HangUp,
    Heard,
    Keyed,
    Listen,
    NoInput,
    Reply,
    Say,
)
from dialogs.ports import ConversationOutcome as Outcome
from dialogs.rasa_engine import RasaEngine
from dialogs.understanding.pinyin import syllables_of
from tests.fakes.conversing_engine import ConversingEngine
from tests.fakes.talk import CALLBACK
from tests.peers.rasa import RunningRasa, running_rasa

_FIRST_TURN_S = 5.0


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRasa]:
    with running_rasa(tmp_path_factory.mktemp("rasa")) as running:
        yield running


@pytest.fixture(params=["fake", "rasa"])
def engine_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
async def engine(
    engine_kind: str, attempt: UUID, request: pytest.FixtureRequest
) -> AsyncIterator[DialogueEngine]:
    script = Script(CALLBACK, {"name": "王女士"})
    if engine_kind == "fake":
        yield ConversingEngine({attempt: script})
        return
    running: RunningRasa = request.getfixturevalue("rasa")
    running.scripts.scripts[attempt] = script
    async with RasaEngine(running.url, timeout_s=_FIRST_TURN_S) as engine:
        yield engine


@pytest.fixture
def attempt() -> UUID:
    return uuid4()


def heard(words: str) -> Heard:
    return Heard(words, syllables_of(words), 0.9, 1.0, 2.0)


def answers(reply: Reply) -> list[tuple[str, object]]:
    return [(s.question_id, s.value) for s in reply.steps if isinstance(s, AnswerGiven)]


async def test_a_whole_call(engine: DialogueEngine, attempt: UUID) -> None:
    opening = await engine.start(attempt)
    first = opening.steps[0]
    assert isinstance(first, Say)
    assert first.segments[0] == "王女士您好，"
    assert isinstance(opening.steps[-1], Listen)
    assert answers(await engine.turn(attempt, 1, heard("还没有解决"))) == [("solved", False)]
    assert answers(await engine.turn(attempt, 2, Keyed("2"))) == [("satisfaction", 2)]
    end = await engine.turn(attempt, 3, heard("等的时间太长了"))
    assert answers(end) == [("reason", "等的时间太长了")]
    assert end.steps[-1] == HangUp(Outcome.COMPLETED)


async def test_the_same_turn_gets_the_same_reply(engine: DialogueEngine, attempt: UUID) -> None:
    assert await engine.start(attempt) == await engine.start(attempt)
    first = await engine.turn(attempt, 1, heard("解决了"))
    assert await engine.turn(attempt, 1, heard("解决了")) == first
    second = await engine.turn(attempt, 2, heard("非常满意"))
    assert answers(second) == [("satisfaction", 5)]


async def test_every_reply_ends_with_what_to_do_next(engine: DialogueEngine, attempt: UUID) -> None:
    reply = await engine.start(attempt)
    for number in range(1, 4):
        assert isinstance(reply.steps[-1], Listen)
        reply = await engine.turn(attempt, number, NoInput())
    assert reply.steps[-1] == HangUp(Outcome.NO_RESPONSE)


async def test_an_unknown_call_is_an_error(engine: DialogueEngine) -> None:
    with pytest.raises(DialogueError):
        await engine.start(uuid4())


async def test_calls_do_not_mix(
    engine: DialogueEngine, attempt: UUID, engine_kind: str, request: pytest.FixtureRequest
) -> None:
    other = uuid4()
    script = Script(CALLBACK, {"name": "李先生"})
    if engine_kind == "rasa":
        request.getfixturevalue("rasa").scripts.scripts[other] = script
    else:
        assert isinstance(engine, ConversingEngine)
        engine.add(other, script)
    await engine.start(attempt)
    await engine.turn(attempt, 1, heard("解决了"))
    opening = await engine.start(other)
    first = opening.steps[0]
    assert isinstance(first, Say)
    assert first.segments[0] == "李先生您好，"
    assert answers(await engine.turn(attempt, 2, heard("满意"))) == [("satisfaction", 4)]
