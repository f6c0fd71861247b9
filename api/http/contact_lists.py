"""Contact lists: upload the people to call."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, File, Form, HTTPException, UploadFile

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases


class MistakeOut(Shown):
    """One refused row."""

    message: str
    row: int | None
    column: str | None


class ContactListOut(Shown):
    """A contact list with what became of the file's rows; `report` names the rows refused (the
    first thousand), `columns` the attributes."""

    id: UUID
    name: str
    columns: list[str]
    accepted: int
    refused: int
    report: list[MistakeOut]
    created_at: datetime


def contact_list_routes(use_cases: UseCases, upload_limit_mb: int) -> APIRouter:
    """Return the contact lists' addresses."""
    router = APIRouter(prefix="/contact-lists", tags=["contact lists"])
    contacts = use_cases.contacts

    @router.post("", status_code=201, responses=documented(413, 422))
    async def upload(
        file: Annotated[UploadFile, File(description="CSV or XLSX with a header row.")],
        name: Annotated[str, Form(min_length=1, max_length=200)],
        all_or_nothing: Annotated[
            bool, Form(description="Refuse the whole file when a row is bad.")
        ] = False,
    ) -> ContactListOut:
        """Import people to call; bad rows are reported, good ones kept."""
        if (file.size or 0) > upload_limit_mb * 1_000_000:
            raise HTTPException(413, f"the file is larger than {upload_limit_mb} MB")
        async with _on_disk(file) as path:
            report = await contacts.import_file(name, path, all_or_nothing=all_or_nothing)
        return ContactListOut.model_validate(report)

    @router.get("")
    async def show_all() -> Page[ContactListOut]:
        return Page(items=[ContactListOut.model_validate(each) for each in await contacts.list()])

    @router.get("/{list_id}", responses=documented(404))
    async def show(list_id: UUID) -> ContactListOut:
        return ContactListOut.model_validate(await contacts.get(list_id))

    return router


@asynccontextmanager
async def _on_disk(upload: UploadFile) -> AsyncIterator[Path]:
    """Put an upload into a file that keeps its ending, readable by us alone."""
    suffix = Path(upload.filename or "").suffix.lower()
    with tempfile.NamedTemporaryFile(suffix=suffix) as target:
        await anyio.to_thread.run_sync(shutil.copyfileobj, upload.file, target)
        target.flush()
        yield Path(target.name)
