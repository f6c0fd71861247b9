"""What a campaign does after a machine answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.disposition import Disposition
from campaigns.errors import InvalidInput
from campaigns.on_machine import OnMachine
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign

_NEXT = "SELECT state, disposition, next_at FROM tasks"


@pytest.mark.parametrize(
    ("on_machine", "disposition", "state", "again_after"),
    [
        (OnMachine.CALL_LATER, Disposition.ANSWERING_SERVICE, "ready", timedelta(hours=3)),
        (OnMachine.HANG_UP, Disposition.ANSWERING_SERVICE, "finished", None),
        (OnMachine.HANG_UP, Disposition.NO_ANSWER, "ready", timedelta(hours=3)),
        (OnMachine.CALL_LATER, Disposition.MESSAGE_LEFT, "finished", None),
    ],
)
async def test_who_is_called_again(
    database: Database,
    vault: Vault,
    clock: FakeClock,
    on_machine: OnMachine,
    disposition: Disposition,
    state: str,
    again_after: timedelta | None,
) -> None:
    await running_campaign(database, vault, clock, contacts=1, on_machine=on_machine)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("w", 1)
    attempt = await queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    assert attempt.on_machine is on_machine
    await queue.finish(attempt, AttemptResult(disposition, clock.now()))
    async with database.transaction() as session:
        task = (await session.execute(text(_NEXT))).one()
    assert (task.state, task.disposition) == (state, disposition.value)
    if again_after is not None:
        assert task.next_at == clock.now() + again_after


async def test_only_a_notification_can_be_left(
    database: Database, vault: Vault, clock: FakeClock
) -> None:
    with pytest.raises(InvalidInput, match="leave_message is for notifications"):
        await running_campaign(database, vault, clock, on_machine=OnMachine.LEAVE_MESSAGE)
