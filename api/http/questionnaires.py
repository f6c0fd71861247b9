"""Questionnaires: check, add and read the versions."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, File, Form, HTTPException, UploadFile

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.questionnaire import file as questionnaire_file
from campaigns.questionnaire.model import CampaignKind, Questionnaire
from campaigns.questionnaire.xlsform.form import ImportedForm, import_form
from campaigns.questionnaire.xlsform.workbook import MAX_FILE_BYTES
from dialogs.script_check import Severity, check_script

QuestionnaireFile = Annotated[
    str,
    Body(media_type="application/yaml", description="The questionnaire file, as YAML or JSON."),
]


class FindingOut(Shown):
    """What may go wrong in a conversation: to be mended (error) or looked at (warning)."""

    severity: Severity
    place: str
    message: str


class CheckedOut(Shown):
    """A questionnaire file that can be stored, and what a closer look at it found."""

    id: str
    title: str
    kind: CampaignKind
    questions: int
    findings: list[FindingOut]


class QuestionnaireOut(Shown):
    """One version of a questionnaire."""

    id: UUID
    key: str
    version: int
    title: str
    kind: CampaignKind
    created_at: datetime


class QuestionnaireAddedOut(QuestionnaireOut):
    """The version stored, and what a closer look at it found; it is stored nevertheless."""

    findings: list[FindingOut]


class ImportWarningOut(Shown):
    """Something of a form that was changed or left out, by its cell."""

    message: str
    row: int | None
    column: str | None


class ImportedOut(Shown):
    """A questionnaire file made of an XLSForm: look it over, then add it."""

    yaml: str
    warnings: list[ImportWarningOut]


class QuestionnaireDocumentOut(QuestionnaireOut):
    """One version with all its questions."""

    document: dict[str, Any]


def _import(content: bytes, skip_unsupported: bool) -> ImportedForm:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        path.write_bytes(content)
        return import_form(path, skip_unsupported=skip_unsupported)


async def _findings(questionnaire: Questionnaire) -> list[FindingOut]:
    found = await asyncio.to_thread(check_script, questionnaire)
    return [FindingOut.model_validate(finding) for finding in found]


def questionnaire_routes(use_cases: UseCases) -> APIRouter:
    """Return the questionnaires' addresses."""
    router = APIRouter(prefix="/questionnaires", tags=["questionnaires"])
    questionnaires = use_cases.questionnaires

    @router.post("/check", responses=documented(422))
    async def check(text: QuestionnaireFile) -> CheckedOut:
        """Look for mistakes without storing anything."""
        found = questionnaire_file.parse(text)
        return CheckedOut(
            id=found.id,
            title=found.title,
            kind=found.kind,
            questions=len(found.questions),
            findings=await _findings(found),
        )

    @router.post("", status_code=201, responses=documented(422))
    async def add(text: QuestionnaireFile) -> QuestionnaireAddedOut:
        """Store a new version; the same file again is the same version."""
        stored = await questionnaires.add(text)
        shown = QuestionnaireOut.model_validate(stored).model_dump()
        return QuestionnaireAddedOut(**shown, findings=await _findings(stored.questionnaire))

    @router.post("/import", responses=documented(413, 422))
    async def import_xlsform(
        file: Annotated[UploadFile, File(description="An XLSForm, as .xlsx.")],
        skip_unsupported: Annotated[
            bool, Form(description="Leave out questions that cannot be asked on the telephone.")
        ] = False,
    ) -> ImportedOut:
        """Turn an XLSForm into a questionnaire file; nothing is stored."""
        if (file.size or 0) > MAX_FILE_BYTES:
            raise HTTPException(413, f"a form may have {MAX_FILE_BYTES >> 20} MB at most")
        content = await file.read(MAX_FILE_BYTES + 1)
        imported = await asyncio.to_thread(_import, content, skip_unsupported)
        return ImportedOut(
            yaml=imported.text,
            warnings=[ImportWarningOut.model_validate(each) for each in imported.warnings],
        )

    @router.get("")
    async def show_all() -> Page[QuestionnaireOut]:
        stored = await questionnaires.list()
        return Page(items=[QuestionnaireOut.model_validate(each) for each in stored])

    @router.get("/{questionnaire_id}", responses=documented(404))
    async def show(questionnaire_id: UUID) -> QuestionnaireDocumentOut:
        stored = await questionnaires.get(questionnaire_id)
        return QuestionnaireDocumentOut.model_validate(stored)

    return router
