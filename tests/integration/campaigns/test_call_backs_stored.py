"""Inbound calls and call-backs on a real database: from reports to the rate of the day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select

from campaigns.attempt import AttemptResult, NotPlaced, PlannedAttempt
from campaigns.call_backs.call_backs import LOST_AT, CallBacks, spoken_time
from campaigns.call_backs.call_file import read_calls_file
from campaigns.call_backs.inbound_calls import InboundCalls, Reception
from campaigns.call_backs.inbound_record import InboundRecord
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.call_backs.obligation import CallBackState
from campaigns.campaign import NewCampaign
from campaigns.campaign_book import CampaignBook
from campaigns.disposition import Disposition
from campaigns.errors import Conflict, InvalidInput, Problem
from campaigns.questionnaires import Questionnaires
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.inbound_tables import InboundCallRow
from campaigns.store.queue import PostgresQueue
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, MAKER, approved, draft

EXAMPLE = Path(__file__).parents[3] / "examples" / "call_back.yaml"
DAY = date(2026, 3, 2)
TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai, the fake clock's time."""
NUMBER = "13800138000"


@pytest.fixture
def inbound(database: Database, vault: Vault, clock: FakeClock) -> InboundCalls:
    return InboundCalls(database, vault, clock)


@pytest.fixture
def call_backs(database: Database, vault: Vault) -> CallBacks:
    return CallBacks(database, vault)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def lost(name: str = "1", before_ten: float = 30, number: str = NUMBER) -> InboundRecord:
    """A call lost after a minute."""
    start = TEN - minutes(before_ten)
    return InboundRecord(
        "pbx", name, number, transferred_at=start, ended_at=start + minutes(1), row=7
    )


def outcome(found: Reception) -> tuple[int, int, int, int]:
    return found.added, found.corrected, found.unchanged, found.refused


async def stored(database: Database) -> list[InboundCallRow]:
    async with database.transaction() as session:
        return list(await session.scalars(select(InboundCallRow).order_by(InboundCallRow.id)))


async def test_numbers_are_sealed(inbound: InboundCalls, database: Database, vault: Vault) -> None:
    await inbound.add([lost()])
    (row,) = await stored(database)
    assert row.number_sealed is not None
    assert NUMBER.encode() not in row.number_sealed
    assert vault.open(row.number_sealed, rows.NUMBER_PURPOSE) == b"8613800138000"
    assert (row.number_masked, row.number_index) == ("138****8000", vault.index("8613800138000"))


async def test_the_same_records_again_change_nothing(inbound: InboundCalls) -> None:
    records = [lost(str(each), number=f"1380013{each:04}") for each in range(1500)]
    assert outcome(await inbound.add(records)) == (1500, 0, 0, 0)
    assert outcome(await inbound.add(records)) == (0, 0, 1500, 0)
    assert outcome(await inbound.add([records[3], records[3]])) == (0, 0, 2, 0)


async def test_two_imports_at_once_store_each_call_once(
    inbound: InboundCalls, database: Database
) -> None:
    records = [lost(str(each), number=f"1380013{each:04}") for each in range(300)]
    found = await asyncio.gather(inbound.add(records), inbound.add(reversed(records)))
    assert sum(each.added for each in found) == 300
    assert sum(each.unchanged for each in found) == 300
    assert len(await stored(database)) == 300


async def test_the_higher_revision_wins_in_any_order(
    inbound: InboundCalls, call_backs: CallBacks
) -> None:
    first = lost()
    corrected = replace(first, answered_at=first.ended_at, revision=2)
    assert outcome(await inbound.add([corrected])) == (1, 0, 0, 0)
    assert outcome(await inbound.add([first])) == (0, 0, 1, 0)
    assert (await call_backs.day(DAY)).owed == 0
    again = replace(first, revision=3)
    assert outcome(await inbound.add([again])) == (0, 1, 0, 0)
    assert (await call_backs.day(DAY)).owed == 1


async def test_a_call_in_progress_is_completed_by_its_end(
    inbound: InboundCalls, call_backs: CallBacks
) -> None:
    whole = lost()
    begun = replace(whole, ended_at=None)
    assert outcome(await inbound.add([begun])) == (1, 0, 0, 0)
    assert len((await call_backs.day(DAY)).waiting) == 1
    assert outcome(await inbound.add([whole])) == (0, 1, 0, 0)
    assert outcome(await inbound.add([begun])) == (0, 0, 1, 0)
    found = await call_backs.day(DAY)
    assert (found.owed, found.waiting) == (1, ())


async def test_another_story_under_the_same_revision_is_refused(inbound: InboundCalls) -> None:
    first = lost()
    other = replace(first, answered_at=first.ended_at, row=9)
    found = await inbound.add([first, other])
    assert outcome(found) == (1, 0, 0, 1)
    assert "higher revision" in str(found.problems[0])
    assert found.problems[0].row == 9


