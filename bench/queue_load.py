"""What `bench.queue` does in the database: tasks to claim, a worker's part, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from campaigns.attempt import Lease
from campaigns.caller_ids import CallerIds
from campaigns.store.database import Database
from campaigns.store.tables import CampaignRow, ContactListRow, QuestionnaireRow
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault

_CALLER = "077112366"
_CONTACTS = text(
    """
    INSERT INTO contacts (id, list_id, source_row, number_sealed, number_index, number_masked,
                          attributes_sealed)
    SELECT gen_random_uuid(), :list_id, n, 'sealed', sha256(n::text::bytea), '138****0000', 'sealed'
    FROM generate_series(1, :tasks) AS n
    """
)
_TASKS = text(
    """
    INSERT INTO tasks (id, campaign_id, contact_id, number_index, next_at)
    SELECT gen_random_uuid(), :campaign_id, id, number_index, now() - interval '1 hour'
    FROM contacts WHERE list_id = :list_id
    """
)
_HANDLED = "CREATE UNLOGGED TABLE handled (task_id uuid, worker text)"
# As placing a call does: the write is taken only while the lease is the one in force.
_HANDLE = text(
    """
    WITH done AS (
        UPDATE tasks SET state = 'finished', lease_owner = NULL, lease_until = NULL
        FROM unnest(CAST(:ids AS uuid[]), CAST(:fences AS int[])) AS held (id, fence)
        WHERE tasks.id = held.id AND tasks.fence = held.fence AND tasks.state = 'leased'
        RETURNING tasks.id
    )
    INSERT INTO handled SELECT id, :worker FROM done
    """
)
_OUTCOME = """
    SELECT (SELECT count(*) FROM handled),
           (SELECT count(*) - count(DISTINCT task_id) FROM handled),
           (SELECT count(*) FROM tasks t
            WHERE NOT EXISTS (SELECT FROM handled h WHERE h.task_id = t.id))
"""


async def seed(url: str, vault: Vault, tasks: int) -> None:
    """Make a running campaign with so many due tasks, and the table of those handled."""
    database = Database(url)
    await Trunks(database, vault).put(Trunk("rehearsal", "127.0.0.1", 5090, 100, rehearsal=True))
    registry = CallerIds(database)
    long_ago, far_off = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    await registry.add(_CALLER, "bench", valid_from=long_ago, valid_to=far_off)
    script, people, campaign = uuid4(), uuid4(), uuid4()
    async with database.transaction() as session:
        caller = await session.scalar(text("SELECT id FROM caller_ids"))
        session.add(
            QuestionnaireRow(
                id=script, key="b", version=1, title="b", kind="satisfaction", document={}
            )
        )
        session.add(ContactListRow(id=people, name="bench"))
        await session.flush()
        session.add(_campaign(campaign, script, people, caller))
        await session.flush()
        await session.execute(_CONTACTS, {"list_id": people, "tasks": tasks})
        await session.execute(_TASKS, {"list_id": people, "campaign_id": campaign})
        await session.execute(text(_HANDLED))
    await database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE tasks")


def _campaign(campaign: UUID, script: UUID, people: UUID, caller: UUID | None) -> CampaignRow:
    return CampaignRow(
        id=campaign,
        name="bench",
        kind="satisfaction",
        questionnaire_id=script,
        contact_list_id=people,
        caller_id=caller,
        trunk="rehearsal",
        state="running",
    )


async def handle(database: Database, worker: str, leases: Sequence[Lease]) -> None:
    """Finish leased tasks and note them, in one transaction; those whose lease is lost are left."""
    held = {
        "ids": [lease.task_id for lease in leases],
        "fences": [lease.fence for lease in leases],
        "worker": worker,
    }
    async with database.transaction() as session:
        await session.execute(_HANDLE, held)


def outcome(url: str) -> tuple[int, int, int]:
    """Return how many tasks were handled, how many of them again, and how many never."""
    with psycopg.connect(url) as connection:
        handled, duplicates, lost = connection.execute(_OUTCOME).fetchone() or (0, 0, 0)
    return int(handled), int(duplicates), int(lost)


def held_by(url: str, worker: str) -> int:
    """Return how many tasks a worker holds now."""
    return _count(url, f"tasks WHERE state = 'leased' AND lease_owner = '{worker}'")


def handled(url: str) -> int:
    """Return how many tasks were handled so far."""
    return _count(url, "handled")


def _count(url: str, rows: str) -> int:
    with psycopg.connect(url) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM {rows}").fetchone() or (0,)
    return int(count)
