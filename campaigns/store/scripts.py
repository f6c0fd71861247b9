"""Scripts read by attempt, for the dialogue's action side."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.clock import Clock, SystemClock
from campaigns.errors import NotFound
from campaigns.script import Script, seed_of
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import AttemptRow, CampaignRow, ContactRow, QuestionnaireRow
from campaigns.store.transfer_desk import read_agents_schedule
from campaigns.store.transfer_tables import TransferRuleRow
from campaigns.transfers.agents_hours import AgentsHours
from campaigns.vault import Vault


class Scripts:
    """Finds what an attempt's conversation is to be led with."""

    def __init__(self, database: Database, vault: Vault, clock: Clock | None = None) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock or SystemClock()

    async def load(self, attempt_id: UUID) -> Script:
        """Return the attempt's questionnaire and contact attributes, and when agents are at work.

        Raises NotFound.
        """
        query = (
            select(QuestionnaireRow, ContactRow, AttemptRow, TransferRuleRow)
            .select_from(AttemptRow)
            .join(CampaignRow, CampaignRow.id == AttemptRow.campaign_id)
            .join(QuestionnaireRow, QuestionnaireRow.id == CampaignRow.questionnaire_id)
            .join(ContactRow, ContactRow.id == AttemptRow.contact_id)
            .outerjoin(TransferRuleRow, TransferRuleRow.campaign_id == CampaignRow.id)
            .where(AttemptRow.id == attempt_id)
        )
        async with self._database.transaction() as session:
            found = (await session.execute(query)).one_or_none()
            if found is None:
                raise NotFound(f"there is no attempt {attempt_id}")
            questionnaire, contact, attempt, rule = found
            agents = await self._agents(session, attempt, rule)
        return Script(
            rows.questionnaire(questionnaire),
            rows.attributes(contact.attributes_sealed, self._vault),
            seed_of(attempt.task_id),
            agents,
        )

    async def _agents(
        self, session: AsyncSession, attempt: AttemptRow, rule: TransferRuleRow | None
    ) -> AgentsHours | None:
        if rule is None:
            return None
        if attempt.rehearsal:
            return AgentsHours()
        schedule = await read_agents_schedule(session, rule, self._clock.now())
        return AgentsHours(schedule) if schedule is not None else None
