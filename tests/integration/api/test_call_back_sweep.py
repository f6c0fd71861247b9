"""Call-backs that start by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from api.jobs.queue import RENDER_PROMPTS
from api.planner.call_back_sweep import CallBackPlan, CallBackSweep
from api.use_cases import UseCases
from campaigns.attempt import NotPlaced, PlannedAttempt
from campaigns.call_backs.inbound_record import InboundRecord
from campaigns.campaign import CampaignState
from campaigns.errors import Conflict, NotFound
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.tables import DoNotCallRow, TaskRow
from campaigns.trunk import Trunk
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.integration.api.conftest import EXAMPLES, queued_tasks

CALLER = "077112366"
PLAN = CallBackPlan("lost-call-callback", CALLER, "real")


@pytest.fixture
async def sweep(use_cases: UseCases, clock: FakeClock) -> CallBackSweep:
    await use_cases.caller_ids.add(
        CALLER,
        "南宁税务",
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        valid_to=datetime(2099, 1, 1, tzinfo=UTC),
    )
    await use_cases.caller_ids.verify(CALLER)
    await use_cases.trunks.put(Trunk("real", "192.0.2.1", 5060, max_calls=5))
    text = (EXAMPLES / "call_back.yaml").read_text(encoding="utf-8")
    await use_cases.questionnaires.add(text)
    return CallBackSweep(use_cases, PLAN, clock)


async def lose(use_cases: UseCases, clock: FakeClock, number: str) -> None:
    start = clock.now() - timedelta(minutes=5)
    end = start + timedelta(minutes=1)
    call = InboundRecord("acd", f"{number} {start}", number, transferred_at=start, ended_at=end)
    assert (await use_cases.inbound_calls.add([call])).added == 1


async def test_whoever_is_due_is_called_once(
    sweep: CallBackSweep,
    use_cases: UseCases,
    clock: FakeClock,
    database: Database,
    vault: Vault,
    database_url: str,
) -> None:
    assert await sweep.run() is None
    await lose(use_cases, clock, "13800138000")
    first = await sweep.run()
    assert first is not None
    assert await sweep.run() is None, "the call is planned already"
    assert RENDER_PROMPTS in await queued_tasks(database_url)
    await lose(use_cases, clock, "13800138001")
    second = await sweep.run()
    assert second not in (None, first)

    campaign = await use_cases.campaigns.get(first)
    assert campaign.state is CampaignState.PREPARING
    assert campaign.not_after == datetime(2026, 3, 2, 16, tzinfo=UTC), "midnight in Nanning"
    await use_cases.campaigns.ready(first)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("worker", 5)
    assert isinstance(await queue.start_attempt(lease), PlannedAttempt)
    day = await use_cases.call_backs.day(clock.now().date())
    assert (day.called_back, day.owed) == (1, 2)


async def test_nobody_is_called_back_on_the_next_day(
    sweep: CallBackSweep, use_cases: UseCases, clock: FakeClock, database: Database, vault: Vault
) -> None:
    await lose(use_cases, clock, "13800138000")
    launched = await sweep.run()
    assert launched is not None
    await use_cases.campaigns.ready(launched)
    clock.advance(24 * 3600)
    queue = PostgresQueue(database, vault, clock)
    for lease in await queue.lease("worker", 5):
        found = await queue.start_attempt(lease)
        assert isinstance(found, NotPlaced)
        assert found.rule == "campaign_window"
    assert await sweep.run() is None
    await lose(use_cases, clock, "13800138000")
    assert await sweep.run() is not None, "lost again, owed again"


async def test_who_must_not_be_called_is_tried_once(
    sweep: CallBackSweep, use_cases: UseCases, clock: FakeClock, database: Database, vault: Vault
) -> None:
    await lose(use_cases, clock, "13800138000")
    async with database.transaction() as session:
        index = vault.index("8613800138000")
        session.add(DoNotCallRow(number_index=index, reason="opt_out"))
    launched = await sweep.run()
    assert launched is not None
    await use_cases.campaigns.ready(launched)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("worker", 5)
    assert isinstance(await queue.start_attempt(lease), NotPlaced)
    assert await sweep.run() is None
    clock.advance(600)
    await lose(use_cases, clock, "13800138000")
    assert await sweep.run() is not None, "lost again"


async def test_a_fault_of_our_own_line_is_tried_again(
    sweep: CallBackSweep, use_cases: UseCases, clock: FakeClock, database: Database, vault: Vault
) -> None:
    await lose(use_cases, clock, "13800138000")
    launched = await sweep.run()
    assert launched is not None
    async with database.transaction() as session:
        await session.execute(update(TaskRow).values(state="finished", disposition="congestion"))
    assert await sweep.run() not in (None, launched)


async def test_a_plan_that_cannot_be_used_makes_nothing(
    sweep: CallBackSweep, use_cases: UseCases, clock: FakeClock
) -> None:
    await lose(use_cases, clock, "13800138000")
    for wrong, message in (
        (replace(PLAN, trunk="none"), "no trunk none"),
        (replace(PLAN, questionnaire="none"), "examples/call_back.yaml"),
        (replace(PLAN, caller_number="0771999"), "not registered"),
    ):
        with pytest.raises(NotFound, match=message):
            await CallBackSweep(use_cases, wrong, clock).run()
    await use_cases.caller_ids.suspend(CALLER)
    with pytest.raises(Conflict, match="not verified"):
        await sweep.run()
    assert await use_cases.contacts.list() == ()
    assert await use_cases.campaigns.list() == ()
