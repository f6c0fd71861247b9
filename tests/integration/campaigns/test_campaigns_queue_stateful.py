"""Whatever workers do in whatever order, the queue keeps its promises."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from campaigns.attempt import AttemptResult, Lease, PlannedAttempt
from campaigns.calendar import Calendar
from campaigns.calling_hours import STANDARD, read_zone
from campaigns.disposition import RULES, Disposition
from campaigns.governor import STANDARD_POLICY
from campaigns.ports import LeaseLost
from campaigns.schedule import Schedule
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.upkeep import Upkeep
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign

_LINES = 2
_ZONE = read_zone("Asia/Shanghai")
_SCHEDULE = Schedule(STANDARD, _ZONE, Calendar())
_T = TypeVar("_T")


class QueueMachine(RuleBasedStateMachine):
    """Two campaigns with the same three people on a trunk of two lines."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.leases: list[Lease] = []
        self.calls: list[PlannedAttempt] = []
        self.dialled: dict[UUID, Any] = {}

    def do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self.loop.run_until_complete(work)

    @initialize()
    def set_up(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("TRUNCATE tasks, attempts, campaigns, trunk_slots, trunks CASCADE")
        self.database, vault = Database(self.url), Vault(bytes(32))
        self.queue = PostgresQueue(self.database, vault, self.clock)
        carrier = Trunk("carrier", "192.0.2.1", 5060, _LINES)
        self.do(Trunks(self.database, vault).put(carrier))
        for _ in range(2):
            self.do(
                running_campaign(
                    self.database, vault, self.clock, contacts=3, trunk="carrier", max_attempts=4
                )
            )

    @rule(limit=st.integers(1, 4))
    def lease(self, limit: int) -> None:
        self.leases += self.do(self.queue.lease("worker", limit))

    @rule(at=st.integers(0, 9))
    def dial(self, at: int) -> None:
        if not self.leases:
            return
        try:
            answer = self.do(self.queue.start_attempt(self.leases.pop(at % len(self.leases))))
        except LeaseLost:
            return
        if isinstance(answer, PlannedAttempt):
            assert answer.id not in self.dialled, "one attempt was handed out twice"
            assert _SCHEDULE.is_open(self.clock.now())
            self.dialled[answer.id] = (answer.number, self.clock.now())
            self.calls.append(answer)
        elif answer.retry_at is not None:
            assert answer.retry_at > self.clock.now()

    @rule(at=st.integers(0, 9), disposition=st.sampled_from(Disposition), twice=st.booleans())
    def finish(self, at: int, disposition: Disposition, twice: bool) -> None:
        if not self.calls:
            return
        call = self.calls.pop(at % len(self.calls))
        result = AttemptResult(disposition, self.clock.now())
        for _ in range(1 + twice):
            try:
                self.do(self.queue.finish(call, result))
            except LeaseLost:
                return

    @rule(disposition=st.sampled_from(Disposition), calls=st.integers(1, 4))
    def call(self, disposition: Disposition, calls: int) -> None:
        for _ in range(calls):
            self.lease(1)
            self.dial(-1)
            self.finish(-1, disposition, False)

    @rule(minutes=st.sampled_from([0.5, 2, 30, 130, 1440]))
    def wait(self, minutes: float) -> None:
        self.clock.advance(minutes * 60)

    @rule()
    def upkeep(self) -> None:
        self.do(Upkeep(self.database, self.clock).run())

    @invariant()
    def promises_hold(self) -> None:
        if not self.url or not hasattr(self, "queue"):
            return
        with psycopg.connect(self.url) as connection:
            lines = connection.execute(_LINES_OF_OPEN_CALLS).fetchone()
            counted = connection.execute(
                _COUNTED, ([name.value for name in Disposition if not _disturbs(name)],)
            ).fetchall()
        assert lines is not None
        assert lines[0] == lines[1] <= _LINES, "each open call holds one line"
        self._nobody_is_called_too_often(counted)

    def _nobody_is_called_too_often(self, attempts: list[tuple[Any, ...]]) -> None:
        by_number: dict[bytes, list[Any]] = {}
        for number, started_at in attempts:
            by_number.setdefault(bytes(number), []).append(started_at)
        for moments in by_number.values():
            days = [moment.astimezone(_ZONE).date() for moment in moments]
            assert all(days.count(day) <= STANDARD_POLICY.attempts_per_day for day in days)
            gaps = [later - before for before, later in itertools.pairwise(moments)]
            assert all(gap >= timedelta(hours=2) for gap in gaps)

    def teardown(self) -> None:
        if hasattr(self, "queue"):
            self.do(self.database.close())
        self.loop.close()


_NOT_IN_USE = frozenset({Disposition.INVALID_NUMBER, Disposition.OUT_OF_SERVICE})


def _disturbs(disposition: Disposition) -> bool:
    """Whether somebody's phone may have rung: not by our own fault, nor at a number not in use."""
    return RULES[disposition].counts and disposition not in _NOT_IN_USE


_LINES_OF_OPEN_CALLS = """
    SELECT (SELECT count(*) FROM attempts WHERE state = 'open'),
           (SELECT count(*) FROM trunk_slots WHERE attempt_id IS NOT NULL)
"""
_COUNTED = """
    SELECT number_index, started_at FROM attempts
    WHERE disposition IS NULL OR disposition <> ALL(%s) ORDER BY number_index, started_at
"""


@pytest.mark.timeout(120)
def test_the_queue_keeps_its_promises(database_url: str) -> None:
    QueueMachine.url = database_url
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes on a database
            suppress_health_check=list(HealthCheck),
        ),
    )
