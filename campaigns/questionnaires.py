"""Questionnaires as stored: immutable versions of checked files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from campaigns.errors import NotFound
from campaigns.questionnaire.file import from_document, parse, to_document
from campaigns.questionnaire.model import CampaignKind, Questionnaire
from campaigns.store.database import Database
from campaigns.store.tables import QuestionnaireRow


@dataclass(frozen=True, slots=True)
class StoredQuestionnaire:
    """One version; `key` is the id in the file, `document` the checked file as data."""

    id: UUID
    key: str
    version: int
    title: str
    kind: CampaignKind
    document: dict[str, Any]
    created_at: datetime

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire itself."""
        return from_document(self.document)


class Questionnaires:
    """Add and read questionnaires."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, file_text: str) -> StoredQuestionnaire:
        """Check a file and store it as a new version; the newest version's very file again gives
        that version back. Raises InvalidInput with every mistake's line."""
        questionnaire = parse(file_text)
        document = to_document(questionnaire)
        newest = (
            select(QuestionnaireRow)
            .where(QuestionnaireRow.key == questionnaire.id)
            .order_by(QuestionnaireRow.version.desc())
            .limit(1)
        )
        async with self._database.transaction() as session:
            # One version at a time: two adding the same questionnaire wait for each other.
            await session.execute(text("LOCK TABLE questionnaires IN SHARE ROW EXCLUSIVE MODE"))
            latest = await session.scalar(newest)
            if latest is not None and latest.document == document:
                return _stored(latest)
            row = QuestionnaireRow(
                key=questionnaire.id,
                version=latest.version + 1 if latest else 1,
                title=questionnaire.title,
                kind=questionnaire.kind.value,
                document=document,
            )
            session.add(row)
            await session.flush()
            await session.refresh(row)
            return _stored(row)

    async def get(self, questionnaire_id: UUID) -> StoredQuestionnaire:
        """Return one version. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(QuestionnaireRow, questionnaire_id)
        if row is None:
            raise NotFound(f"there is no questionnaire {questionnaire_id}")
        return _stored(row)

    async def list(self, limit: int = 1000) -> tuple[StoredQuestionnaire, ...]:
        """Return the versions, newest first."""
        newest_first = select(QuestionnaireRow).order_by(
            QuestionnaireRow.created_at.desc(), QuestionnaireRow.version.desc()
        )
        async with self._database.transaction() as session:
            return tuple(_stored(row) for row in await session.scalars(newest_first.limit(limit)))


def _stored(row: QuestionnaireRow) -> StoredQuestionnaire:
    return StoredQuestionnaire(
        id=row.id,
        key=row.key,
        version=row.version,
        title=row.title,
        kind=CampaignKind(row.kind),
        document=row.document,
        created_at=row.created_at,
    )
