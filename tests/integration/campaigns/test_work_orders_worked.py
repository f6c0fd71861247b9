"""Work orders as people work on them: owners, results, reminders, follow-up calls and figures."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from campaigns.answer import Answer
from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.campaign import NewCampaign
from campaigns.campaign_approval import CampaignApproval
from campaigns.campaign_book import CampaignBook
from campaigns.consent import ConsentBasis
from campaigns.contacts import Contacts
from campaigns.disposition import Disposition
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.indicators.month import Month
from campaigns.questionnaires import Questionnaires
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.store.scripts import Scripts
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from campaigns.work_orders.figures import WorkOrderFigures
from campaigns.work_orders.follow_up import FollowUps
from campaigns.work_orders.nudge import Nudge
from campaigns.work_orders.nudging import Nudging
from campaigns.work_orders.selection import Selection
from campaigns.work_orders.state import WorkOrderEvent, WorkOrderState
from campaigns.work_orders.work_order import Category, Priority, Reason
from campaigns.work_orders.work_orders import WorkOrders
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, CONSENT, MAKER, QUESTIONNAIRE, running_campaign

FOLLOW_UP = QUESTIONNAIRE.replace("id: survey", "id: after").replace(
    "kind: satisfaction", "kind: follow_up"
)
REHEARSED = Selection(rehearsal=True)
_GIVEN = text("SELECT max(created_at) AT TIME ZONE 'Asia/Shanghai' FROM answers")


class Office:
    """Calls on a trunk, and the orders they open."""

    def __init__(self, database: Database, vault: Vault, clock: FakeClock) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.orders = WorkOrders(database, clock)
        self.queue = PostgresQueue(database, vault, clock)
        self.book = CampaignBook(database, vault, clock)
        self.follow_ups = FollowUps(database, vault, self.book, clock)
        self.figures = WorkOrderFigures(database)

    async def dial(self, count: int) -> list[PlannedAttempt]:
        found = []
        for lease in await self.queue.lease("worker", count):
            attempt = await self.queue.start_attempt(lease)
            assert isinstance(attempt, PlannedAttempt), attempt
            found.append(attempt)
        return found

    async def finish(self, attempt: PlannedAttempt, disposition: Disposition) -> None:
        await self.queue.finish(attempt, AttemptResult(disposition, self.clock.now()))

    async def grade(self, attempt: PlannedAttempt, value: int) -> None:
        record = PostgresRecord(self.database, self.clock)
        answer = Answer("satisfaction", value, "就是慢", 0.9, "speech", 1.0, 2.0)
        await record.answer(attempt.id, answer)
        await self.finish(attempt, Disposition.COMPLETED)


@pytest.fixture
async def office(database: Database, vault: Vault, clock: FakeClock) -> Office:
    return Office(database, vault, clock)


@pytest.fixture
async def rehearsed(office: Office) -> list[int]:
    """The ids of three orders of a rehearsal."""
    await running_campaign(office.database, office.vault, office.clock, contacts=3)
    for attempt in await office.dial(3):
        await office.grade(attempt, 1)
    page = await office.orders.list(REHEARSED)
    return [order.id for order in page.items]


async def real_calls(office: Office, count: int) -> list[PlannedAttempt]:
    await Trunks(office.database, office.vault).put(Trunk("line", "192.0.2.1", 5060, count))
    wishes = {"contacts": count, "trunk": "line"}
    await running_campaign(office.database, office.vault, office.clock, **wishes)
    return await office.dial(count)


async def test_the_life_of_an_order(office: Office, rehearsed: list[int]) -> None:
    orders, number = office.orders, rehearsed[0]
    assert (await orders.assign(number, "李四", by="主管")).state is WorkOrderState.ASSIGNED
    with pytest.raises(InvalidInput, match="hands it over"):
        await orders.assign(number, "王五", by="李四")
    taken = await orders.assign(number, "王五", by="李四", reason="休假")
    assert taken.owner == "王五"
    assert (await orders.start(number, by="王五")).state is WorkOrderState.IN_PROGRESS
    await orders.move(number, WorkOrderEvent.WAIT, "等纳税人回电", by="王五")
    await orders.note(number, "已电话联系", by="王五")
    await orders.remind(number, "请尽快办理", by="主管")
    with pytest.raises(InvalidInput, match="a result is missing"):
        await orders.finish(number, WorkOrderEvent.CLOSE, " ", by="王五")
    done = await orders.finish(number, WorkOrderEvent.RESOLVE, "已回复纳税人", by="王五")
    assert (done.in_time, done.done_at) == (True, office.clock.now())
    closed = await orders.finish(number, WorkOrderEvent.CLOSE, "", by="主管")
    assert (closed.state, closed.result) == (WorkOrderState.CLOSED, "已回复纳税人")
    reopened = await orders.move(number, WorkOrderEvent.REOPEN, "纳税人说没有回复", by="主管")
    assert (reopened.result, reopened.done_at, reopened.in_time) == ("", None, None)
    file = await orders.get(number)
    assert [(each.kind, each.by) for each in file.history] == [
        ("opened", "service"),
        ("assign", "主管"),
        ("assign", "李四"),
        ("start", "王五"),
        ("wait", "王五"),
        ("note", "王五"),
        ("reminder", "主管"),
        ("resolve", "王五"),
        ("close", "主管"),
        ("reopen", "主管"),
    ]
    assert file.history[2].data == {"from": "李四", "to": "王五"}


async def test_one_is_opened_by_hand_for_a_call_once(office: Office) -> None:
    (attempt,) = await real_calls(office, 1)
    opened = await office.orders.open(
        attempt.id, Category.TAX_REPORT, Priority.URGENT, "举报线索", by="主管"
    )
    assert (opened.reason, opened.category, opened.matter) == (
        Reason.MANUAL,
        Category.TAX_REPORT,
        "举报线索",
    )
    assert [each.by for each in (await office.orders.get(opened.id)).history] == ["主管"]
    with pytest.raises(Conflict, match="by hand"):
        await office.orders.open(attempt.id, Category.OTHER, Priority.NORMAL, "?", by="主管")
    with pytest.raises(NotFound):
        await office.orders.open(UUID(int=7), Category.OTHER, Priority.NORMAL, "?", by="主管")


async def test_what_the_table_forbids_changes_nothing(office: Office, rehearsed: list[int]) -> None:
    orders, number = office.orders, rehearsed[0]
    await orders.finish(number, WorkOrderEvent.CLOSE, "已办", by="甲")
    with pytest.raises(Conflict, match="closed does not take `assign`"):
        await orders.assign(number, "乙", by="甲")
    with pytest.raises(InvalidInput, match="why nothing is to be done is missing"):
        await orders.move(rehearsed[1], WorkOrderEvent.CANCEL, "", by="甲")
    with pytest.raises(NotFound):
        await orders.note(999_999, "?", by="甲")
    file = await orders.get(number)
    assert (file.order.owner, len(file.history)) == ("", 2)


async def test_orders_are_found_by_what_they_are(office: Office, rehearsed: list[int]) -> None:
    orders = office.orders
    await orders.classify(
        rehearsed[1], Category.TAX_REPORT, Priority.URGENT, by="甲", reason="举报线索"
    )
    await orders.start(rehearsed[2], by="乙")
    assert (await orders.list(Selection())).total == 0  # rehearsals apart
    page = await orders.list(REHEARSED, limit=2, offset=1)
    assert ([each.id for each in page.items], page.total) == (rehearsed[1:], 3)

    async def found(**wanted: object) -> list[int]:
        selection = Selection(rehearsal=True, **wanted)  # type: ignore[arg-type]
        return [each.id for each in (await orders.list(selection)).items]

    assert await found(categories=(Category.TAX_REPORT,)) == [rehearsed[1]]
    assert await found(owner="乙") == [rehearsed[2]]
    assert await found(owner="") == rehearsed[:2]
    assert await found(states=(WorkOrderState.IN_PROGRESS,)) == [rehearsed[2]]
    assert await found(reasons=(Reason.COMPLAINT,)) == []
    assert await found(overdue=True) == []
    office.clock.advance(timedelta(days=9).total_seconds())
    assert await found(overdue=True) == rehearsed
    await orders.finish(rehearsed[0], WorkOrderEvent.RESOLVE, "晚了", by="甲")
    assert await found(undone=True) == rehearsed[1:]


async def test_people_are_reminded_and_late_orders_escalated(office: Office) -> None:
    for attempt in await real_calls(office, 2):
        await office.grade(attempt, 2)
    nudging = Nudging(office.database, office.clock)
    assert await nudging.run() == {}
    office.clock.advance(timedelta(days=6, hours=20).total_seconds())
    assert await nudging.run() == {Nudge.REMIND: 2}
    assert await nudging.run() == {}
    first, second = (await office.orders.list(Selection())).items
    await office.orders.finish(first.id, WorkOrderEvent.CLOSE, "已办", by="甲")
    office.clock.advance(timedelta(days=1).total_seconds())
    assert await nudging.run() == {Nudge.ESCALATE: 1}
    late = (await office.orders.get(second.id)).order
    assert (late.escalation, late.priority) == (1, Priority.URGENT)
    office.clock.advance(timedelta(days=30).total_seconds())
    assert [await nudging.run() for _ in range(3)] == [{Nudge.ESCALATE: 1}] * 2 + [{}]


async def test_a_follow_up_campaign_calls_back_and_leaves_its_trace(
    office: Office, rehearsed: list[int]
) -> None:
    script = await Questionnaires(office.database).add(FOLLOW_UP)
    wanted = NewCampaign("差评回访", script.id, UUID(int=0), CALLER, "rehearsal")
    chosen = Selection(ids=tuple(rehearsed[:2]), rehearsal=True)
    campaign = await office.follow_ups.create(chosen, wanted, by="主管")
    await office.book.launch(campaign.id)
    await office.book.ready(campaign.id)
    attempts = await office.dial(5)
    assert len(attempts) == 2
    scripts = [await Scripts(office.database, office.vault).load(each.id) for each in attempts]
    assert {each.variables["work_order"] for each in scripts} == {str(i) for i in rehearsed[:2]}
    assert {each.variables["matter"] for each in scripts} == {"就是慢"}
    assert {each.variables["name"] for each in scripts} <= {"测试0", "测试1", "测试2"}
    for attempt in attempts:
        await office.finish(attempt, Disposition.COMPLETED)
        await office.finish(attempt, Disposition.COMPLETED)
    file = await office.orders.get(rehearsed[0])
    assert [each.kind for each in file.history] == ["opened", "follow_up", "follow_up_call"]
    (call,) = file.follow_ups
    assert (call.campaign_id, call.disposition) == (campaign.id, "completed")
    assert (await office.orders.get(rehearsed[2])).follow_ups == ()


async def test_real_people_are_followed_up_with_approval_and_a_basis(office: Office) -> None:
    (attempt,) = await real_calls(office, 1)
    await office.grade(attempt, 1)
    script = await Questionnaires(office.database).add(FOLLOW_UP)
    wanted = NewCampaign("差评回访", script.id, UUID(int=0), CALLER, "line")
    campaign = await office.follow_ups.create(Selection(), wanted, by="主管")
    listed = await Contacts(office.database, office.vault, office.clock).get(
        campaign.contact_list_id
    )
    assert listed.consent is not None
    assert listed.consent.consent.basis is ConsentBasis.STATUTORY_DUTY
    assert listed.consent.consent.evidence.endswith("work orders 1")
    approval = CampaignApproval(office.database, office.clock)
    await approval.check(campaign.id, by="主管")
    with pytest.raises(Conflict):
        await approval.approve(campaign.id, by="主管")
    await approval.approve(campaign.id, by="科长")
    await office.book.launch(campaign.id)
    await office.book.ready(campaign.id)
    office.clock.advance(timedelta(days=1).total_seconds())
    (call,) = await office.dial(1)
    assert call.number == attempt.number


async def test_who_withdrew_their_consent_is_not_followed_up(office: Office) -> None:
    (attempt,) = await real_calls(office, 1)
    await office.grade(attempt, 1)
    campaign = await office.book.get(attempt.lease.campaign_id)
    contacts = Contacts(office.database, office.vault, office.clock)
    await contacts.withdraw_consent(campaign.contact_list_id, "撤回同意", "主管")
    script = await Questionnaires(office.database).add(FOLLOW_UP)
    wanted = NewCampaign("差评回访", script.id, UUID(int=0), CALLER, "line")
    with pytest.raises(Conflict, match="no work order is selected"):
        await office.follow_ups.create(Selection(), wanted, by="主管")


async def test_the_number_that_was_called_is_kept(office: Office) -> None:
    await Trunks(office.database, office.vault).put(Trunk("line", "192.0.2.1", 5060, 1))
    contacts = Contacts(office.database, office.vault, office.clock)
    person = {"姓名": "张三", "手机": "13800138000", "手机2": "13900139000"}
    listed = await contacts.import_objects("名单", [person], consent=CONSENT, by=MAKER)
    wishes = {"trunk": "line", "contact_list_id": listed.id}
    await running_campaign(office.database, office.vault, office.clock, **wishes)
    (first,) = await office.dial(1)
    await office.finish(first, Disposition.INVALID_NUMBER)
    office.clock.advance(5)
    (second,) = await office.dial(1)
    await office.grade(second, 1)
    (order,) = (await office.orders.list(Selection())).items
    assert (second.number, order.number_masked) == ("8613900139000", "139****9000")


async def test_rehearsals_are_never_followed_up_over_a_real_trunk(
    office: Office, rehearsed: list[int]
) -> None:
    script = await Questionnaires(office.database).add(FOLLOW_UP)
    await Trunks(office.database, office.vault).put(Trunk("line", "192.0.2.1", 5060, 1))
    wanted = NewCampaign("回访", script.id, UUID(int=0), CALLER, "line")
    with pytest.raises(InvalidInput, match="on a rehearsal trunk"):
        await office.follow_ups.create(REHEARSED, wanted, by="主管")
    with pytest.raises(Conflict, match="no work order is selected"):
        await office.follow_ups.create(Selection(ids=(rehearsed[0],)), wanted, by="主管")
    survey = await Questionnaires(office.database).add(QUESTIONNAIRE)
    with pytest.raises(InvalidInput, match="of kind satisfaction"):
        await office.follow_ups.create(
            REHEARSED, NewCampaign("回访", survey.id, UUID(int=0), CALLER, "rehearsal"), by="主管"
        )


async def test_a_month_is_counted_exactly(office: Office, rehearsed: list[int]) -> None:
    march = Month(2026, 3)
    attempts = await real_calls(office, 4)
    for attempt, value in zip(attempts, (1, 2, 2, 4), strict=True):
        await office.grade(attempt, value)
    one, two, three = (await office.orders.list(Selection())).items
    await office.orders.finish(one.id, WorkOrderEvent.CLOSE, "已回复", by="甲")
    await office.orders.classify(
        two.id, Category.COMPLAINT, Priority.HIGH, by="甲", reason="是投诉"
    )
    await office.orders.move(three.id, WorkOrderEvent.CANCEL, "重复", by="甲")
    figures = await office.figures.on_time(march)
    assert (figures.on_time.numerator, figures.on_time.denominator) == (1, 2)
    assert (figures.special.numerator, figures.special.denominator) == (0, 1)
    assert figures.cancelled == 1
    office.clock.advance(timedelta(days=20).total_seconds())
    await office.orders.finish(two.id, WorkOrderEvent.CLOSE, "已回复", by="甲")
    late = await office.figures.on_time(march)
    assert (late.on_time.numerator, late.special.numerator) == (1, 0)
    assert (await office.figures.on_time(Month(2026, 4))).on_time.denominator == 0


async def test_a_cancelled_one_is_a_bad_grade_not_followed_up(office: Office) -> None:
    attempts = await real_calls(office, 3)
    for attempt, value in zip(attempts, (1, 2, 5), strict=True):
        await office.grade(attempt, value)
    one, two = (await office.orders.list(Selection())).items
    await office.orders.finish(one.id, WorkOrderEvent.RESOLVE, "已回复", by="甲")
    await office.orders.move(two.id, WorkOrderEvent.CANCEL, "重复", by="甲")
    async with office.database.transaction() as session:
        given = (await session.execute(_GIVEN)).scalar_one()
    figure = await office.figures.followed_up(Month(given.year, given.month))
    assert (figure.numerator, figure.denominator) == (1, 2)
