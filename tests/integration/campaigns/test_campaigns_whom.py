"""Whom campaigns call: do-not-call by scope, consent, open complaints, call-backs' own limits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from campaigns.attempt import AttemptResult, NotPlaced, PlannedAttempt
from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_approval import CampaignApproval
from campaigns.campaign_book import CampaignBook
from campaigns.consent import Consent, ConsentBasis
from campaigns.contacts import Contacts
from campaigns.disposition import Disposition
from campaigns.do_not_call import DoNotCall, Scope
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CONSENT, MAKER, draft, running_campaign

NUMBER = "138 0000 0000"


class Desk:
    """A clerk with the do-not-call list and a dialer."""

    def __init__(self, database: Database, vault: Vault, clock: FakeClock) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.book = CampaignBook(database, vault, clock)
        self.contacts = Contacts(database, vault, clock)
        self.listed = DoNotCall(database, vault, clock)
        self.queue = PostgresQueue(database, vault, clock)

    async def campaign(self, **wishes: Any) -> Campaign:
        await Trunks(self.database, self.vault).put(Trunk("carrier", "192.0.2.1", 5060, 10))
        wishes = {"contacts": 2, "trunk": "carrier", **wishes}
        return await running_campaign(self.database, self.vault, self.clock, **wishes)

    async def call(self, count: int = 9) -> list[PlannedAttempt | NotPlaced]:
        leases = await self.queue.lease("worker", count)
        return [await self.queue.start_attempt(lease) for lease in leases]

    async def outcomes(self, campaign: Campaign) -> dict[str, int]:
        return (await self.book.status(campaign.id)).outcomes


@pytest.fixture
def desk(database: Database, vault: Vault, clock: FakeClock) -> Desk:
    return Desk(database, vault, clock)


async def test_a_number_is_left_in_peace_everywhere(desk: Desk) -> None:
    first, second = await desk.campaign(), await desk.campaign(trunk="rehearsal")
    entry = await desk.listed.add(NUMBER, "来信要求", MAKER)
    assert (entry.number_masked, entry.added_by) == ("138****0000", MAKER)
    for campaign in (first, second):
        assert await desk.outcomes(campaign) == {"do_not_call": 1}
    assert (await desk.listed.add(NUMBER, "again", "x")).id == entry.id
    third = await desk.campaign()
    await desk.call()
    assert await desk.outcomes(third) == {"do_not_call": 1}


async def test_a_leased_task_is_refused_before_its_call(desk: Desk) -> None:
    await desk.campaign(contacts=1)
    (lease,) = await desk.queue.lease("worker", 1)
    await desk.listed.add(NUMBER, "来信要求", MAKER)
    answer = await desk.queue.start_attempt(lease)
    assert isinstance(answer, NotPlaced)
    assert (answer.rule, answer.retry_at) == ("do_not_call", None)


@pytest.mark.parametrize("by_list", [True, False])
async def test_a_number_is_left_in_peace_in_its_scope_only(desk: Desk, by_list: bool) -> None:
    first, second = await desk.campaign(), await desk.campaign()
    scope = Scope(list_id=first.contact_list_id) if by_list else Scope(campaign_id=first.id)
    await desk.listed.add(NUMBER, "只是这次", MAKER, scope)
    assert await desk.outcomes(first) == {"do_not_call": 1}
    assert await desk.outcomes(second) == {}
    placed = [each for each in await desk.call() if isinstance(each, PlannedAttempt)]
    assert {each.lease.campaign_id for each in placed if each.number.endswith("0000")} == {
        second.id
    }


async def test_an_entry_is_removed_with_a_reason_and_stays_on_record(desk: Desk) -> None:
    entry = await desk.listed.add(NUMBER, "来信要求", MAKER)
    with pytest.raises(InvalidInput):
        await desk.listed.remove(entry.id, " ", MAKER)
    removed = await desk.listed.remove(entry.id, "来信改变主意", "li")
    assert (removed.removed_by, removed.removal) == ("li", "来信改变主意")
    with pytest.raises(Conflict):
        await desk.listed.remove(entry.id, "again", "li")
    with pytest.raises(NotFound):
        await desk.listed.remove(0, "none", "li")
    assert await desk.listed.list() == ()
    assert await desk.listed.list(removed=True) == (removed,)
    await desk.campaign(contacts=1)
    assert isinstance((await desk.call())[0], PlannedAttempt)
    again = await desk.listed.add(NUMBER, "又要求", MAKER)
    assert [each.id for each in await desk.listed.find("+86 13800000000")] == [again.id, entry.id]
    assert await desk.listed.list(before=again.id) == ()


async def test_what_cannot_be_listed(desk: Desk, database: Database) -> None:
    campaign = await desk.campaign()
    both = Scope(campaign.contact_list_id, campaign.id)
    for number, scope, error in (
        ("12366", Scope(), InvalidInput),
        (NUMBER, both, InvalidInput),
        (NUMBER, Scope(campaign_id=campaign.contact_list_id), NotFound),
        (NUMBER, Scope(list_id=campaign.id), NotFound),
    ):
        with pytest.raises(error):
            await desk.listed.add(number, "x", MAKER, scope)


async def test_an_opt_out_during_a_call_closes_every_task_that_waits(desk: Desk) -> None:
    first = await desk.campaign(contacts=1)
    (attempt,) = await desk.call()
    assert isinstance(attempt, PlannedAttempt)
    second = await desk.campaign(contacts=1)
    await PostgresRecord(desk.database, desk.clock).opt_out(attempt.id, "别再打了")
    assert await desk.outcomes(second) == {"do_not_call": 1}
    await desk.queue.finish(attempt, AttemptResult(Disposition.OPT_OUT, desk.clock.now()))
    assert await desk.outcomes(first) == {"opt_out": 1}
    (entry,) = await desk.listed.list()
    assert (entry.words, entry.number_masked) == ("别再打了", "138****0000")
    assert entry.attempt_id == attempt.id


async def test_nobody_is_called_without_a_basis_on_record(desk: Desk) -> None:
    campaign = await desk.campaign(contacts=1)
    with pytest.raises(InvalidInput):
        await desk.contacts.withdraw_consent(campaign.contact_list_id, "", MAKER)
    await desk.contacts.withdraw_consent(campaign.contact_list_id, "撤回", MAKER)
    (answer,) = await desk.call()
    assert isinstance(answer, NotPlaced)
    assert answer.rule == "consent"
    assert (await desk.book.get(campaign.id)).state is CampaignState.PAUSED
    with pytest.raises(Conflict):
        await desk.contacts.withdraw_consent(campaign.contact_list_id, "撤回", MAKER)

    other = await draft(desk.database, desk.vault, desk.clock, trunk="carrier")
    stored = await desk.contacts.get(other.contact_list_id)
    assert stored.consent is not None
    assert (stored.consent.consent, stored.consent.recorded_by) == (CONSENT, MAKER)
    async with desk.database.transaction() as session:
        await session.execute(text("UPDATE contact_lists SET consent_basis = NULL"))
    with pytest.raises(InvalidInput, match="not ready") as caught:
        await CampaignApproval(desk.database, desk.clock).check(other.id, MAKER)
    assert "contacts consent" in str(caught.value)
    await desk.contacts.record_consent(other.contact_list_id, CONSENT, MAKER)
    await CampaignApproval(desk.database, desk.clock).check(other.id, MAKER)


@pytest.mark.parametrize(
    "consent",
    [
        Consent(ConsentBasis.CONSENT, " ", date(2026, 1, 1)),
        Consent(ConsentBasis.CONSENT, "x", date(2027, 1, 1)),
    ],
)
async def test_evidence_that_proves_nothing(desk: Desk, consent: Consent) -> None:
    campaign = await desk.campaign()
    with pytest.raises(InvalidInput):
        await desk.contacts.record_consent(campaign.contact_list_id, consent, MAKER)


async def test_who_complained_is_left_in_peace_until_it_is_settled(desk: Desk) -> None:
    await desk.campaign(contacts=1)
    insert = text(
        "INSERT INTO work_orders (reason, category, priority, number_sealed, number_index, "
        "number_masked, opened_at, due_at) VALUES "
        "('complaint', 'complaint', 'high', '', :n, '138****0000', :at, :at)"
    )
    async with desk.database.transaction() as session:
        index = desk.vault.index("8613800000000")
        await session.execute(insert, {"n": index, "at": desk.clock.now()})
    (answer,) = await desk.call()
    assert isinstance(answer, NotPlaced)
    assert (answer.rule, answer.retry_at) == (
        "complaint_open",
        desk.clock.now() + timedelta(hours=4),
    )
    async with desk.database.transaction() as session:
        await session.execute(
            text("UPDATE work_orders SET state = 'closed', result = 'ok', done_at = now()")
        )
    desk.clock.at += timedelta(hours=5)
    assert isinstance((await desk.call())[0], PlannedAttempt)
