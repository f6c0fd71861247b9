"""Transfers over HTTP and the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.main import app
from campaigns import log
from campaigns.attempt import PlannedAttempt
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.store.transfer_desk import PostgresTransferDesk
from campaigns.transfers.planned import AgentCall, PlannedTransfer
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, running_campaign

RULE = {"trunk": "agents", "caller_number": CALLER, "agents": ["138 0013 8000"], "ring_s": 20}


@pytest.fixture
async def attempt(database: Database, vault: Vault, clock: FakeClock) -> PlannedAttempt:
    """A rehearsal's call, with a trunk to its agents."""
    await Trunks(database, vault).put(Trunk("agents", "127.0.0.1", 5070, 2, rehearsal=True))
    await running_campaign(database, vault, clock, contacts=1)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("worker", 1)
    attempt = await queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    return attempt


async def test_a_rule_is_set_and_the_waiting_person_seen(
    client: httpx.AsyncClient,
    attempt: PlannedAttempt,
    database: Database,
    vault: Vault,
    clock: FakeClock,
) -> None:
    path = f"/api/v1/campaigns/{attempt.lease.campaign_id}/transfer"
    assert (await client.get(path)).status_code == 404
    refused = await client.put(path, json={**RULE, "queue": "sip:8000@pbx"})
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["message"] == "name either agents' numbers or a queue"
    stored = await client.put(path, json=RULE)
    assert stored.status_code == 200, stored.text
    assert (stored.json()["agents"], stored.json()["mode"]) == (["138****8000"], "auto")
    assert "13800138000" not in (await client.get(path)).text

    desk = PostgresTransferDesk(database, vault, clock)
    begun = await desk.begin(attempt.id, "我要转人工")
    assert isinstance(begun, PlannedTransfer)
    assert isinstance(await desk.next_agent(begun.id), AgentCall)
    waiting = await client.get("/api/v1/transfers", params={"state": "waiting"})
    (shown,) = waiting.json()["items"]
    assert (shown["id"], shown["wish"]) == (str(begun.id), "我要转人工")
    assert (shown["number_masked"], shown["agent_masked"]) == ("138****0000", "138****8000")
    assert (await client.get(f"/api/v1/transfers/{begun.id}")).json() == shown
    assert (await client.get(f"/api/v1/transfers/{attempt.id}")).status_code == 404
    nobody = await client.get("/api/v1/transfers", params={"state": "connected"})
    assert nobody.json()["items"] == []
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == 404


def test_a_rule_is_set_on_the_command_line(
    attempt: PlannedAttempt, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "configure", lambda *_: None)
    settings = {"OUTBOUND_DATABASE_URL": database_url, "OUTBOUND_DATA_DIR": str(tmp_path)}
    campaign = str(attempt.lease.campaign_id)

    def outbound(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, ["transfer", *arguments], env=settings)
        assert result.exit_code == code, result.output
        return result.output

    where = ("--trunk", "agents", "--caller", CALLER)
    made = json.loads(outbound("set", campaign, *where, "--agent", "8001", "--json"))
    assert (made["agents"], made["ring_s"]) == (["8001"], 30)
    assert (
        "no trunk 'nowhere'"
        in CliRunner()
        .invoke(
            app,
            [
                "transfer",
                "set",
                campaign,
                "--trunk",
                "nowhere",
                "--caller",
                CALLER,
                "--agent",
                "1000",
            ],
            env=settings,
        )
        .output
    )
    assert json.loads(outbound("show", campaign, "--json"))["trunk"] == "agents"
    assert json.loads(outbound("list", "--json")) == []
    outbound("drop", campaign)
    outbound("show", campaign, code=2)
