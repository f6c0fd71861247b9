"""The adapter to Rasa's REST channel: retries, time-outs, answers that are none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest

from dialogs.ports import ConversationOutcome as Outcome
from dialogs.ports import DialogueError, HangUp, Heard, Keyed, Listen, NoInput, Reply, Say
from dialogs.rasa_engine import RasaEngine
from dialogs.wire import TurnMetadata, message_of, reply_document

REPLY = Reply((Say(("您好。",), barge_in=False), Listen("solved", ("是的",))), "greet")
END = Reply((Say(("再见。",)), HangUp(Outcome.COMPLETED)))

Answers = Callable[[httpx.Request], httpx.Response]


def engine(*answers: Answers) -> tuple[RasaEngine, list[dict[str, object]]]:
    """An engine whose Rasa gives these answers, and the requests it sent."""
    sent: list[dict[str, object]] = []
    waiting = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/webhooks/rest/webhook"
        sent.append(json.loads(request.content))
        return waiting.pop(0)(request)

    transport = httpx.MockTransport(handle)
    return RasaEngine("http://rasa", transport=transport, retry_after_s=0.0), sent


def answer(reply: Reply, turn: int) -> Answers:
    return lambda _: httpx.Response(200, json=[{"custom": reply_document(reply, turn)}])


def nothing(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=[])


def late(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too late", request=request)


async def test_replies_come_back_as_they_were_given() -> None:
    rasa, sent = engine(answer(REPLY, 0), answer(END, 1))
    attempt = uuid4()
    async with rasa:
        assert await rasa.start(attempt) == REPLY
        assert await rasa.turn(attempt, 1, Heard("满意", ("man", "yi"), 0.9, 1.0, 2.0)) == END
    assert [each["message"] for each in sent] == ["/start_call", "man yi"]
    assert {each["sender"] for each in sent} == {str(attempt)}


async def test_the_metadata_carries_what_was_heard() -> None:
    rasa, sent = engine(answer(REPLY, 3))
    heard = Heard("不满意", ("bu", "man", "yi"), 0.8, 1.5, 2.5)
    attempt = uuid4()
    async with rasa:
        await rasa.turn(attempt, 3, heard)
    metadata = TurnMetadata.model_validate(sent[0]["metadata"])
    assert metadata == TurnMetadata(attempt_id=attempt, turn=3, heard=heard)


@pytest.mark.parametrize(
    "failure",
    [
        nothing,
        late,
        answer(REPLY, 1),
        lambda _: httpx.Response(503),
        lambda _: httpx.Response(200, json=[{"text": "hello"}]),
        lambda _: httpx.Response(200, json=[{"custom": {"turn": 2, "reply": {"steps": "x"}}}]),
        lambda _: httpx.Response(200, json={"status": "failure"}),
        lambda _: httpx.Response(200, text="<html>"),
    ],
)
async def test_one_retry_asks_the_same_turn_again(failure: Answers) -> None:
    rasa, sent = engine(failure, answer(REPLY, 2))
    async with rasa:
        assert await rasa.turn(uuid4(), 2, NoInput()) == REPLY
    assert sent[0] == sent[1]

    rasa, sent = engine(failure, failure)
    async with rasa:
        with pytest.raises(DialogueError, match="turn 2") as raised:
            await rasa.turn(uuid4(), 2, NoInput())
    assert raised.value.retryable
    assert len(sent) == 2


async def test_the_retry_waits_a_moment_and_has_more_patience() -> None:
    timeouts: list[float] = []
    moments: list[float] = []

    def handle(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"]["read"])
        moments.append(asyncio.get_running_loop().time())
        raise httpx.ConnectError("refused", request=request)

    transport = httpx.MockTransport(handle)
    async with RasaEngine("http://rasa", transport=transport, retry_after_s=0.05) as rasa:
        with pytest.raises(DialogueError):
            await rasa.start(uuid4())
    assert timeouts == [0.8, 3.0]
    assert moments[1] - moments[0] >= 0.05


@pytest.mark.parametrize(
    ("heard", "message"),
    [
        (Heard("满意", ("man", "yi"), 1, 0, 1), "man yi"),
        (Heard("满意", (), 1, 0, 1), "满意"),
        (Heard("/restart", (), 1, 0, 1), "restart"),
        (Heard("/", (), 1, 0, 1), "…"),
        (Heard("", (), 1, 0, 1), "…"),
        (Keyed("5"), "/dtmf"),
        (NoInput(), "/no_input"),
    ],
)
def test_no_words_can_pass_for_a_command(heard: Heard | Keyed | NoInput, message: str) -> None:
    assert message_of(heard) == message


@pytest.mark.parametrize("heard", [Keyed("12"), NoInput(), Heard("好", ("hao",), 0.5, 1, 2), None])
def test_metadata_survives_json(heard: Heard | Keyed | NoInput | None) -> None:
    metadata = TurnMetadata(attempt_id=UUID(int=1), turn=1, heard=heard)
    assert TurnMetadata.model_validate(metadata.model_dump(mode="json")) == metadata
