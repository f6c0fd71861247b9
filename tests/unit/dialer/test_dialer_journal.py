"""What happens in calls reaches the store in order, or the disk while the store is away."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from campaigns.answer import Answer, Utterance
from campaigns.attempt import AttemptResult
from campaigns.disposition import Disposition
from campaigns.vault import Vault
from dialer.backlog import Backlog
from dialer.journal import Journal
from dialer.journal_entry import (
    AnsweredEntry,
    AnswerGivenEntry,
    Entry,
    EventEntry,
    FinishedEntry,
    JournalEntry,
    OptOutEntry,
    RingingEntry,
    UtteranceEntry,
)
from tests.fakes.call_stage import planned, run
from tests.fakes.store import MemoryStore

VAULT = Vault(bytes(32))
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ATTEMPT = planned()
RESULT = AttemptResult(
    Disposition.COMPLETED, AT, sip_code=200, evidence={"turns": 3}, replies_ms=(300, 410)
)
ENTRIES: list[Entry] = [
    RingingEntry(AT),
    AnsweredEntry(AT),
    EventEntry("invite_sent", AT, {"sip_call_id": "x"}),
    UtteranceEntry(Utterance("person", "满意", ("man", "yi"), 1.0, 1.5, 0.9, "sat_good")),
    AnswerGivenEntry(Answer("grade", 4, "满意", 0.9, "speech", 1.0, 1.5)),
    AnswerGivenEntry(Answer("topics", ["a", "b"], "甲和乙", 0.8, "speech")),
    OptOutEntry("别打了"),
    FinishedEntry(ATTEMPT, RESULT),
]


async def write(store: MemoryStore, folder: Path, entries: list[Entry], back_s: float) -> None:
    """Journal entries with the store coming back after so many seconds."""
    journal = Journal(store, store, Backlog(folder, VAULT))
    task = asyncio.create_task(journal.run())
    for entry in entries:
        journal.put(ATTEMPT.id, entry)
    await asyncio.sleep(back_s)
    store.away = False
    await asyncio.sleep(30.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def lines_in(folder: Path) -> list[bytes]:
    return [line for file in folder.glob("*.journal") for line in file.read_bytes().splitlines()]


KINDS = ["ringing", "answered", "event", "utterance", "answer", "answer", "opt_out", "finished"]


def test_entries_reach_the_store_in_order(tmp_path: Path) -> None:
    store = MemoryStore()
    run(write(store, tmp_path, ENTRIES, 0.0))
    assert [kind for kind, _ in store.log] == KINDS
    assert store.results[ATTEMPT.id] == RESULT


def test_entries_wait_on_disk_in_order_while_the_store_is_away(tmp_path: Path) -> None:
    store = MemoryStore()
    store.away = True
    run(write(store, tmp_path, ENTRIES, 60.0))
    assert [kind for kind, _ in store.log] == KINDS
    assert [answer.value for answer in store.of("answer")] == [4, ["a", "b"]]
    assert store.results[ATTEMPT.id] == RESULT


def test_an_entry_is_settled_once_it_is_on_the_disk(tmp_path: Path) -> None:
    async def work() -> None:
        store = MemoryStore()
        store.away = True
        journal = Journal(store, store, Backlog(tmp_path, VAULT))
        task = asyncio.create_task(journal.run())
        await asyncio.wait_for(journal.put(ATTEMPT.id, ENTRIES[4]), 10.0)
        (line,) = lines_in(tmp_path)
        sealed = base64.b64decode(line)
        assert "满意".encode() not in sealed
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())


def test_what_a_dead_worker_left_is_written_by_the_next(tmp_path: Path) -> None:
    dead = Backlog(tmp_path, VAULT)
    dead.open()
    for entry in ENTRIES:
        dead.append(JournalEntry(ATTEMPT.id, entry))
    assert dead._file is not None
    dead._file.close()  # the process is gone, and its lock with it

    store = MemoryStore()
    run(write(store, tmp_path, [], 0.0))
    assert [kind for kind, _ in store.log] == KINDS


def test_a_living_workers_file_is_left_alone(tmp_path: Path) -> None:
    living, other = Backlog(tmp_path, VAULT), Backlog(tmp_path, VAULT)
    living.open()
    living.append(JournalEntry(ATTEMPT.id, ENTRIES[0]))
    other.open()
    assert other.empty
    living.close()
    other.close()


def test_a_half_written_line_costs_only_itself(tmp_path: Path) -> None:
    dead = Backlog(tmp_path, VAULT)
    dead.open()
    dead.append(JournalEntry(ATTEMPT.id, ENTRIES[0]))
    assert dead._file is not None
    dead._file.write(b"aGFsZiBhIGxpbm")
    dead._file.close()
    heir = Backlog(tmp_path, VAULT)
    heir.open()
    first = heir.first()
    assert first == JournalEntry(ATTEMPT.id, ENTRIES[0])
    heir.drop_first()
    assert heir.empty
    heir.close()
    assert list(tmp_path.glob("*.journal")) == []


def test_what_the_store_refuses_is_set_aside_and_stops_nothing(tmp_path: Path) -> None:
    store = MemoryStore()
    store.broken = True
    run(write(store, tmp_path, ENTRIES, 0.0))
    assert [kind for kind, _ in store.log] == ["finished"]
    refused = (tmp_path / "refused").read_bytes().splitlines()
    assert len(refused) == len(ENTRIES) - 1


def test_a_result_that_came_too_late_is_given_up(tmp_path: Path) -> None:
    store = MemoryStore()
    store.lost.add(ATTEMPT.id)
    run(write(store, tmp_path, ENTRIES, 0.0))
    assert [kind for kind, _ in store.log] == KINDS[:-1]
    assert not (tmp_path / "refused").exists()


def test_a_journal_that_is_cancelled_leaves_everything_on_the_disk(tmp_path: Path) -> None:
    class Slow(MemoryStore):
        async def answer(self, attempt_id: object, answer: object) -> None:
            await asyncio.sleep(2.0)

    async def work() -> None:
        store = Slow()
        journal = Journal(store, store, Backlog(tmp_path, VAULT))
        task = asyncio.create_task(journal.run())
        for entry in (ENTRIES[4], *ENTRIES[4:]):
            journal.put(ATTEMPT.id, entry)
        await asyncio.sleep(1.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())
    assert len(lines_in(tmp_path)) == 5


def test_entries_survive_json() -> None:
    for entry in ENTRIES:
        original = JournalEntry(uuid4(), entry)
        assert JournalEntry.from_json(original.to_json()) == original