BAD = [
    (lost(number="110"), "short numbers"),
    (lost(number=""), "mark a hidden number as withheld"),
    (lost(name=" "), "call id"),
    (replace(lost(), source="x" * 201), "source"),
    (replace(lost(), revision=-1), "revision"),
    (replace(lost(), answered_at=TEN - minutes(31)), "impossible"),
    (replace(lost(), ended_at=TEN - minutes(31)), "impossible"),
    (replace(lost(), ended_at=TEN + minutes(6)), "future"),
    (replace(lost(), transferred_at=TEN - minutes(60 * 25)), "24 hours"),
    (replace(lost(), transferred_at=None, answered_at=TEN), "transfer"),
    (replace(lost(), transferred_at=None, ended_at=None), "transfer"),
    (replace(lost(), ended_at=datetime(2026, 3, 2, 10)), "time zone"),
]


async def test_bad_records_are_refused_one_by_one(
    inbound: InboundCalls, database: Database
) -> None:
    records: Iterable[InboundRecord] = [record for record, _ in BAD]
    found = await inbound.add([*records, lost("good")])
    assert outcome(found) == (1, 0, 0, len(BAD))
    for problem, (_, message) in zip(found.problems, BAD, strict=True):
        assert message in problem.message
    assert [row.switch_call_id for row in await stored(database)] == ["good"]
    assert not any(NUMBER in str(problem) for problem in found.problems)


async def test_overlapping_calls_are_kept_and_noticed(inbound: InboundCalls) -> None:
    assert (await inbound.add([lost("1", 30)])).notices == ()
    found = await inbound.add([lost("2", 29.5), lost("3", 20), lost("4", 29.5, "13800138001")])
    assert outcome(found) == (3, 0, 0, 0)
    assert len(found.notices) == 1
    assert "overlaps" in str(found.notices[0])


async def test_withheld_callers_stand_apart(inbound: InboundCalls, call_backs: CallBacks) -> None:
    await inbound.add([replace(lost(), withheld=True), lost("2")])
    found = await call_backs.day(DAY)
    assert (found.owed, len(found.withheld)) == (1, 1)
    assert found.withheld[0].number_masked == ""


async def test_the_days_loop_from_the_lost_call_to_the_rate(
    inbound: InboundCalls,
    call_backs: CallBacks,
    database: Database,
    vault: Vault,
    clock: FakeClock,
) -> None:
    through = InboundRecord(
        "pbx", "8", "13800138002", transferred_at=TEN - minutes(5),
        answered_at=TEN - minutes(4), ended_at=TEN - minutes(1),
    )  # fmt: skip
    await inbound.add(
        [lost("1", 55), lost("2", 41, "0771-5552366"), lost("3", 30, "13800138002"), through]
    )
    before = await call_backs.day(DAY)
    assert (before.called_back, before.owed, before.rate) == (0, 2, Fraction(0))

    await draft(database, vault, clock)  # registers the caller number
    await Trunks(database, vault).put(Trunk("real", "192.0.2.1", 5060, max_calls=5))
    list_id = await call_backs.list_due(DAY)
    script = await Questionnaires(database).add(EXAMPLE.read_text(encoding="utf-8"))
    book = CampaignBook(database, vault, clock)
    campaign = await book.create(NewCampaign("呼损回拨", script.id, list_id, CALLER, "real"), MAKER)
    await approved(database, clock, campaign.id)
    await book.launch(campaign.id)
    with pytest.raises(Conflict, match="nobody is left"):
        await call_backs.list_due(DAY)
    await book.ready(campaign.id)

    queue = PostgresQueue(database, vault, clock)
    spoken = set()
    for lease in await queue.lease("worker", 5):
        attempt = await queue.start_attempt(lease)
        assert isinstance(attempt, PlannedAttempt)
        spoken.add(attempt.variables[LOST_AT])
        reached = attempt.number == "8613800138000"
        result = AttemptResult(
            Disposition.COMPLETED if reached else Disposition.NO_ANSWER,
            clock.now() + minutes(1),
            answered_at=clock.now() + minutes(0.5) if reached else None,
        )
        await queue.finish(attempt, result)
    assert spoken == {"上午9点6分", "上午9点20分"}

    after = await call_backs.day(DAY)
    assert (after.rate, after.connected_rate) == (1, Fraction(1, 2))
    states = {each.number_masked: each.state for each in after.obligations}
    assert states == {
        "138****8000": CallBackState.CONNECTED,
        "0771****2366": CallBackState.CALLED_BACK,
        "138****8002": CallBackState.GOT_THROUGH,
    }
    with pytest.raises(Conflict, match="nobody is left"):
        await call_backs.list_due(DAY)
    assert (await call_backs.day(DAY + timedelta(days=1))).rate is None


