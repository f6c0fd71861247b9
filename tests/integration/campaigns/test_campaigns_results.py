from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from campaigns.answer import Answer, Utterance
from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.campaign import Campaign
from campaigns.campaign_book import CampaignBook
from campaigns.disposition import Disposition
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.exports import Exports
from campaigns.results import Results
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.store.scripts import Scripts
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign

GIVEN = Answer("satisfaction", 2, "=不满意", 0.91, "speech", 7.5, 8.2)


@pytest.fixture
def record(database: Database) -> PostgresRecord:
    return PostgresRecord(database)


@pytest.fixture
def results(database: Database) -> Results:
    return Results(database)


async def dialled(queue: PostgresQueue, limit: int = 1) -> list[PlannedAttempt]:
    attempts = []
    for lease in await queue.lease("worker", limit):
        attempt = await queue.start_attempt(lease)
        assert isinstance(attempt, PlannedAttempt)
        attempts.append(attempt)
    return attempts


@pytest.fixture
async def attempt(database: Database, vault: Vault, clock: FakeClock) -> PlannedAttempt:
    await running_campaign(database, vault, clock, contacts=1)
    (attempt,) = await dialled(PostgresQueue(database, vault, clock))
    return attempt


async def test_answers_are_corrected_and_repeats_change_nothing(
    attempt: PlannedAttempt, record: PostgresRecord, results: Results
) -> None:
    solved = Answer("solved", True, "解决了", 0.97, "speech", 3.0, 3.9)
    corrected = Answer("satisfaction", 4, "满意", 1.0, "keys")
    left_open = Answer("channels", None, "", 0.0, "none")
    for answer in (solved, GIVEN, GIVEN, corrected, GIVEN, left_open):
        await record.answer(attempt.id, answer)
    stored = await results.answers(attempt.id)
    assert [(each.question_id, each.value, each.source) for each in stored] == [
        ("solved", True, "speech"),
        ("satisfaction", 4, "keys"),
        ("channels", None, "none"),
    ]
    assert stored[0].attempt_id == attempt.id
    assert (stored[0].words, stored[0].confidence, stored[0].end_s) == ("解决了", 0.97, 3.9)


async def test_the_transcript_and_the_events_are_kept_in_order(
    attempt: PlannedAttempt, record: PostgresRecord, results: Results, clock: FakeClock
) -> None:
    person = Utterance("person", "解决了", ("jie", "jue", "le"), 3.0, 3.9, 0.9, "affirm")
    bot = Utterance("bot", "您好", (), 0.1, 2.5, interrupted=True)
    for utterance in (person, bot, person):
        await record.utterance(attempt.id, utterance)
    assert await results.utterances(attempt.id) == (bot, person)
    for _ in range(2):
        await record.event(attempt.id, "ringing", clock.now(), {"sip_code": 180})
    (event,) = await results.events(attempt.id)
    assert (event.kind, event.at, event.data) == ("ringing", clock.now(), {"sip_code": 180})


async def test_the_first_ring_and_the_answer_are_kept(
    attempt: PlannedAttempt, record: PostgresRecord, results: Results, clock: FakeClock
) -> None:
    rang = clock.now() + timedelta(seconds=2)
    picked_up = clock.now() + timedelta(seconds=9)
    await record.ringing(attempt.id, rang)
    await record.ringing(attempt.id, picked_up)
    await record.answered(attempt.id, picked_up)
    stored = await results.attempt(attempt.id)
    assert (stored.ringing_at, stored.answered_at) == (rang, picked_up)


async def test_nothing_is_kept_of_an_attempt_that_was_never_committed(
    record: PostgresRecord, results: Results, database: Database, vault: Vault, clock: FakeClock
) -> None:
    nobody = uuid4()
    with pytest.raises(NotFound):
        await record.answer(nobody, GIVEN)
    with pytest.raises(NotFound):
        await record.ringing(nobody, clock.now())
    with pytest.raises(NotFound):
        await record.opt_out(nobody, "")
    with pytest.raises(NotFound):
        await results.attempt(nobody)
    with pytest.raises(NotFound):
        await results.answers(nobody)
    with pytest.raises(NotFound):
        await results.attempts(nobody)
    with pytest.raises(NotFound):
        await Scripts(database, vault).load(nobody)


async def test_the_dialogue_finds_its_script_by_attempt(
    attempt: PlannedAttempt, database: Database, vault: Vault
) -> None:
    script = await Scripts(database, vault).load(attempt.id)
    assert script.questionnaire == attempt.questionnaire
    assert script.variables == {"name": "测试0"}
    assert "测试0" not in repr(script)


@pytest.fixture
async def campaign(
    database: Database, vault: Vault, clock: FakeClock, record: PostgresRecord
) -> Campaign:
    """Five contacts: completed; busy, then partial; busy once; on the phone now; never called."""
    campaign = await running_campaign(database, vault, clock, contacts=5)
    queue = PostgresQueue(database, vault, clock)
    first, second, third = await dialled(queue, 3)
    await record.answered(first.id, clock.now())
    await record.answer(first.id, Answer("solved", False, "没有", 0.9, "speech", 1.0, 2.0))
    await record.answer(first.id, Answer("satisfaction", 5, "5", 1.0, "keys"))
    await record.answer(first.id, GIVEN)
    await record.answer(
        first.id, Answer("channels", ["web", "app"], "都用", 0.8, "speech", 9.0, 9.5)
    )
    clock.advance(30)
    await queue.finish(
        first,
        AttemptResult(
            Disposition.COMPLETED,
            clock.now(),
            sip_code=200,
            ended_by="local",
            replies_ms=(300, 500, 400),
            recording=f"ab/{first.id}.obrec",
        ),
    )
    for busy in (second, third):
        await queue.finish(busy, AttemptResult(Disposition.BUSY, clock.now(), sip_code=486))
    clock.advance(21 * 60)
    leases = await queue.lease("worker", 4)
    again = next(lease for lease in leases if lease.task_id == second.lease.task_id)
    fourth = next(lease for lease in leases if lease.fence == 1)
    retried = await queue.start_attempt(again)
    assert isinstance(retried, PlannedAttempt)
    result = AttemptResult(Disposition.PARTIAL, clock.now(), replies_ms=(700,), prompt_misses=2)
    await queue.finish(retried, result)
    assert isinstance(await queue.start_attempt(fourth), PlannedAttempt)
    return campaign


