"""The worker: leases, places, tells, drains; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from campaigns.attempt import NotPlaced, PlannedAttempt
from campaigns.disposition import Disposition
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.journal import Journal
from dialer.settings import DialerSettings, described
from dialer.trunks.simulated import Callee, SimulatedLine, SimulatedTrunk
from dialer.worker import Worker, WorkerLimits
from dialogs.ports import ConversationOutcome, HangUp, Reply, Say
from tests.fakes.call_stage import Stage, planned, run
from tests.fakes.clock import FakeClock
from tests.fakes.dialogue import ListedEngine

LIMITS = WorkerLimits(calls=3, calls_per_second=10.0, poll_s=1.0, drain_s=100.0)
TOLD = Reply((Say(("通知",)), HangUp(ConversationOutcome.COMPLETED)))


async def picks_up(line: SimulatedLine) -> None:
    line.ring()
    await asyncio.sleep(2.0)
    line.answer()
    await line.wait_over()


async def rings(line: SimulatedLine) -> None:
    line.ring()
    await line.wait_over()


@dataclass
class Office:
    """A worker with its store and trunk."""

    worker: Worker
    trunk: SimulatedTrunk
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, seconds: float) -> None:
        """Let it work so long and then drain."""
        task = asyncio.create_task(self.worker.run(self.stop))
        await asyncio.sleep(seconds)
        self.stop.set()
        await task


@asynccontextmanager
async def office(
    stage: Stage, folder: Path, callee: Callee, limits: WorkerLimits = LIMITS
) -> AsyncIterator[Office]:
    journal = Journal(stage.store, stage.store, Backlog(folder, Vault(bytes(32))))
    writing = asyncio.create_task(journal.run())

    def call_of(attempt: PlannedAttempt, trunk: object) -> Call:
        assert isinstance(trunk, SimulatedTrunk)
        stage.engine = ListedEngine([TOLD])
        return Call(attempt, trunk, stage.equipment(journal))

    async with SimulatedTrunk(lambda _request: callee) as trunk:
        worker = Worker(
            "worker", stage.store, journal, lambda _address: trunk, call_of, FakeClock(), limits
        )
        yield Office(worker, trunk)
        await journal.flush(1.0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


def play(
    tmp_path: Path,
    callee: Callee,
    waiting: list[PlannedAttempt | NotPlaced],
    seconds: float,
    limits: WorkerLimits = LIMITS,
    meanwhile: Callable[[Stage], None] | None = None,
) -> tuple[Stage, list[float]]:
    """Run a worker; return the stage and when each call was dialled."""
    stage = Stage()
    stage.store.waiting = list(waiting)
    dialled: list[float] = []

    async def counted(line: SimulatedLine) -> None:
        dialled.append(asyncio.get_running_loop().time())
        await callee(line)

    async def work() -> None:
        async with office(stage, tmp_path, counted, limits) as here:
            if meanwhile is not None:
                meanwhile(stage)
            await here.work(seconds)

    run(work())
    return stage, dialled


def test_due_calls_are_placed_and_told(tmp_path: Path) -> None:
    attempts = [planned(f"1380013800{n}") for n in range(5)]
    stage, dialled = play(tmp_path, picks_up, [*attempts], 30.0)
    assert len(dialled) == 5
    assert {each.disposition for each in stage.store.results.values()} == {Disposition.COMPLETED}
    assert set(stage.store.results) == {each.id for each in attempts}


def test_there_are_never_more_calls_than_lines_nor_faster_than_the_pace(tmp_path: Path) -> None:
    stage, dialled = play(tmp_path, rings, [planned(ring_s=10.0) for _ in range(7)], 60.0)
    assert len(stage.store.results) == 7
    for at in dialled:
        assert sum(at <= other < at + 9.9 for other in dialled) <= 3
    gaps = [later - earlier for earlier, later in pairwise(dialled)]
    assert min(gaps) >= 0.0999


def test_what_the_rules_forbid_is_not_dialled(tmp_path: Path) -> None:
    refused = NotPlaced("do_not_call", "on the list", None)
    stage, dialled = play(tmp_path, picks_up, [refused, planned()], 20.0)
    assert len(dialled) == 1
    assert len(stage.store.results) == 1


def test_a_store_that_is_away_stops_dialling_and_loses_no_result(tmp_path: Path) -> None:
    def goes_away(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(1.5, setattr, stage.store, "away", True)
        loop.call_later(2.0, lambda: stage.store.waiting.append(planned()))
        loop.call_later(40.0, setattr, stage.store, "away", False)

    stage, dialled = play(tmp_path, picks_up, [planned()], 60.0, meanwhile=goes_away)
    assert len(dialled) == 2
    assert dialled[1] >= 40.0
    assert [each.disposition for each in stage.store.results.values()] == [
        Disposition.COMPLETED,
        Disposition.COMPLETED,
    ]


def test_leases_are_renewed_while_calls_run(tmp_path: Path) -> None:
    stage, _ = play(tmp_path, rings, [planned(ring_s=90.0)], 100.0)
    assert stage.store.renewed == 4


def test_draining_lets_calls_end_and_places_no_more(tmp_path: Path) -> None:
    stage, dialled = play(tmp_path, rings, [planned(ring_s=20.0) for _ in range(6)], seconds=1.0)
    assert len(dialled) == 3
    assert {each.disposition for each in stage.store.results.values()} == {Disposition.NO_ANSWER}


def test_draining_has_a_limit(tmp_path: Path) -> None:
    limits = WorkerLimits(calls=3, drain_s=5.0)
    stage, dialled = play(tmp_path, rings, [planned(ring_s=300.0)], 1.0, limits)
    assert len(dialled) == 1
    (result,) = stage.store.results.values()
    assert (result.disposition, result.ended_by) == (Disposition.UNKNOWN, "local")


def test_a_call_that_breaks_is_told_as_unknown(tmp_path: Path) -> None:
    def breaks(stage: Stage) -> None:
        stage.missing = frozenset()
        stage.prompts.find = None  # type: ignore[assignment,method-assign]

    stage, _ = play(tmp_path, picks_up, [planned()], 20.0, meanwhile=breaks)
    (result,) = stage.store.results.values()
    assert result.disposition is Disposition.UNKNOWN


def test_settings_are_described_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_DATABASE_URL", "postgresql://u:secret@db/outbound")
    monkeypatch.setenv("OUTBOUND_RTP_PORTS", "30000-30100")
    settings = DialerSettings()
    assert settings.rtp_ports == (30000, 30100)
    assert settings.runtime_options().rtp_ports == (30000, 30100)
    shown = described(settings)
    assert "secret" not in shown
    assert "OUTBOUND_RTP_PORTS" in shown
