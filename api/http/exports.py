"""Exports: start, follow and download a file of results."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse
from pydantic import BaseModel

from api.http.problems import documented
from api.http.schema import Shown
from api.use_cases import UseCases

_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportIn(BaseModel):
    """What kind of file is wanted."""

    format: Literal["csv", "xlsx"] = "csv"


class ExportOut(Shown):
    """An export: queued, then ready or failed."""

    id: UUID
    campaign_id: UUID
    format: str
    state: str
    rows: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


def export_routes(use_cases: UseCases) -> APIRouter:
    """Return the exports' addresses."""
    router = APIRouter(tags=["exports"], responses=documented(404))
    exports = use_cases.exports

    @router.post("/campaigns/{campaign_id}/exports", status_code=202)
    async def start(campaign_id: UUID, wanted: ExportIn) -> ExportOut:
        """Queue an export; one row an attempt."""
        export = await use_cases.start_export(campaign_id, wanted.format)
        return ExportOut.model_validate(export)

    @router.get("/exports/{export_id}")
    async def show(export_id: UUID) -> ExportOut:
        return ExportOut.model_validate(await exports.get(export_id))

    @router.get(
        "/exports/{export_id}/file",
        response_class=FileResponse,
        responses=documented(409, 410),
    )
    async def download(export_id: UUID) -> FileResponse:
        export = await exports.get(export_id)
        path = await exports.path(export_id)
        if not path.is_file():
            raise HTTPException(410, "the file was removed: start the export again")
        return FileResponse(path, media_type=_MEDIA_TYPES[export.format], filename=path.name)

    return router