async def test_the_status_counts_what_happened(
    campaign: Campaign, database: Database, vault: Vault, clock: FakeClock
) -> None:
    status = await CampaignBook(database, vault, clock).status(campaign.id)
    assert (status.attempts, status.open_attempts) == (5, 1)
    assert status.dispositions == {"completed": 1, "busy": 2, "partial": 1}
    assert status.outcomes == {"completed": 1, "partial": 1, "busy": 1}
    assert status.tasks == {"finished": 2, "leased": 3}
    assert (status.replies.turns, status.replies.p50_ms, status.replies.p95_ms) == (4, 400, 700)
    assert status.prompt_misses == 2


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
async def test_an_export_reconciles_with_the_attempts_row_by_row(
    campaign: Campaign,
    database: Database,
    clock: FakeClock,
    results: Results,
    tmp_path: Path,
    file_format: str,
) -> None:
    exports = Exports(database, tmp_path / "exports", clock)
    requested = await exports.request(campaign.id, file_format)
    with pytest.raises(Conflict, match="queued"):
        await exports.path(requested.id)
    export = await exports.write(requested.id)
    assert (export.state, export.rows, export.finished_at) == ("ready", 6, clock.now())
    lines = read_lines(await exports.path(export.id))
    attempts = {str(each.id): each for each in await results.attempts(campaign.id)}
    exported = {line["attempt_id"]: line for line in lines if line["attempt_id"]}
    assert exported.keys() == attempts.keys()
    assert len(lines) == len(attempts) + 1
    for attempt_id, line in exported.items():
        attempt = attempts[attempt_id]
        assert line["number"] == attempt.number_masked
        assert line["contact_row"] == str(attempt.contact_row)
        assert line["attempt"] == str(attempt.ordinal)
        assert line["state"] == attempt.state
        assert line["disposition"] == (attempt.disposition or "")
        assert line["sip_code"] == str(attempt.sip_code or "")
        assert line["recording"] == ("yes" if attempt.recording else "no")
        for answer in await results.answers(attempt.id):
            assert line[f"{answer.question_id}_words"].lstrip("'") == answer.words
            assert line[f"{answer.question_id}_source"] == answer.source


async def test_an_exported_row_says_everything_about_an_answer(
    campaign: Campaign, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    exports = Exports(database, tmp_path, clock)
    export = await exports.write((await exports.request(campaign.id, "csv")).id)
    lines = read_lines(await exports.path(export.id))
    done = next(line for line in lines if line["disposition"] == "completed")
    assert {
        key: done[key]
        for key in (
            "solved", "solved_label", "satisfaction", "satisfaction_label", "satisfaction_words",
            "satisfaction_confidence", "satisfaction_source", "satisfaction_start_s", "channels",
            "channels_label", "aapor", "reached", "talk_s", "reply_ms_median", "started_at",
        )
    } == {
        "solved": "0",
        "solved_label": "否",
        "satisfaction": "2",
        "satisfaction_label": "不满意",
        "satisfaction_words": "'=不满意",
        "satisfaction_confidence": "0.91",
        "satisfaction_source": "speech",
        "satisfaction_start_s": "7.5",
        "channels": "web;app",
        "channels_label": "网页；手机",
        "aapor": "1.1",
        "reached": "yes",
        "talk_s": "30.0",
        "reply_ms_median": "400",
        "started_at": "2026-03-02T10:00:00.000+08:00",
    }  # fmt: skip
    (never,) = [line for line in lines if not line["attempt_id"]]
    assert never["number"].count("*") == 4
    assert all("13800000" not in str(line) for line in lines)


async def test_an_export_that_fails_says_so_and_leaves_no_file(
    campaign: Campaign, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    blocked = tmp_path / "exports"
    blocked.write_text("a file where the folder should be")
    exports = Exports(database, blocked, clock)
    requested = await exports.request(campaign.id)
    with pytest.raises(FileExistsError):
        await exports.write(requested.id)
    failed = await exports.get(requested.id)
    assert (failed.state, failed.path) == ("failed", None)
    blocked.unlink()
    assert (await exports.write(requested.id)).state == "ready"
    assert [path.name for path in blocked.iterdir()] == [f"{requested.id}.csv"]


async def test_exports_that_make_no_sense_are_refused(
    campaign: Campaign, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    exports = Exports(database, tmp_path, clock)
    with pytest.raises(InvalidInput, match="csv, xlsx"):
        await exports.request(campaign.id, "pdf")
    with pytest.raises(NotFound):
        await exports.request(uuid4())
    with pytest.raises(NotFound):
        await exports.write(uuid4())


async def test_attempts_come_in_pages(campaign: Campaign, results: Results) -> None:
    everything = await results.attempts(campaign.id)
    pages = [await results.attempts(campaign.id, limit=2, offset=at) for at in (0, 2, 4)]
    assert tuple(attempt for page in pages for attempt in page) == everything
    assert len(everything) == 5


def read_lines(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    header, *rows = openpyxl.load_workbook(path)["attempts"].iter_rows(values_only=True)
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return [dict(zip(header, row, strict=True)) for row in cells]
