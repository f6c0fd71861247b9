"""Work orders over HTTP and the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.use_cases import UseCases
from campaigns import log
from campaigns.answer import Answer
from campaigns.attempt import PlannedAttempt
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, QUESTIONNAIRE, running_campaign

PATH = "/api/v1/work-orders"


@pytest.fixture
async def order_id(database: Database, vault: Vault, clock: FakeClock) -> int:
    """The id of an order that a rehearsal's call opened."""
    await running_campaign(database, vault, clock, contacts=1)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("worker", 1)
    attempt = await queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    answer = Answer("satisfaction", 1, "非常不满意", 0.9, "speech", 1.0, 2.0)
    await PostgresRecord(database, clock).answer(attempt.id, answer)
    return 1


async def test_an_order_is_worked_over_http(client: httpx.AsyncClient, order_id: int) -> None:
    listed = (await client.get(PATH, params={"rehearsal": True, "states": ["open"]})).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, order_id)
    assert listed["items"][0]["number_masked"] == "138****0000"
    assert (await client.get(PATH)).json() == {"items": [], "total": 0}
    one = f"{PATH}/{order_id}"
    assigned = await client.post(f"{one}/assign", json={"owner": "李四"})
    assert assigned.json()["state"] == "assigned"
    refused = await client.post(f"{one}/assign", json={"owner": "王五"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert "give a reason" in refused.json()["detail"]
    for step, body in (
        ("start", None),
        ("note", {"text": "已联系"}),
        ("remind", {"text": "请尽快"}),
        ("wait", {"text": "等回电"}),
        ("classify", {"category": "complaint", "priority": "urgent", "reason": "是投诉"}),
        ("resolve", {"result": "已回复"}),
        ("close", {"result": ""}),
    ):
        answer = await client.post(f"{one}/{step}", json=body)
        assert answer.status_code == 200, answer.text
    file = (await client.get(one)).json()
    assert (file["order"]["state"], file["order"]["result"]) == ("closed", "已回复")
    assert {each["by"] for each in file["history"]} == {"service", "tests"}
    again = await client.post(f"{one}/cancel", json={"text": "?"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert (await client.get(f"{PATH}/99")).status_code == 404
    assert (await client.post(f"{one}/explode", json={"text": "?"})).status_code == 422


async def test_one_is_opened_by_hand(client: httpx.AsyncClient, order_id: int) -> None:
    call = (await client.get(f"{PATH}/{order_id}")).json()["order"]["attempt_id"]
    body = {"attempt_id": call, "category": "complaint", "matter": "说坐席态度差"}
    made = await client.post(PATH, json=body)
    assert (made.status_code, made.json()["reason"]) == (201, "manual")
    assert (await client.post(PATH, json=body)).status_code == 409


async def test_a_follow_up_and_the_months_figures(
    client: httpx.AsyncClient, use_cases: UseCases, order_id: int
) -> None:
    script = await use_cases.questionnaires.add(
        QUESTIONNAIRE.replace("id: survey", "id: after").replace("satisfaction\n", "follow_up\n", 1)
    )
    body = {
        "name": "差评回访",
        "questionnaire_id": str(script.id),
        "caller_number": CALLER,
        "trunk": "rehearsal",
        "selection": {"ids": [order_id], "rehearsal": True},
    }
    made = await client.post(f"{PATH}/follow-up", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["kind"], made.json()["state"]) == ("follow_up", "draft")
    nobody = await client.post(f"{PATH}/follow-up", json={**body, "selection": {"ids": [77]}})
    assert nobody.status_code == 422  # a rehearsal trunk for orders of real calls
    figures = (await client.get(f"{PATH}/figures/2026-03")).json()
    assert figures["on_time"] == {"numerator": 0, "denominator": 0, "rate": None}
    assert (await client.get(f"{PATH}/figures/march")).status_code == 422


def test_an_order_is_worked_on_the_command_line(
    order_id: int, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "configure", lambda *_: None)
    settings = {"OUTBOUND_DATABASE_URL": database_url, "OUTBOUND_DATA_DIR": str(tmp_path)}

    def outbound(*arguments: str) -> Any:
        result = CliRunner().invoke(app, ["work-order", *arguments, "--json"], env=settings)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    assert [each["id"] for each in outbound("list", "--rehearsal")["items"]] == [order_id]
    assert outbound("assign", "1", "李四", "--by", "主管")["owner"] == "李四"
    done = outbound("close", "1", "已回复")
    assert (done["state"], done["result"]) == ("closed", "已回复")
    kinds = [each["kind"] for each in outbound("show", "1")["history"]]
    assert kinds == ["opened", "assign", "close"]
    assert outbound("reopen", "1", "没有解决")["state"] == "reopened"
    assert outbound("figures", "2026-03")["on_time"] == "0/0 (n/a)"
    plain = CliRunner().invoke(app, ["work-order", "list", "--rehearsal"], env=settings)
    assert "1 of 1" in plain.output
