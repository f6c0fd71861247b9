"""The transfer desk on a real database: rules of campaigns, agents claimed, and what is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.answer import Answer, Utterance
from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.caller_ids import CallerIds
from campaigns.disposition import Disposition
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.store.scripts import Scripts
from campaigns.store.transfer_desk import PostgresTransferDesk
from campaigns.store.upkeep import Upkeep
from campaigns.transfers.planned import AgentCall, NoAgent, PlannedTransfer
from campaigns.transfers.rule import TransferMode, TransferRule
from campaigns.transfers.state import TransferEvent, TransferState
from campaigns.transfers.transfers import Transfers
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, running_campaign

RULE = TransferRule("agents", CALLER, ("8001", "138-0013-8000"), ring_s=20)


class Office:
    """Calls of one campaign whose people are put through."""

    def __init__(self, database: Database, vault: Vault, clock: FakeClock) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.queue = PostgresQueue(database, vault, clock)
        self.desk = PostgresTransferDesk(database, vault, clock)
        self.transfers = Transfers(database, vault, clock)

    async def calls(
        self, count: int, rule: TransferRule | None = RULE, *, lines: int = 5, **wishes: object
    ) -> list[PlannedAttempt]:
        real = wishes.get("trunk") == "line"
        host = "192.0.2.1" if real else "127.0.0.1"
        trunks = Trunks(self.database, self.vault)
        await trunks.put(Trunk("agents", host, 5070, lines, rehearsal=not real))
        if real:
            await trunks.put(Trunk("line", host, 5060, count))
        campaign = await running_campaign(
            self.database, self.vault, self.clock, contacts=count, **wishes
        )
        if rule is not None:
            await self.transfers.put_rule(campaign.id, rule)
        found = []
        for lease in await self.queue.lease("worker", count):
            attempt = await self.queue.start_attempt(lease)
            assert isinstance(attempt, PlannedAttempt), attempt
            found.append(attempt)
        return found

    async def begin(self, attempt: PlannedAttempt) -> PlannedTransfer:
        begun = await self.desk.begin(attempt.id, "我要转人工")
        assert isinstance(begun, PlannedTransfer), begun
        return begun


@pytest.fixture
def office(database: Database, vault: Vault, clock: FakeClock) -> Office:
    return Office(database, vault, clock)


async def test_a_rule_is_checked_kept_sealed_and_shown_masked(office: Office) -> None:
    (attempt,) = await office.calls(1, None)
    campaign = attempt.lease.campaign_id
    with pytest.raises(NotFound, match="puts nobody through"):
        await office.transfers.rule(campaign)
    bad = TransferRule("nowhere", "10086", ("8001", "80O1"), "sip:8000@pbx", ring_s=1)
    with pytest.raises(InvalidInput) as refused:
        await office.transfers.put_rule(campaign, bad)
    assert [str(each) for each in refused.value.problems] == [
        "name either agents' numbers or a queue",
        "agent 2: a number has 2 to 20 digits, * or #",
        "ring_s must be from 5 to 120",
    ]
    with pytest.raises(InvalidInput) as refused:
        await office.transfers.put_rule(campaign, replace(bad, agents=(), ring_s=20))
    assert len(refused.value.problems) == 2  # no such trunk, not in the registry
    shown = await office.transfers.put_rule(campaign, RULE)
    assert shown.agents == ("8001", "138****8000")
    assert (shown.mode, shown.ring_s, shown.caller_number) == (TransferMode.AUTO, 20, CALLER)
    await office.transfers.drop_rule(campaign)
    assert isinstance(await office.desk.begin(attempt.id, ""), NoAgent)


async def test_agents_are_tried_in_turn_and_never_twice(office: Office) -> None:
    (attempt,) = await office.calls(1)
    begun = await office.begin(attempt)
    assert (begun.mode, begun.ring_s) == (TransferMode.AUTO, 20.0)
    first = await office.desk.next_agent(begun.id)
    assert isinstance(first, AgentCall)
    assert (first.number, first.caller_number, first.caller_name) == ("8001", CALLER, "南宁税务")
    assert (first.trunk.name, first.trunk.port) == ("agents", 5070)
    second = await office.desk.next_agent(begun.id)
    assert isinstance(second, AgentCall)
    assert second.number == "13800138000"
    assert await office.desk.next_agent(begun.id) == NoAgent("no agent answered")
    await office.desk.move(begun.id, TransferEvent.FAIL, "no agent answered")
    await office.desk.move(begun.id, TransferEvent.FAIL, "no agent answered")
    (shown,) = await office.transfers.list(TransferState.FAILED)
    assert (shown.failure, shown.agent_masked) == ("no agent answered", "138****8000")
    with pytest.raises(Conflict):
        await office.desk.move(begun.id, TransferEvent.CONNECT)
    assert isinstance(await office.desk.begin(attempt.id, ""), NoAgent)


async def test_two_transfers_never_ring_the_same_agent(office: Office) -> None:
    attempts = await office.calls(3)
    begun = [await office.begin(each) for each in attempts]
    claimed = await asyncio.gather(*(office.desk.next_agent(each.id) for each in begun))
    rung = [each.number for each in claimed if isinstance(each, AgentCall)]
    assert len(rung) == len(set(rung)) <= 2
    while len(rung) < 2:  # one of them looked away while the other chose
        waiting = [b for b, c in zip(begun, claimed, strict=True) if isinstance(c, NoAgent)]
        again = await office.desk.next_agent(waiting[0].id)
        assert isinstance(again, AgentCall)
        rung.append(again.number)
    assert sorted(rung) == ["13800138000", "8001"]
    running = await office.transfers.list(TransferState.WAITING)
    left = next(each for each in running if not each.agent_masked)
    assert await office.desk.next_agent(left.id) == NoAgent("all agents are in calls", busy=True)
    one = next(each for each in running if each.agent_masked)
    await office.desk.move(one.id, TransferEvent.LEAVE)
    assert isinstance(await office.desk.next_agent(left.id), AgentCall)


async def test_an_agent_in_conversation_is_not_rung(office: Office) -> None:
    attempts = await office.calls(2, replace(RULE, agents=("8001",)))
    one, two = [await office.begin(each) for each in attempts]
    assert isinstance(await office.desk.next_agent(one.id), AgentCall)
    await office.desk.move(one.id, TransferEvent.CONNECT)
    assert await office.desk.next_agent(two.id) == NoAgent("all agents are in calls", busy=True)
    await office.desk.move(one.id, TransferEvent.END)
    assert isinstance(await office.desk.next_agent(two.id), AgentCall)


async def test_a_leg_to_an_agent_takes_a_line_like_any_call(
    office: Office, database: Database, clock: FakeClock
) -> None:
    attempts = await office.calls(2, lines=1)
    one, two = [await office.begin(each) for each in attempts]
    assert isinstance(await office.desk.next_agent(one.id), AgentCall)
    await Upkeep(database, clock).run()  # leaves the line to the transfer
    refused = await office.desk.next_agent(two.id)
    assert isinstance(refused, NoAgent)
    assert (refused.busy, "all lines of trunk agents" in refused.reason) == (True, True)
    await office.desk.move(one.id, TransferEvent.HAND_OVER)
    assert isinstance(await office.desk.next_agent(two.id), AgentCall)


async def test_a_queue_is_tried_once_and_takes_several(office: Office) -> None:
    rule = replace(RULE, agents=(), queue="sip:8000@pbx.example:5060")
    attempts = await office.calls(2, rule)
    for attempt in attempts:
        begun = await office.begin(attempt)
        rung = await office.desk.next_agent(begun.id)
        assert isinstance(rung, AgentCall)
        assert (rung.number, rung.uri) == ("8000", "sip:8000@pbx.example:5060")
        assert await office.desk.next_agent(begun.id) == NoAgent("the queue did not answer")


async def test_only_registered_numbers_reach_agents(office: Office, database: Database) -> None:
    (attempt,) = await office.calls(1)
    begun = await office.begin(attempt)
    await CallerIds(database).suspend(CALLER)
    refused = await office.desk.next_agent(begun.id)
    assert isinstance(refused, NoAgent)
    assert "suspended, not verified" in refused.reason


async def test_agents_at_work_are_rung_and_no_others(office: Office, clock: FakeClock) -> None:
    (attempt,) = await office.calls(1, trunk="line")
    clock.advance(timedelta(hours=3).total_seconds())  # 13:00, the lunch break
    assert await office.desk.begin(attempt.id, "") == NoAgent("the agents are not at work now")
    clock.advance(timedelta(hours=2).total_seconds())
    begun = await office.begin(attempt)
    clock.advance(timedelta(hours=4).total_seconds())
    assert await office.desk.next_agent(begun.id) == NoAgent("the agents are not at work now")


async def test_a_conversation_knows_when_agents_are_at_work(
    office: Office, database: Database, vault: Vault, clock: FakeClock
) -> None:
    scripts = Scripts(database, vault, clock)
    (plain,) = await office.calls(1, None)
    assert (await scripts.load(plain.id)).agents is None
    await office.queue.finish(plain, AttemptResult(Disposition.COMPLETED, clock.now()))
    (rehearsed,) = await office.calls(1)
    lunch = clock.now() + timedelta(hours=3)
    agents = (await scripts.load(rehearsed.id)).agents
    assert agents is not None
    assert agents.at_work(lunch)
    await office.queue.finish(rehearsed, AttemptResult(Disposition.COMPLETED, clock.now()))
    rule = replace(RULE, hours={"windows": [{"days": [1], "from": "13:00", "to": "14:00"}]})
    (real,) = await office.calls(1, rule, trunk="line")
    agents = (await scripts.load(real.id)).agents
    assert agents is not None
    assert (agents.at_work(clock.now()), agents.at_work(lunch)) == (False, True)


async def test_no_agents_phone_is_rung_for_a_rehearsal(
    office: Office, database: Database, vault: Vault
) -> None:
    (attempt,) = await office.calls(1)
    await Trunks(database, vault).put(Trunk("agents", "192.0.2.1", 5070, 5))
    refused = await office.desk.next_agent((await office.begin(attempt)).id)
    assert isinstance(refused, NoAgent)
    assert "not for rehearsals" in refused.reason


async def test_the_console_sees_the_context_while_the_phone_rings(
    office: Office, database: Database, clock: FakeClock
) -> None:
    (attempt,) = await office.calls(1)
    record = PostgresRecord(database, clock)
    await record.answer(attempt.id, Answer("solved", False, "没解决", 0.9, "speech", 1.0, 2.0))
    said = Utterance("person", "我要转人工", (), 3.0, 4.0, 0.9, "transfer_human")
    await record.utterance(attempt.id, said)
    begun = await office.begin(attempt)
    await office.desk.next_agent(begun.id)
    (shown,) = await office.transfers.list(TransferState.WAITING)
    assert (shown.id, shown.campaign, shown.wish) == (begun.id, "回访", "我要转人工")
    assert shown.number_masked == "138****0000"
    assert (shown.agent_masked, shown.ringing_at) == ("8001", clock.now())
    assert [(each.question_id, each.value) for each in shown.answers] == [("solved", False)]
    assert [(each.speaker, each.text) for each in shown.transcript] == [("person", "我要转人工")]


async def test_what_a_crash_leaves_behind_is_ended(
    office: Office, database: Database, clock: FakeClock
) -> None:
    attempts = await office.calls(2)
    one, two = [await office.begin(each) for each in attempts]
    assert isinstance(await office.desk.next_agent(one.id), AgentCall)
    await office.desk.move(one.id, TransferEvent.CONNECT)
    for attempt in attempts:
        result = AttemptResult(Disposition.HUMAN_REQUESTED, clock.now())
        await office.queue.finish(attempt, result)
    assert (await Upkeep(database, clock).run()).transfers == 2
    states = {each.id: each.state for each in await office.transfers.list()}
    assert states == {one.id: TransferState.ENDED, two.id: TransferState.ABANDONED}
