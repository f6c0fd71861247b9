"""Quota cells on PostgreSQL: never more than the limit, and given back by calls that came to
nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import update

from campaigns.answer import Answer
from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.disposition import Disposition
from campaigns.errors import NotFound
from campaigns.questionnaire.model import Quota
from campaigns.questionnaires import Questionnaires
from campaigns.results import Results
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.quotas import Quotas, QuotaStanding
from campaigns.store.record import PostgresRecord
from campaigns.store.tables import CampaignRow
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import QUESTIONNAIRE, running_campaign

CELL = Quota("young", "age < 30", 3)


async def planned(
    database: Database, vault: Vault, clock: FakeClock, calls: int
) -> tuple[PostgresQueue, list[PlannedAttempt]]:
    await running_campaign(database, vault, clock, contacts=calls, max_calls=calls)
    queue = PostgresQueue(database, vault, clock)
    attempts = [await queue.start_attempt(each) for each in await queue.lease("w", calls)]
    assert all(isinstance(each, PlannedAttempt) for each in attempts)
    return queue, [each for each in attempts if isinstance(each, PlannedAttempt)]


async def test_calls_at_a_time_never_get_more_places_than_there_are(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    _, attempts = await planned(database, vault, clock, 8)
    quotas = Quotas(database)
    refused = await asyncio.gather(*(quotas.claim(each.id, [CELL]) for each in attempts))
    assert sum(not full for full in refused) == 3
    assert all(full == {"young"} for full in refused if full)
    again = await asyncio.gather(*(quotas.claim(each.id, [CELL]) for each in attempts))
    assert again == refused, "the same turn asked twice gets the same answer"


async def test_a_call_that_came_to_nothing_gives_its_place_back(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    queue, attempts = await planned(database, vault, clock, 4)
    quotas, one = Quotas(database), replace(CELL, limit=1)
    assert not await quotas.claim(attempts[0].id, [one])
    assert await quotas.claim(attempts[1].id, [one])
    await queue.finish(attempts[0], AttemptResult(Disposition.BREAK_OFF, clock.now()))
    assert not await quotas.claim(attempts[1].id, [one])
    await queue.finish(attempts[1], AttemptResult(Disposition.COMPLETED, clock.now()))
    assert await quotas.claim(attempts[2].id, [one]), "an interview given keeps its place"


async def test_who_is_refused_one_cell_holds_no_other_and_a_correction_moves_the_place(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    _, attempts = await planned(database, vault, clock, 3)
    quotas, full, free = Quotas(database), replace(CELL, limit=0), replace(CELL, id="old", limit=1)
    assert await quotas.claim(attempts[0].id, [free, full]) == {"young"}
    assert not await quotas.claim(attempts[1].id, [free])
    assert await quotas.claim(attempts[2].id, [free])
    assert not await quotas.claim(attempts[1].id, [])
    assert not await quotas.claim(attempts[2].id, [free])
    with pytest.raises(NotFound):
        await quotas.claim(uuid4(), [free])


async def test_how_full_the_cells_are_is_shown(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    queue, attempts = await planned(database, vault, clock, 3)
    quotas, campaign = Quotas(database), attempts[0].lease.campaign_id
    assert await quotas.standing(campaign) == (), "this questionnaire has none"
    text = QUESTIONNAIRE.replace("-questionnaire/1", "-questionnaire/2")
    text += "quotas: [{id: young, when: solved, limit: 3}, {id: old, when: not solved, limit: 9}]\n"
    script = await Questionnaires(database).add(text)
    async with database.transaction() as session:
        await session.execute(update(CampaignRow).values(questionnaire_id=script.id))
    for attempt in attempts:
        await quotas.claim(attempt.id, [CELL])
    await queue.finish(attempts[0], AttemptResult(Disposition.COMPLETED, clock.now()))
    await queue.finish(attempts[1], AttemptResult(Disposition.REFUSED, clock.now()))
    young, old = await quotas.standing(campaign)
    assert young == QuotaStanding("young", "solved", 3, given=1, open=1)
    assert (old.given, old.open) == (0, 0)
    with pytest.raises(NotFound):
        await quotas.standing(uuid4())


async def test_the_answer_given_last_counts_even_where_it_is_that_of_before(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    _, attempts = await planned(database, vault, clock, 1)
    record, attempt = PostgresRecord(database), attempts[0].id
    keyed = Answer("solved", True, "1", 1.0, "keys", revision=1)
    other = Answer("solved", False, "2", 1.0, "keys", revision=2)
    back = replace(keyed, revision=3)
    for answer in (keyed, other, back, other, keyed):  # the last two come again from the disk
        await record.answer(attempt, answer)
    (stored,) = await Results(database).answers(attempt)
    assert stored.value is True
    late = Answer("satisfaction", 5, "5", 1.0, "keys", revision=5)
    await record.answer(attempt, late)
    await record.answer(attempt, replace(late, value=4, words="4", revision=4))
    values = {each.question_id: each.value for each in await Results(database).answers(attempt)}
    assert values == {"solved": True, "satisfaction": 5}
