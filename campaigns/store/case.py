"""A case: everything the rules need to know about a leased task, read under its lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.attempt import Lease
from campaigns.calling_hours import CallingHours, read_hours, read_zone
from campaigns.campaign import CampaignState
from campaigns.errors import InvalidInput
from campaigns.gate import Facts
from campaigns.questionnaire.model import CampaignKind, Questionnaire
from campaigns.store import rows
from campaigns.store.tables import (
    AttemptRow,
    CallerIdRow,
    CampaignRow,
    ContactRow,
    DoNotCallRow,
    QuestionnaireRow,
    TaskRow,
    TrunkRow,
)
from campaigns.task import TaskState
from campaigns.trunk import Trunk
from campaigns.vault import Vault

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Case:
    """A task that is held, with what belongs to it. `dialled`: its call is not over yet; `ordinal`
    is that of the next attempt."""

    campaign: CampaignRow
    task: TaskRow
    contact: ContactRow
    caller: CallerIdRow
    trunk: Trunk
    questionnaire: Questionnaire
    do_not_call: str | None
    number_in_call: bool
    dialled: bool
    ordinal: int

    def facts(self, now: datetime) -> Facts:
        """Return what the rules judge by."""
        hours, zone = _hours(self.campaign)
        return Facts(
            now=now,
            state=CampaignState(self.campaign.state),
            kind=CampaignKind(self.campaign.kind),
            attempts_made=self.task.attempts_made,
            max_attempts=self.campaign.max_attempts,
            do_not_call=self.do_not_call,
            number_in_call=self.number_in_call,
            caller=rows.caller_id(self.caller),
            trunk=self.trunk,
            hours=hours,
            zone=zone,
        )


async def lock_task(session: AsyncSession, lease: Lease) -> TaskRow | None:
    """Lock the task of a lease; None when the lease is no longer the one in force."""
    task = await session.get(TaskRow, lease.task_id, with_for_update=True)
    held = task is not None and task.fence == lease.fence and task.state == TaskState.LEASED
    return task if held else None


async def read_case(session: AsyncSession, vault: Vault, lease: Lease) -> Case | None:
    """Lock and read the case of a lease; None when the lease is no longer the one in force.

    Locks are taken in the order campaign, task, attempt. The campaign's is shared: a pause or a
    cancellation waits for this transaction, and the next one sees it.
    """
    campaign = await session.get(CampaignRow, lease.campaign_id, with_for_update={"read": True})
    task = await lock_task(session, lease)
    if campaign is None or task is None:
        return None
    open_calls = exists().where(AttemptRow.state == "open")
    last = select(func.coalesce(func.max(AttemptRow.ordinal), 0)).where(
        AttemptRow.task_id == task.id
    )
    query = (
        select(
            TrunkRow,
            CallerIdRow,
            ContactRow,
            QuestionnaireRow,
            DoNotCallRow.reason,
            open_calls.where(AttemptRow.number_index == task.number_index).label("in_call"),
            open_calls.where(AttemptRow.task_id == task.id).label("dialled"),
            last.scalar_subquery().label("ordinal"),
        )
        .select_from(TrunkRow)
        .join(CallerIdRow, CallerIdRow.id == campaign.caller_id)
        .join(ContactRow, ContactRow.id == task.contact_id)
        .join(QuestionnaireRow, QuestionnaireRow.id == campaign.questionnaire_id)
        .outerjoin(DoNotCallRow, DoNotCallRow.number_index == task.number_index)
        .where(TrunkRow.name == campaign.trunk)
    )
    trunk, caller, contact, script, listed, in_call, dialled, ordinal = (
        await session.execute(query)
    ).one()
    return Case(
        campaign=campaign,
        task=task,
        contact=contact,
        caller=caller,
        trunk=rows.trunk(trunk, vault),
        questionnaire=rows.questionnaire(script),
        do_not_call=listed,
        number_in_call=in_call,
        dialled=dialled,
        ordinal=ordinal + 1,
    )


def _hours(campaign: CampaignRow) -> tuple[CallingHours | None, ZoneInfo]:
    try:
        return read_hours(campaign.calling_hours), read_zone(campaign.time_zone)
    except InvalidInput:
        return None, _UTC
