"""Lost callers over HTTP and on the command line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.http.call_backs import percent
from campaigns import log

LOST = {
    "source": "acd",
    "switch_call_id": "1",
    "number": "13800138000",
    "transferred_at": "2026-03-02T09:05:00+08:00",
    "ended_at": "2026-03-02T09:06:00+08:00",
}
DAY = "/api/v1/call-backs/2026-03-02"


async def report(client: httpx.AsyncClient, *records: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/v1/inbound-calls", json={"records": records})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_from_a_report_to_the_list_of_the_due(client: httpx.AsyncClient) -> None:
    bad = {**LOST, "switch_call_id": "2", "answered_at": "2026-03-02T09:00:00+08:00"}
    found = await report(client, LOST, bad, {**LOST, "switch_call_id": "3", "withheld": True})
    assert (found["added"], found["refused"]) == (2, 1)
    assert found["problems"][0]["row"] == 2
    assert (await report(client, LOST))["unchanged"] == 1

    day = (await client.get(DAY)).json()
    assert (day["owed"], day["called_back"], day["rate_percent"]) == (1, 0, 0)
    (obligation,) = day["obligations"]
    assert (obligation["number_masked"], obligation["state"]) == ("138****8000", "due")
    assert [each["switch_call_id"] for each in obligation["lost"]] == ["1"]
    assert [each["switch_call_id"] for each in day["withheld"]] == ["3"]
    assert "13800138000" not in json.dumps(day)

    made = await client.post(f"{DAY}/contact-list")
    assert made.status_code == 201, made.text
    assert (made.json()["accepted"], made.json()["columns"]) == (1, ["lost_at"])


async def test_nothing_due_is_a_conflict_and_a_wrong_day_a_mistake(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get(DAY)).json()["rate_percent"] is None
    assert (await client.post(f"{DAY}/contact-list")).status_code == 409
    assert (await client.get("/api/v1/call-backs/yesterday")).status_code == 422


@pytest.mark.parametrize(
    "record",
    [
        {**LOST, "ended_at": "2026-03-02T09:06:00"},
        {**LOST, "revision": -1},
        {**LOST, "switch_call_id": None},
    ],
)
async def test_what_is_no_record_is_refused_whole(
    client: httpx.AsyncClient, record: dict[str, Any]
) -> None:
    answer = await client.post("/api/v1/inbound-calls", json={"records": [record]})
    assert answer.status_code == 422


def test_the_same_on_the_command_line(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "configure", lambda *_: None)
    settings = {"OUTBOUND_DATABASE_URL": database_url, "OUTBOUND_DATA_DIR": str(tmp_path)}
    calls = tmp_path / "calls.csv"
    calls.write_text(
        "流水号,主叫号码,转人工时间,接听时间,结束时间\n"
        "1,13800138000,2026-03-02 09:05:00,,2026-03-02 09:06:00\n"
        "2,12366,2026-03-02 09:05:00,,2026-03-02 09:06:00\n",
        encoding="utf-8",
    )

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["call-backs", *arguments], env=settings)
        assert result.exit_code == 0, result.output
        return result.stdout

    taken = run("import", str(calls), "--source", "acd")
    assert "1 added, 0 corrected, 0 unchanged, 1 refused" in taken
    assert "row 3" in taken
    assert "2026-03-02: 0 of 1 called back (0 %), 0 reached (0 %)" in run("day", "2026-03-02")
    assert json.loads(run("day", "2026-03-02", "--json"))["owed"] == 1
    assert "0 of 0 called back (n/a)" in run("day")
    assert json.loads(run("list-due", "2026-03-02", "--json"))["accepted"] == 1


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, None), (Fraction(1), 100), (Fraction(2, 3), 66.66), (Fraction(99_999, 100_000), 99.99)],
)
def test_only_all_is_a_hundred_percent(share: Fraction | None, shown: float | None) -> None:
    assert percent(share) == shown
