"""The HTTP interface on a real database: the whole way of a campaign, and bad input."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg
import pytest
from procrastinate import App

from api.http.application import create_application
from api.jobs.queue import RENDER_PROMPTS, WRITE_EXPORT, connector
from api.use_cases import UseCases
from tests.integration.api.conftest import EXAMPLES

QUESTIONNAIRE = (EXAMPLES / "satisfaction_callback.yaml").read_text(encoding="utf-8")
CONTACTS = (EXAMPLES / "rehearsal_contacts.csv").read_bytes()
YAML = {"Content-Type": "application/yaml"}
NUMBER = "13800138001"


async def new_campaign(client: httpx.AsyncClient) -> dict[str, Any]:
    """Go the whole way to a draft over HTTP."""
    trunk = {"host": "127.0.0.1", "port": 5090, "max_calls": 4, "rehearsal": True}
    assert (await client.put("/api/v1/trunks/rehearsal", json=trunk)).status_code == 200
    caller = {
        "number": "0771-5552366",
        "display_name": "南宁税务",
        "valid_from": "2026-01-01T00:00:00+08:00",
        "valid_to": "2027-01-01T00:00:00+08:00",
    }
    registered = await client.post("/api/v1/caller-ids", json=caller)
    assert registered.json()["status"] == "pending", registered.text
    number = registered.json()["number"]
    verified = await client.post(f"/api/v1/caller-ids/{number}/verify")
    assert verified.json()["status"] == "verified"
    questionnaire = await client.post("/api/v1/questionnaires", content=QUESTIONNAIRE, headers=YAML)
    assert questionnaire.status_code == 201, questionnaire.text
    contacts = await upload(client, CONTACTS)
    assert contacts.status_code == 201, contacts.text
    created = await client.post(
        "/api/v1/campaigns",
        json={
            "name": "演练",
            "questionnaire_id": questionnaire.json()["id"],
            "contact_list_id": contacts.json()["id"],
            "caller_number": number,
            "trunk": "rehearsal",
        },
    )
    assert created.status_code == 201, created.text
    body: dict[str, Any] = created.json()
    return body


async def upload(
    client: httpx.AsyncClient, content: bytes, filename: str = "people.csv", **form: str
) -> httpx.Response:
    return await client.post(
        "/api/v1/contact-lists",
        data={"name": "people", **form},
        files={"file": (filename, content)},
    )


async def queued(database_url: str) -> list[tuple[str, dict[str, Any]]]:
    async with App(connector=connector(database_url)).open_async() as app:
        jobs = await app.job_manager.list_jobs_async()
        return [(job.task_name, dict(job.task_kwargs)) for job in jobs]


async def test_a_campaign_from_draft_to_cancelled(
    client: httpx.AsyncClient, database_url: str, use_cases: UseCases
) -> None:
    campaign = await new_campaign(client)
    address = f"/api/v1/campaigns/{campaign['id']}"
    assert campaign["state"] == "draft"

    launched = await client.post(f"{address}/launch")
    assert launched.json()["state"] == "preparing", launched.text
    assert await queued(database_url) == [(RENDER_PROMPTS, {"campaign_id": campaign["id"]})]

    await use_cases.campaigns.ready(launched.json()["id"])
    assert (await client.post(f"{address}/pause")).json()["state"] == "paused"
    assert (await client.post(f"{address}/resume")).json()["state"] == "running"
    status = (await client.get(address)).json()
    assert status["tasks"] == {"ready": 8}
    assert status["campaign"]["state"] == "running"
    rates = status["rates"]
    assert (status["cases"]["unknown_others"], rates["rr1"], rates["rr3"]) == (8, "0", None)

    assert (await client.post(f"{address}/cancel")).json()["state"] == "cancelled"
    again = await client.post(f"{address}/launch")
    assert again.status_code == 409
    assert again.json()["code"] == "conflict"
    listed = (await client.get("/api/v1/campaigns")).json()["items"]
    assert [each["id"] for each in listed] == [campaign["id"]]


async def test_results_and_exports(
    client: httpx.AsyncClient, use_cases: UseCases, database_url: str
) -> None:
    campaign = await new_campaign(client)
    await client.post(f"/api/v1/campaigns/{campaign['id']}/launch")

    attempts = await client.get(f"/api/v1/campaigns/{campaign['id']}/attempts")
    assert attempts.json() == {"items": []}

    started = await client.post(
        f"/api/v1/campaigns/{campaign['id']}/exports", json={"format": "csv"}
    )
    assert started.status_code == 202
    export = started.json()
    assert (WRITE_EXPORT, {"export_id": export["id"]}) in await queued(database_url)
    early = await client.get(f"/api/v1/exports/{export['id']}/file")
    assert early.status_code == 409

    await use_cases.exports.write(export["id"])
    ready = (await client.get(f"/api/v1/exports/{export['id']}")).json()
    assert (ready["state"], ready["rows"]) == ("ready", 8)
    file = await client.get(f"/api/v1/exports/{export['id']}/file")
    assert file.status_code == 200
    assert file.text.count("138****80") == 8
    assert NUMBER not in file.text


async def test_no_answer_holds_a_raw_number(client: httpx.AsyncClient) -> None:
    campaign = await new_campaign(client)
    await client.post(f"/api/v1/campaigns/{campaign['id']}/launch")
    for path in ("campaigns", "contact-lists", f"campaigns/{campaign['id']}"):
        assert NUMBER not in (await client.get(f"/api/v1/{path}")).text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nope"}, {"X-API-Key": "nope"}])
async def test_refuses_without_a_known_key(use_cases: UseCases, headers: dict[str, str]) -> None:
    transport = httpx.ASGITransport(create_application(use_cases))
    async with httpx.AsyncClient(transport=transport, base_url="http://outbound") as stranger:
        answer = await stranger.get("/api/v1/campaigns", headers=headers)
        health = await stranger.get("/health")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert health.json()["status"] == "ok"


async def test_a_revoked_key_is_refused_and_another_header_works(
    client: httpx.AsyncClient, use_cases: UseCases
) -> None:
    made = await use_cases.keys.make("other")
    del client.headers["Authorization"]
    client.headers["X-API-Key"] = made.secret
    assert (await client.get("/api/v1/trunks")).status_code == 200
    await use_cases.keys.revoke(made.key.prefix)
    assert (await client.get("/api/v1/trunks")).status_code == 401


async def test_a_bad_questionnaire_is_answered_with_its_lines(client: httpx.AsyncClient) -> None:
    bad = QUESTIONNAIRE.replace("type: yes_no", "type: maybe")
    for path in ("/api/v1/questionnaires", "/api/v1/questionnaires/check"):
        answer = await client.post(path, content=bad, headers=YAML)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        (problem,) = answer.json()["problems"]
        line = next(n for n, text in enumerate(bad.splitlines(), 1) if "type: maybe" in text)
        assert problem["line"] == line
    good = await client.post("/api/v1/questionnaires/check", content=QUESTIONNAIRE, headers=YAML)
    assert good.json()["questions"] == 4


async def test_the_same_questionnaire_is_the_same_version(client: httpx.AsyncClient) -> None:
    first, second = [
        (await client.post("/api/v1/questionnaires", content=QUESTIONNAIRE, headers=YAML)).json()
        for _ in range(2)
    ]
    assert first == second
    shown = (await client.get(f"/api/v1/questionnaires/{first['id']}")).json()
    assert shown["document"]["id"] == "satisfaction-callback"


async def test_bad_rows_are_reported_with_row_and_column(client: httpx.AsyncClient) -> None:
    content = CONTACTS + "错误,12345,十一月\n".encode()
    kept = (await upload(client, content)).json()
    assert (kept["accepted"], kept["refused"]) == (8, 1)
    assert kept["report"][0]["row"] == 10
    assert kept["report"][0]["column"]

    refused = await upload(client, content, all_or_nothing="true")
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["row"] == 10
    assert len((await client.get("/api/v1/contact-lists")).json()["items"]) == 1


async def test_a_file_too_large_is_refused(client: httpx.AsyncClient) -> None:
    answer = await upload(client, b"x" * 1_000_001)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "the file is larger than 1 MB"


async def test_bad_fields_are_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/campaigns", json={"name": "", "max_attempts": 99})
    assert answer.status_code == 422
    named = {problem["column"] for problem in answer.json()["problems"]}
    assert {"name", "max_attempts", "caller_number"} <= named


async def test_an_unverified_trunk_target_is_refused(client: httpx.AsyncClient) -> None:
    trunk = {"host": "203.0.113.7", "max_calls": 1, "rehearsal": True}
    answer = await client.put("/api/v1/trunks/out", json=trunk)
    assert answer.status_code == 422
    assert "loopback" in answer.json()["problems"][0]["message"]


async def test_the_trunk_password_is_never_shown(client: httpx.AsyncClient) -> None:
    trunk = {"host": "203.0.113.7", "max_calls": 1, "password": "geheim-123"}
    assert "geheim" not in (await client.put("/api/v1/trunks/out", json=trunk)).text
    assert "geheim" not in (await client.get("/api/v1/trunks")).text


async def test_what_is_not_there_is_a_problem_document(client: httpx.AsyncClient) -> None:
    nothing = "00000000-0000-0000-0000-000000000000"
    for path in ("campaigns", "attempts", "exports", "questionnaires", "contact-lists"):
        answer = await client.get(f"/api/v1/{path}/{nothing}")
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "not_found"
    assert (await client.get("/api/v1/nowhere")).json()["status"] == 404
    assert (await client.get("/api/v1/campaigns/not-an-id")).status_code == 422


async def test_a_lost_database_is_said_plainly(
    client: httpx.AsyncClient, database_url: str
) -> None:
    server, _, name = database_url.rpartition("/")
    assert (await client.get("/health")).status_code == 200
    async with await psycopg.AsyncConnection.connect(
        f"{server}/postgres", autocommit=True
    ) as admin:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        await admin.execute(
            b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        answer = await client.get("/health")
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "store_unavailable"


async def test_documentation_needs_no_internet(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert "https://" not in page.split("</head>")[0]
    script = await client.get("/static-offline-docs/swagger-ui-bundle.js")
    assert script.status_code == 200
    assert len(script.content) > 100_000
    schema = (await client.get("/openapi.json")).json()
    assert "/api/v1/campaigns/{campaign_id}/launch" in schema["paths"]
