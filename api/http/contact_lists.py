"""Contact lists: upload the people to call."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Body, File, Form, HTTPException, UploadFile
from pydantic import BaseModel, Field

from api.http.keys import Operator
from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.consent import Consent, ConsentBasis


class MistakeOut(Shown):
    """One refused row."""

    message: str
    row: int | None
    column: str | None


class ConsentIn(BaseModel):
    """Why the people of a list may be called, and what proves it."""

    basis: ConsentBasis
    evidence: str = Field(min_length=1, max_length=2000, examples=["办税服务厅回访告知书第3条"])
    given_on: date

    def consent(self) -> Consent:
        """Return it as the domain has it."""
        return Consent(self.basis, self.evidence, self.given_on)


class PeopleIn(BaseModel):
    """People as objects, with the names a contact file's header has (docs/contact-file.md)."""

    name: str = Field(min_length=1, max_length=200)
    people: list[dict[str, str]] = Field(
        min_length=1, max_length=50_000, examples=[[{"phone": "13800138000", "姓名": "张三"}]]
    )
    all_or_nothing: bool = False
    consent: ConsentIn | None = None


class ConsentShown(Shown):
    """The basis itself."""

    basis: ConsentBasis
    evidence: str
    given_on: date


class ConsentOut(Shown):
    """The basis on record; once withdrawn nobody of the list is called."""

    consent: ConsentShown
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawal: str


class ContactListOut(Shown):
    """A contact list with what became of the file's rows; `report` names the rows refused and
    the numbers left out (the first thousand), `columns` the attributes."""

    id: UUID
    name: str
    columns: list[str]
    accepted: int
    refused: int
    remarks: int = Field(description="Numbers left out of rows that were taken.")
    report: list[MistakeOut]
    created_at: datetime
    consent: ConsentOut | None = Field(description="Needed before real telephones are called.")


def contact_list_routes(use_cases: UseCases, upload_limit_mb: int) -> APIRouter:
    """Return the contact lists' addresses."""
    router = APIRouter(prefix="/contact-lists", tags=["contact lists"])
    contacts = use_cases.contacts

    @router.post("", status_code=201, responses=documented(413, 422))
    async def upload(
        file: Annotated[UploadFile, File(description="CSV or XLSX with a header row.")],
        name: Annotated[str, Form(min_length=1, max_length=200)],
        by: Operator,
        all_or_nothing: Annotated[
            bool, Form(description="Refuse the whole file when a row is bad.")
        ] = False,
        consent_basis: Annotated[
            ConsentBasis | None, Form(description="Why these people may be called.")
        ] = None,
        consent_evidence: Annotated[str, Form(description="What proves it.")] = "",
        consent_on: Annotated[date | None, Form(description="Since when; none: today.")] = None,
    ) -> ContactListOut:
        """Import people to call; bad rows are reported, good ones kept."""
        if (file.size or 0) > upload_limit_mb * 1_000_000:
            raise HTTPException(413, f"the file is larger than {upload_limit_mb} MB")
        consent = None
        if consent_basis is not None:
            since = consent_on or datetime.now(SHANGHAI).date()
            consent = Consent(consent_basis, consent_evidence, since)
        async with _on_disk(file) as path:
            report = await contacts.import_file(
                name, path, all_or_nothing=all_or_nothing, consent=consent, by=by
            )
        return ContactListOut.model_validate(report)

    @router.post("/people", status_code=201, responses=documented(422))
    async def import_people(new: PeopleIn, by: Operator) -> ContactListOut:
        """Import people to call without a file; a problem's row is an object's place."""
        given = new.consent
        report = await contacts.import_objects(
            new.name,
            new.people,
            all_or_nothing=new.all_or_nothing,
            consent=given.consent() if given else None,
            by=by,
        )
        return ContactListOut.model_validate(report)

    @router.put("/{list_id}/consent", responses=documented(404, 422))
    async def record_consent(list_id: UUID, consent: ConsentIn, by: Operator) -> ContactListOut:
        """Say why these people may be called; it replaces what was recorded before."""
        recorded = await contacts.record_consent(list_id, consent.consent(), by)
        return ContactListOut.model_validate(recorded)

    @router.post("/{list_id}/consent/withdraw", responses=documented(404, 409, 422))
    async def withdraw_consent(
        list_id: UUID, by: Operator, reason: Annotated[str, Body(embed=True, min_length=1)]
    ) -> ContactListOut:
        """Call nobody of this list any more: its campaigns stop before their next call."""
        return ContactListOut.model_validate(await contacts.withdraw_consent(list_id, reason, by))

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
