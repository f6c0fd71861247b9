"""A campaign's life as stored: approval, schedule, expiry, edits, copies, history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from campaigns.attempt import AttemptResult, NotPlaced, PlannedAttempt
from campaigns.caller_ids import CallerIds
from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_approval import CampaignApproval
from campaigns.campaign_book import CampaignBook
from campaigns.campaign_editing import CampaignEditing
from campaigns.disposition import Disposition
from campaigns.errors import Conflict, InvalidInput
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.upkeep import Upkeep
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, MAKER, draft, running_campaign


class Office:
    """Campaigns on a carrier's trunk, and those who look after them."""

    def __init__(self, database: Database, vault: Vault, clock: FakeClock) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.book = CampaignBook(database, vault, clock)
        self.approval = CampaignApproval(database, clock)
        self.editing = CampaignEditing(database, clock)
        self.queue = PostgresQueue(database, vault, clock)
        self.upkeep = Upkeep(database, clock)

    async def draft(self, **wishes: Any) -> Campaign:
        await Trunks(self.database, self.vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
        return await draft(self.database, self.vault, self.clock, **{"trunk": "carrier", **wishes})

    async def running(self, **wishes: Any) -> Campaign:
        await Trunks(self.database, self.vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
        wishes = {"trunk": "carrier", **wishes}
        return await running_campaign(self.database, self.vault, self.clock, **wishes)

    async def state(self, campaign: Campaign) -> CampaignState:
        return (await self.book.get(campaign.id)).state


@pytest.fixture
def office(database: Database, vault: Vault, clock: FakeClock) -> Office:
    return Office(database, vault, clock)


async def test_a_second_person_is_needed(office: Office) -> None:
    campaign = await office.draft()
    with pytest.raises(Conflict, match="second person"):
        await office.book.launch(campaign.id, MAKER)
    with pytest.raises(Conflict, match="does not take"):
        await office.approval.approve(campaign.id, "li")
    ready = await office.approval.check(campaign.id, MAKER)
    assert (ready.contacts, ready.do_not_call, ready.elsewhere) == (3, 0, 0)
    with pytest.raises(Conflict, match="second person"):
        await office.book.launch(campaign.id, "li")
    with pytest.raises(Conflict, match="second person"):
        await office.approval.approve(campaign.id, MAKER)
    assert (await office.approval.approve(campaign.id, "li")).approved_by == "li"
    assert (await office.book.launch(campaign.id, MAKER)).state is CampaignState.PREPARING
    steps = await office.editing.history(campaign.id)
    assert [(step.event, step.by) for step in steps] == [
        ("create", MAKER), ("check", MAKER), ("approve", "li"), ("launch", MAKER),
    ]  # fmt: skip


async def test_who_edits_cannot_approve_and_an_edit_takes_the_approval_back(
    office: Office,
) -> None:
    campaign = await office.draft()
    await office.approval.check(campaign.id, MAKER)
    await office.approval.approve(campaign.id, "li")
    edited = await office.editing.edit(campaign.id, {"max_attempts": 5}, "zhao")
    assert (edited.state, edited.approved_by) == (CampaignState.DRAFT, "")
    await office.approval.check(campaign.id, "zhao")
    with pytest.raises(Conflict, match="second person"):
        await office.approval.approve(campaign.id, "Zhao")
    with pytest.raises(InvalidInput):
        await office.approval.send_back(campaign.id, "li", " ")
    assert (await office.approval.send_back(campaign.id, "li", "五次太多")).state == "draft"
    step = (await office.editing.history(campaign.id))[-1]
    assert (step.by, step.reason, step.to_state) == ("li", "五次太多", "draft")


async def test_what_is_missing_is_named_and_the_campaign_stays_a_draft(office: Office) -> None:
    campaign = await office.draft(not_after=office.clock.now())
    await CallerIds(office.database).suspend(CALLER)
    with pytest.raises(InvalidInput) as caught:
        await office.approval.check(campaign.id, MAKER)
    assert len(caught.value.problems) == 2
    assert await office.state(campaign) is CampaignState.DRAFT


async def test_a_single_operator_and_a_rehearsal_need_nobody(office: Office) -> None:
    rehearsal = await office.draft(trunk="rehearsal")
    await office.book.launch(rehearsal.id, MAKER)
    steps = [step.event for step in await office.editing.history(rehearsal.id)]
    assert steps == ["create", "check", "approve", "launch"]
    campaign = await office.draft()
    alone = CampaignBook(office.database, office.vault, office.clock, second_person=False)
    assert "single operator" in (await alone.launch(campaign.id, MAKER)).approved_by


async def test_a_rehearsal_whose_trunk_becomes_real_rings_nobody(office: Office) -> None:
    campaign = await office.running(trunk="rehearsal", contacts=1)
    async with office.database.transaction() as session:
        await session.execute(text("UPDATE campaigns SET approved_by = ''"))  # as launched alone
    await Trunks(office.database, office.vault).put(Trunk("rehearsal", "192.0.2.1", 5060, 10))
    (lease,) = await office.queue.lease("worker", 1)
    answer = await office.queue.start_attempt(lease)
    assert isinstance(answer, NotPlaced)
    assert answer.rule == "approval"
    assert await office.state(campaign) is CampaignState.PAUSED


async def test_a_campaign_waits_for_its_day_and_ends_with_its_window(office: Office) -> None:
    day = timedelta(days=1)
    begin, end = office.clock.now() + day, office.clock.now() + 2 * day
    campaign = await office.running(not_before=begin, not_after=end)
    assert campaign.state is CampaignState.SCHEDULED
    await office.upkeep.run()
    assert await office.queue.lease("worker", 9) == []
    office.clock.at = begin
    assert (await office.upkeep.run()).started == 1
    (lease,) = await office.queue.lease("worker", 1)
    attempt = await office.queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    office.clock.at = end
    await office.queue.renew([lease])
    report = await office.upkeep.run()
    assert (report.expired, report.finished) == (1, 0)
    assert await office.state(campaign) is CampaignState.FINISHING
    assert (await office.book.status(campaign.id)).outcomes == {"campaign_over": 2}
    later = end + day
    result = AttemptResult(Disposition.CALL_LATER, end, call_later_at=later)
    await office.queue.finish(attempt, result)
    assert (await office.upkeep.run()).finished == 1
    ended = await office.book.get(campaign.id)
    assert ended.state is CampaignState.FINISHED
    assert "window ended" in (ended.failure or "")
    assert (await office.book.status(campaign.id)).tasks == {"finished": 3}


async def test_the_owner_may_wind_up(office: Office) -> None:
    campaign = await office.running()
    assert (await office.book.wind_up(campaign.id, MAKER, "够了")).state == "finishing"
    assert await office.queue.lease("worker", 9) == []
    await office.upkeep.run()
    assert await office.state(campaign) is CampaignState.FINISHED


async def test_a_promise_outlives_an_edit(office: Office) -> None:
    campaign = await office.running(contacts=1)
    (lease,) = await office.queue.lease("worker", 1)
    attempt = await office.queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    later = office.clock.now() + timedelta(hours=5)  # 15:00
    await office.queue.finish(
        attempt, AttemptResult(Disposition.CALL_LATER, office.clock.now(), call_later_at=later)
    )
    morning = {"windows": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "12:00"}]}
    with pytest.raises(Conflict, match="1 people were promised"):
        await office.editing.edit(campaign.id, {"calling_hours": morning}, MAKER)
    with pytest.raises(Conflict, match="1 people were promised"):
        await office.editing.edit(campaign.id, {"not_after": later}, MAKER)
    with pytest.raises(Conflict, match="trunk cannot be changed while the campaign is running"):
        await office.editing.edit(campaign.id, {"trunk": "rehearsal"}, MAKER)
    kept = await office.editing.edit(
        campaign.id, {"not_after": later + timedelta(minutes=30), "name": "新"}, MAKER
    )
    assert (kept.name, kept.state) == ("新", CampaignState.RUNNING)
    step = (await office.editing.history(campaign.id))[-1]
    assert step.changes["name"] == ["回访", "新"]


async def test_a_copy_is_a_draft_with_the_same_settings(office: Office) -> None:
    campaign = await office.running(max_attempts=7, ring_timeout_s=20)
    copied = await office.editing.copy(campaign.id, "再来", "li")
    assert (copied.state, copied.created_by, copied.approved_by) == ("draft", "li", "")
    assert (copied.max_attempts, copied.ring_timeout_s) == (7, 20)
    assert copied.contact_list_id == campaign.contact_list_id
    assert (await office.book.status(copied.id)).tasks == {}
    with pytest.raises(InvalidInput):
        await office.editing.copy(campaign.id, " ", "li")


async def test_a_stop_by_itself_is_in_the_history(office: Office) -> None:
    campaign = await office.running(contacts=1)
    await CallerIds(office.database).suspend(CALLER)
    (lease,) = await office.queue.lease("worker", 1)
    await office.queue.start_attempt(lease)
    step = (await office.editing.history(campaign.id))[-1]
    assert (step.by, step.event, step.to_state) == ("service", "fail", "paused")
    async with office.database.transaction() as session:
        written = await session.scalar(text("SELECT count(*) FROM campaign_history"))
    assert written == 7
