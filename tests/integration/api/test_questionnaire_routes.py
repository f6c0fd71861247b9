"""Questionnaires over HTTP: findings of a closer look, and XLSForms."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import httpx
import openpyxl

from api.use_cases import UseCases
from tests.integration.api.conftest import EXAMPLES, rehearsal_campaign

YAML = {"Content-Type": "application/yaml"}
FORM = [["type", "name", "label"], ["text", "why", "为什么？"], ["image", "photo", "拍照"]]


def form() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    for row in FORM:
        sheet.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


async def test_what_a_closer_look_finds_is_told_and_the_file_stored(
    client: httpx.AsyncClient,
) -> None:
    text = (EXAMPLES / "satisfaction_callback.yaml").read_text("utf-8")
    text = text.replace("satisfaction <= 2", "satisfaction <= 0")
    for path in ("/api/v1/questionnaires/check", "/api/v1/questionnaires"):
        answer = await client.post(path, content=text.encode(), headers=YAML)
        assert answer.is_success
        (finding,) = answer.json()["findings"]
        assert (finding["severity"], finding["place"]) == ("error", "question reason")


async def test_an_xlsform_becomes_a_file_that_can_be_added(client: httpx.AsyncClient) -> None:
    path = "/api/v1/questionnaires/import"
    refused = await client.post(path, files={"file": ("form.xlsx", form())})
    assert refused.status_code == 422
    (problem,) = refused.json()["problems"]
    assert (problem["row"], problem["column"]) == (3, "type")
    taken = await client.post(
        path, files={"file": ("form.xlsx", form())}, data={"skip_unsupported": "true"}
    )
    assert taken.status_code == 200
    assert any(warning["row"] == 3 for warning in taken.json()["warnings"])
    added = await client.post(
        "/api/v1/questionnaires", content=taken.json()["yaml"].encode(), headers=YAML
    )
    assert added.status_code == 201


async def test_a_campaigns_quotas_are_shown(client: httpx.AsyncClient, use_cases: UseCases) -> None:
    campaign = await rehearsal_campaign(use_cases)
    shown = await client.get(f"/api/v1/campaigns/{campaign}/quotas")
    assert shown.json()["items"] == []
    assert (await client.get(f"/api/v1/campaigns/{uuid4()}/quotas")).status_code == 404


async def test_what_is_no_form_is_refused(client: httpx.AsyncClient) -> None:
    path = "/api/v1/questionnaires/import"
    answer = await client.post(path, files={"file": ("form.xlsx", b"PK\x03\x04 nothing")})
    assert answer.status_code == 422
    large = await client.post(path, files={"file": ("form.xlsx", bytes((10 << 20) + 1))})
    assert large.status_code == 413
