"""People with several numbers: imported in order, one case, called under one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from campaigns.attempt import AttemptResult, NotPlaced, PlannedAttempt
from campaigns.campaign import Campaign, Duplicates, NewCampaign
from campaigns.campaign_book import CampaignBook
from campaigns.contacts import ContactList, Contacts
from campaigns.disposition import Disposition
from campaigns.do_not_call import DoNotCall
from campaigns.errors import InvalidInput
from campaigns.questionnaires import Questionnaires
from campaigns.results import Results
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import (
    CALLER,
    CONSENT,
    MAKER,
    QUESTIONNAIRE,
    approved,
    draft,
)

THREE = {"姓名": "张三", "手机": "13800138000", "手机2": "0771-5552366", "手机3": "13900139000"}
FIRST, SECOND, THIRD = "8613800138000", "867715552366", "8613900139000"


class Caller:
    """Lists of people with several numbers, and a dialer on a carrier's trunk."""

    def __init__(self, database: Database, vault: Vault, clock: FakeClock) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.contacts = Contacts(database, vault, clock)
        self.book = CampaignBook(database, vault, clock)
        self.queue = PostgresQueue(database, vault, clock)

    async def people(self, *people: Mapping[str, str]) -> ContactList:
        return await self.contacts.import_objects("名单", people, consent=CONSENT, by=MAKER)

    async def campaign(
        self, people: Sequence[Mapping[str, str]] = (THREE,), **changes: object
    ) -> Campaign:
        await draft(self.database, self.vault, self.clock)  # registers the caller number
        await Trunks(self.database, self.vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
        script = await Questionnaires(self.database).add(QUESTIONNAIRE)
        listed = await self.people(*people)
        new = NewCampaign("回访", script.id, listed.id, CALLER, "carrier", max_attempts=5)
        made = await self.book.create(replace(new, **changes), MAKER)
        await approved(self.database, self.clock, made.id)
        await self.book.launch(made.id)
        return await self.book.ready(made.id)

    async def next(self) -> PlannedAttempt | NotPlaced:
        (lease,) = await self.queue.lease("worker", 1)
        return await self.queue.start_attempt(lease)

    async def call(self, disposition: Disposition) -> str:
        """Call whoever is due; return the number that was dialled."""
        due = "SELECT min(next_at) FROM tasks WHERE state = 'ready'"
        async with self.database.transaction() as session:
            self.clock.at = max(self.clock.at, await session.scalar(text(due)))
        attempt = await self.next()
        assert isinstance(attempt, PlannedAttempt), attempt
        self.clock.advance(10)
        await self.queue.finish(attempt, AttemptResult(disposition, self.clock.now()))
        return attempt.number


@pytest.fixture
def caller(database: Database, vault: Vault, clock: FakeClock) -> Caller:
    return Caller(database, vault, clock)


async def test_a_dead_number_gives_way_to_the_next_at_once(caller: Caller) -> None:
    campaign = await caller.campaign()
    began = caller.clock.now()
    assert await caller.call(Disposition.INVALID_NUMBER) == FIRST
    assert await caller.call(Disposition.OUT_OF_SERVICE) == SECOND
    assert caller.clock.now() - began < timedelta(minutes=1)
    assert await caller.call(Disposition.COMPLETED) == THIRD
    assert (await caller.book.status(campaign.id)).outcomes == {"completed": 1}
    attempts = await Results(caller.database).attempts(campaign.id)
    shown = {each.ordinal: each.number_masked for each in attempts}
    assert shown == {1: "138****8000", 2: "0771****2366", 3: "139****9000"}


async def test_living_numbers_take_turns_and_dead_ones_are_left_out(caller: Caller) -> None:
    await caller.campaign()
    dialled = [
        await caller.call(disposition)
        for disposition in (
            Disposition.NO_ANSWER, Disposition.WRONG_NUMBER, Disposition.NO_ANSWER,
            Disposition.BUSY,
        )
    ]  # fmt: skip
    assert dialled == [FIRST, SECOND, THIRD, FIRST]


async def test_when_every_number_is_dead_the_case_is_over(caller: Caller) -> None:
    campaign = await caller.campaign()
    for _ in range(3):
        await caller.call(Disposition.INVALID_NUMBER)
    status = await caller.book.status(campaign.id)
    assert (status.tasks, status.outcomes) == ({"finished": 1}, {"invalid_number": 1})


async def test_the_governor_counts_a_persons_calls_under_all_numbers(caller: Caller) -> None:
    await caller.campaign()
    await caller.call(Disposition.NO_ANSWER)
    await caller.campaign([{"姓名": "李四", "手机": "0771-5552366"}])
    answer = await caller.next()
    assert isinstance(answer, PlannedAttempt)  # a landline of several people was not called yet
    await caller.queue.finish(answer, AttemptResult(Disposition.BUSY, caller.clock.now()))
    other = await caller.campaign([{"姓名": "李四", "手机": "13700137000", "手机2": "13800138000"}])
    answer = await caller.next()
    assert isinstance(answer, NotPlaced)
    assert answer.rule == "contact_governor"
    assert (await caller.book.status(other.id)).attempts == 0


async def test_nobody_is_in_two_calls_under_two_numbers(caller: Caller) -> None:
    await caller.campaign()
    assert isinstance(await caller.next(), PlannedAttempt)
    await caller.campaign([{"姓名": "李四", "手机": "13700137000", "手机2": "13800138000"}])
    answer = await caller.next()
    assert isinstance(answer, NotPlaced)
    assert answer.rule in ("number_in_call", "contact_governor")


async def test_who_opts_out_is_left_in_peace_under_all_numbers(caller: Caller) -> None:
    await caller.campaign()
    await caller.call(Disposition.OPT_OUT)
    listed = await DoNotCall(caller.database, caller.vault, caller.clock).list()
    assert {each.number_masked for each in listed} == {
        "138****8000", "0771****2366", "139****9000",
    }  # fmt: skip


async def test_one_listed_number_keeps_the_person_from_being_called(caller: Caller) -> None:
    await caller.campaign()
    await DoNotCall(caller.database, caller.vault, caller.clock).add("13900139000", "x", MAKER)
    answer = await caller.next()
    assert isinstance(answer, NotPlaced)
    assert (answer.rule, answer.retry_at) == ("do_not_call", None)


async def test_who_waits_elsewhere_is_skipped_where_wished(caller: Caller) -> None:
    await caller.campaign()
    people = [THREE, {"姓名": "李四", "手机": "13700137000"}]
    skipping = await caller.campaign(people, duplicates=Duplicates.SKIP)
    status = await caller.book.status(skipping.id)
    assert (status.tasks, status.outcomes) == ({"finished": 1, "ready": 1}, {"duplicate": 1})
    keeping = await caller.campaign(people)
    assert (await caller.book.status(keeping.id)).tasks == {"ready": 2}


async def test_further_numbers_that_cannot_be_used_are_remarked_on(caller: Caller) -> None:
    listed = await caller.people(
        THREE,
        {"手机": "13700137000", "手机2": "12366", "手机3": "0771-5552366"},
        {"手机": "13700137001", "手机2": "１３７００１３７００１"},
        {"手机": "13900139000"},
    )
    assert (listed.accepted, listed.refused, listed.remarks) == (3, 1, 2)
    assert listed.columns == ("name",)
    assert [str(problem) for problem in listed.report] == [
        "row 2, column 手机2: left out: short numbers are not called from lists",
        "row 2, column 手机3: left out: the same number as in row 1",
        "row 4, column 手机: the same number as in row 1",
    ]
    async with caller.database.transaction() as session:
        stored = str(
            (await session.execute(text("SELECT contact_numbers::text FROM contact_numbers"))).all()
        )
    assert "0771****2366" in stored
    assert SECOND.encode().hex() not in stored


async def test_a_spreadsheet_with_several_numbers(caller: Caller, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ("备用电话", "联系电话", "phone3", "姓名"),
        ("0771-5552366", 13800138000, None, "张"),
    ):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    listed = await caller.contacts.import_file("表", tmp_path / "people.xlsx")
    assert (listed.accepted, listed.columns, listed.remarks) == (1, ("name",), 0)
    async with caller.database.transaction() as session:
        found = await session.execute(text('SELECT "order", number_masked FROM contact_numbers'))
        assert [tuple(row) for row in found] == [(2, "0771****2366")]


@pytest.mark.parametrize("people", [[{"姓名": "张三"}], [{"电话": "110"}], [{}]])
async def test_people_nobody_could_call(caller: Caller, people: list[dict[str, str]]) -> None:
    with pytest.raises(InvalidInput):
        await caller.people(*people)
