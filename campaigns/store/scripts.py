"""Scripts read by attempt, for the dialogue's action side."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from campaigns.errors import NotFound
from campaigns.script import Script, seed_of
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import AttemptRow, CampaignRow, ContactRow, QuestionnaireRow
from campaigns.vault import Vault


class Scripts:
    """Finds what an attempt's conversation is to be led with."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def load(self, attempt_id: UUID) -> Script:
        """Return the attempt's questionnaire and contact attributes. Raises NotFound."""
        query = (
            select(QuestionnaireRow, ContactRow, AttemptRow.task_id)
            .select_from(AttemptRow)
            .join(CampaignRow, CampaignRow.id == AttemptRow.campaign_id)
            .join(QuestionnaireRow, QuestionnaireRow.id == CampaignRow.questionnaire_id)
            .join(ContactRow, ContactRow.id == AttemptRow.contact_id)
            .where(AttemptRow.id == attempt_id)
        )
        async with self._database.transaction() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            raise NotFound(f"there is no attempt {attempt_id}")
        questionnaire, contact, task_id = found
        return Script(
            rows.questionnaire(questionnaire),
            rows.attributes(contact.attributes_sealed, self._vault),
            seed_of(task_id),
        )