@pytest.mark.parametrize("answered_after_loss", [True, False])
async def test_nobody_who_got_through_is_called_back(
    inbound: InboundCalls,
    call_backs: CallBacks,
    database: Database,
    vault: Vault,
    clock: FakeClock,
    answered_after_loss: bool,
) -> None:
    """The call waits in the queue, even leased, when the switch reports the answer."""
    await inbound.add([lost()])
    await draft(database, vault, clock)
    await Trunks(database, vault).put(Trunk("real", "192.0.2.1", 5060, max_calls=5))
    script = await Questionnaires(database).add(EXAMPLE.read_text(encoding="utf-8"))
    book = CampaignBook(database, vault, clock)
    list_id = await call_backs.list_due(DAY)
    campaign = await book.create(NewCampaign("呼损回拨", script.id, list_id, CALLER, "real"), MAKER)
    await approved(database, clock, campaign.id)
    await book.launch(campaign.id)
    await book.ready(campaign.id)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("worker", 5)

    start = TEN - minutes(5 if answered_after_loss else 50)
    times = {"transferred_at": start, "answered_at": start, "ended_at": start + minutes(3)}
    await inbound.add([InboundRecord("pbx", "2", NUMBER, **times)])
    found = await queue.start_attempt(lease)
    if not answered_after_loss:
        assert isinstance(found, PlannedAttempt)
        return
    assert isinstance(found, NotPlaced)
    assert (found.rule, found.retry_at) == ("got_through", None)
    assert (await book.status(campaign.id)).attempts == 0
    assert (await call_backs.day(DAY)).owed == 0


async def test_a_rehearsal_is_no_call_back(
    inbound: InboundCalls,
    call_backs: CallBacks,
    database: Database,
    vault: Vault,
    clock: FakeClock,
) -> None:
    await inbound.add([lost()])
    await draft(database, vault, clock)
    script = await Questionnaires(database).add(EXAMPLE.read_text(encoding="utf-8"))
    book = CampaignBook(database, vault, clock)
    list_id = await call_backs.list_due(DAY)
    campaign = await book.create(NewCampaign("演练", script.id, list_id, CALLER, "rehearsal"))
    await book.launch(campaign.id)
    await book.ready(campaign.id)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("worker", 5)
    assert isinstance(await queue.start_attempt(lease), PlannedAttempt)
    assert (await call_backs.day(DAY)).called_back == 0


@pytest.mark.parametrize(
    ("hour", "minute", "spoken"),
    [(9, 5, "上午9点5分"), (9, 0, "上午9点"), (12, 30, "下午12点30分"), (17, 1, "下午5点1分"),
     (20, 0, "晚上8点"), (0, 10, "凌晨0点10分")],
)  # fmt: skip
def test_the_time_is_said_as_people_say_it(hour: int, minute: int, spoken: str) -> None:
    assert spoken_time(datetime(2026, 3, 2, hour, minute, tzinfo=SHANGHAI)) == spoken


CALLS = """\
呼叫流水号,主叫号码,转人工时间,接听时间,结束时间,隐藏号码,修订
1,13800138000,2026-03-02 09:30:00,,2026/3/2 09:31,,
2,匿名,2026-03-02T01:40:00+00:00,,2026-03-02 09:41:00,,
3,13800138001,2026-03-02 09:30:00,2026-03-02 09:30:10,2026-03-02 09:33:00,否,1
4,13800138001,昨天,,2026-03-02 09:31:00,,

5,13800138001,2026-03-02 09:30:00,,2026-03-02 09:31:00,也许,
6,13800138001,2026-03-02 09:30:00
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_switchs_file_is_read_row_by_row(
    inbound: InboundCalls, call_backs: CallBacks, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(CALLS, encoding=encoding)
    found = await inbound.add(read_calls_file(path, "acd"))
    assert outcome(found) == (4, 0, 0, 2)
    assert [problem.row for problem in found.problems] == [5, 7]
    day = await call_backs.day(DAY)
    assert (day.owed, len(day.withheld), len(day.waiting)) == (1, 1, 1)
    anchor = day.obligations[0].anchor
    assert (anchor.source, anchor.switch_call_id) == ("acd", "1")
    assert anchor.lost_at == TEN - minutes(29)


def test_a_file_without_the_columns_names_them(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("呼叫流水号,主叫号码\n1,13800138000\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="转人工时间") as caught:
        list(read_calls_file(path, "acd"))
    assert [type(each) for each in caught.value.problems] == [Problem] * 3
