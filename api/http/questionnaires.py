"""Questionnaires: check, add and read the versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.questionnaire import file as questionnaire_file
from campaigns.questionnaire.model import CampaignKind

QuestionnaireFile = Annotated[
    str,
    Body(media_type="application/yaml", description="The questionnaire file, as YAML or JSON."),
]


class CheckedOut(Shown):
    """A questionnaire file without mistakes."""

    id: str
    title: str
    kind: CampaignKind
    questions: int


class QuestionnaireOut(Shown):
    """One version of a questionnaire."""

    id: UUID
    key: str
    version: int
    title: str
    kind: CampaignKind
    created_at: datetime


class QuestionnaireDocumentOut(QuestionnaireOut):
    """One version with all its questions."""

    document: dict[str, Any]


def questionnaire_routes(use_cases: UseCases) -> APIRouter:
    """Return the questionnaires' addresses."""
    router = APIRouter(prefix="/questionnaires", tags=["questionnaires"])
    questionnaires = use_cases.questionnaires

    @router.post("/check", responses=documented(422))
    async def check(text: QuestionnaireFile) -> CheckedOut:
        """Look for mistakes without storing anything."""
        found = questionnaire_file.parse(text)
        return CheckedOut(
            id=found.id, title=found.title, kind=found.kind, questions=len(found.questions)
        )

    @router.post("", status_code=201, responses=documented(422))
    async def add(text: QuestionnaireFile) -> QuestionnaireOut:
        """Store a new version; the same file again is the same version."""
        return QuestionnaireOut.model_validate(await questionnaires.add(text))

    @router.get("")
    async def show_all() -> Page[QuestionnaireOut]:
        stored = await questionnaires.list()
        return Page(items=[QuestionnaireOut.model_validate(each) for each in stored])

    @router.get("/{questionnaire_id}", responses=documented(404))
    async def show(questionnaire_id: UUID) -> QuestionnaireDocumentOut:
        stored = await questionnaires.get(questionnaire_id)
        return QuestionnaireDocumentOut.model_validate(stored)

    return router
