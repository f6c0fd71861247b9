"""Questionnaires: check, add and read the versions."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.questionnaire import file as questionnaire_file
from campaigns.questionnaire.model import CampaignKind, Questionnaire
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


class QuestionnaireDocumentOut(QuestionnaireOut):
    """One version with all its questions."""

    document: dict[str, Any]


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

    @router.get("")
    async def show_all() -> Page[QuestionnaireOut]:
        stored = await questionnaires.list()
        return Page(items=[QuestionnaireOut.model_validate(each) for each in stored])

    @router.get("/{questionnaire_id}", responses=documented(404))
    async def show(questionnaire_id: UUID) -> QuestionnaireDocumentOut:
        stored = await questionnaires.get(questionnaire_id)
        return QuestionnaireDocumentOut.model_validate(stored)

    return router
