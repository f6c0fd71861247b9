"""Who asks for a human is connected where one is at work, and told so where none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from campaigns.calendar import Calendar
from campaigns.calling_hours import STANDARD
from campaigns.questionnaire.model import CampaignKind, Question, Questionnaire, QuestionType
from campaigns.schedule import Schedule
from campaigns.script import Script
from campaigns.transfers.agents_hours import AgentsHours
from dialogs.conversation import State, Turn, converse
from dialogs.phrases import STANDARD as PHRASES
from dialogs.ports import (
    AnswerGiven,
    ConversationOutcome,
    HangUp,
    Heard,
    Listen,
    NotTransferred,
    Reply,
    Say,
    Transfer,
    TurnInput,
)
from dialogs.prompts import segments_of
from dialogs.wire import message_of, read_reply, reply_document, request_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEN = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
LUNCH = TEN.replace(hour=13)
OFFICE = AgentsHours(Schedule(STANDARD, SHANGHAI, Calendar()))
SCRIPT = Script(
    Questionnaire(
        id="callback",
        title="回访",
        kind=CampaignKind.SATISFACTION,
        opening="您好，本通话由人工智能合成语音播报，通话将被录音。",
        closing="再见。",
        identity="我是智能语音助手。",
        questions=(Question("grade", QuestionType.SATISFACTION, "请问您满意吗？"),),
    ),
    {},
)
HUMAN = Heard("我要转人工", ("wo", "yao", "zhuan", "ren", "gong"), 0.9, 3.0, 4.0)


def led(
    *inputs: TurnInput, agents: AgentsHours | None, now: datetime = TEN
) -> tuple[State, list[Reply]]:
    """Lead a conversation; return its state and the replies."""
    script = replace(SCRIPT, agents=agents)
    state, reply = converse(script, None, Turn(0, None, (), now))
    replies = [reply]
    for number, heard in enumerate(inputs, start=1):
        state, reply = converse(script, state, Turn(number, heard, (), now))
        replies.append(reply)
    return state, replies


def text_of(reply: Reply) -> str:
    return "".join(part for step in reply.steps if isinstance(step, Say) for part in step.segments)


def test_agents_at_work_are_connected() -> None:
    state, replies = led(HUMAN, agents=OFFICE)
    assert text_of(replies[-1]) == PHRASES["connecting"]
    transfer = replies[-1].steps[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.connect, transfer.words) == (True, "我要转人工")
    assert "".join(transfer.comfort) == PHRASES["connecting_wait"]
    assert not state.done


@pytest.mark.parametrize(
    ("agents", "now"),
    [(None, TEN), (OFFICE, LUNCH), (OFFICE, TEN.replace(month=5, day=1))],
    ids=["no agents", "lunch break", "holiday"],
)
def test_nobody_at_work_is_said_so(agents: AgentsHours | None, now: datetime) -> None:
    state, replies = led(HUMAN, agents=agents, now=now)
    assert text_of(replies[-1]) == PHRASES["human"]
    assert replies[-1].steps[-1] == Transfer("transfer_human", "我要转人工")
    assert state.done


def test_simulated_agents_are_always_at_work() -> None:
    assert AgentsHours().at_work(datetime(2026, 1, 1, tzinfo=UTC))


def test_when_nobody_takes_the_call_the_bot_apologises_and_ends() -> None:
    state, replies = led(HUMAN, NotTransferred("failed"), agents=OFFICE)
    assert text_of(replies[-1]) == PHRASES["not_connected"]
    assert replies[-1].steps[-1] == HangUp(ConversationOutcome.HUMAN_REQUESTED)
    assert (state.done, replies[-1].intent) == (True, "not_transferred")


def test_answers_given_before_are_kept() -> None:
    good = Heard("满意", ("man", "yi"), 0.95, 1.0, 2.0)
    script = replace(
        SCRIPT,
        questionnaire=replace(
            SCRIPT.questionnaire,
            questions=(
                *SCRIPT.questionnaire.questions,
                Question("more", QuestionType.YES_NO, "还有别的问题吗？"),
            ),
        ),
        agents=OFFICE,
    )
    state, _ = converse(script, None, Turn(0, None, (), TEN))
    state, first = converse(script, state, Turn(1, good, (), TEN))
    state, _ = converse(script, state, Turn(2, HUMAN, (), TEN))
    assert any(isinstance(step, AnswerGiven) and step.value == 4 for step in first.steps)
    assert isinstance(first.steps[-1], Listen)
    assert state.answers["grade"] == 4


def test_it_goes_over_the_wire_and_every_word_is_rendered_before() -> None:
    _, replies = led(HUMAN, agents=OFFICE)
    custom = [{"custom": reply_document(replies[-1], 1)}]
    assert read_reply(custom, 1) == replies[-1]
    told = NotTransferred("failed")
    assert message_of(told) == "/no_input"
    heard = request_of(UUID(int=1), 2, told)["metadata"]["heard"]
    assert heard == {"reason": "failed", "kind": "not_transferred"}
    ready = "".join(segments_of(SCRIPT.questionnaire, {}))
    for key in ("connecting", "connecting_wait", "not_connected"):
        assert PHRASES[key] in ready
