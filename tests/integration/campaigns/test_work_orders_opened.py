"""Work orders open by themselves, in the transaction that commits what calls for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns.answer import Answer, Utterance
from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.disposition import Disposition
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.store.upkeep import Upkeep
from campaigns.store.work_order_tables import WorkOrderEntryRow, WorkOrderRow
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign


def grade(value: int, words: str, at_s: float = 7.0) -> Answer:
    return Answer("satisfaction", value, words, 0.9, "speech", at_s, at_s + 1)


def said(text: str, intent: str | None, speaker: str = "person") -> Utterance:
    return Utterance(speaker, text, (), 3.0, 4.0, 0.8, intent)  # type: ignore[arg-type]


async def orders(database: Database) -> list[WorkOrderRow]:
    async with database.transaction() as session:
        return list(await session.scalars(select(WorkOrderRow).order_by(WorkOrderRow.id)))


async def kinds(database: Database) -> list[str]:
    async with database.transaction() as session:
        rows = await session.scalars(select(WorkOrderEntryRow).order_by(WorkOrderEntryRow.id))
        return [row.kind for row in rows]


@pytest.fixture
def record(database: Database, clock: FakeClock) -> PostgresRecord:
    return PostgresRecord(database, clock)


@pytest.fixture
def queue(database: Database, vault: Vault, clock: FakeClock) -> PostgresQueue:
    return PostgresQueue(database, vault, clock)


@pytest.fixture
async def attempt(
    database: Database, vault: Vault, clock: FakeClock, queue: PostgresQueue
) -> PlannedAttempt:
    await running_campaign(database, vault, clock, contacts=1)
    (lease,) = await queue.lease("worker", 1)
    attempt = await queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    return attempt


async def test_a_bad_answer_opens_one_however_often_it_is_told(
    attempt: PlannedAttempt, record: PostgresRecord, database: Database, clock: FakeClock
) -> None:
    await record.answer(attempt.id, grade(2, "不满意"))
    await record.answer(attempt.id, grade(2, "不满意"))
    await record.answer(attempt.id, grade(1, "非常不满意", 12.0))
    (order,) = await orders(database)
    assert (order.reason, order.category, order.state) == ("dissatisfied", "dissatisfied", "open")
    assert (order.matter, order.number_masked) == ("不满意", "138****0000")
    assert order.attempt_id == attempt.id
    assert order.opened_at == clock.now()
    assert order.due_at.isoformat() == "2026-03-09T15:59:59+00:00"
    assert await kinds(database) == ["opened"]


async def test_a_good_answer_opens_none(
    attempt: PlannedAttempt, record: PostgresRecord, database: Database
) -> None:
    await record.answer(attempt.id, Answer("solved", True, "解决了", 0.9, "speech", 1.0, 2.0))
    await record.answer(attempt.id, grade(3, "基本满意"))
    assert await orders(database) == []


async def test_a_correction_withdraws_it_and_another_brings_it_back(
    attempt: PlannedAttempt, record: PostgresRecord, database: Database
) -> None:
    await record.answer(attempt.id, grade(2, "不满意"))
    await record.answer(attempt.id, grade(4, "说错了，满意", 12.0))
    (order,) = await orders(database)
    assert order.state == "cancelled"
    await record.answer(attempt.id, grade(1, "还是不满意", 20.0))
    (order,) = await orders(database)
    assert order.state == "reopened"
    assert await kinds(database) == ["opened", "withdrawn", "reopen"]


async def test_a_complaint_opens_one_beside_it(
    attempt: PlannedAttempt, record: PostgresRecord, database: Database
) -> None:
    await record.utterance(attempt.id, said("我要投诉你们", "complaint"))
    await record.utterance(attempt.id, said("我要投诉你们", "complaint"))
    await record.utterance(attempt.id, said("我要投诉你们", "complaint", speaker="bot"))
    await record.answer(attempt.id, grade(2, "不满意"))
    found = await orders(database)
    assert [(each.reason, each.priority) for each in found] == [
        ("complaint", "high"),
        ("dissatisfied", "normal"),
    ]
    assert found[0].matter == "我要投诉你们"


@pytest.mark.parametrize(
    ("disposition", "evidence", "reasons"),
    [
        (Disposition.HUMAN_REQUESTED, {}, ["human_wish"]),
        (Disposition.HUMAN_REQUESTED, {"transfer": {"state": "failed"}}, ["failed_transfer"]),
        (Disposition.TRANSFERRED, {"transfer": {"state": "ended"}}, []),
        (Disposition.COMPLETED, {}, []),
    ],
)
async def test_the_end_of_a_call_opens_one_once(
    attempt: PlannedAttempt,
    queue: PostgresQueue,
    database: Database,
    clock: FakeClock,
    disposition: Disposition,
    evidence: dict[str, object],
    reasons: list[str],
) -> None:
    result = AttemptResult(disposition, clock.now(), evidence=evidence)
    await queue.finish(attempt, result)
    await queue.finish(attempt, result)
    assert [each.reason for each in await orders(database)] == reasons


async def test_a_wish_for_a_human_survives_the_crash_of_its_call(
    attempt: PlannedAttempt, record: PostgresRecord, database: Database, clock: FakeClock
) -> None:
    said: dict[str, object] = {"reason": "transfer_human", "words": "我要转人工"}
    await record.event(attempt.id, "human_requested", clock.now(), said)
    clock.advance(timedelta(minutes=5).total_seconds())
    await Upkeep(database, clock).run()
    (order,) = await orders(database)
    assert (order.reason, order.matter) == ("human_wish", "我要转人工")
