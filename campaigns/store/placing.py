"""Placing a call: the rules, the trunk slot and the attempt, within one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns import gate
from campaigns.attempt import Lease, PlannedAttempt
from campaigns.campaign import CampaignEvent, CampaignState
from campaigns.governor import GovernorPolicy
from campaigns.on_machine import OnMachine
from campaigns.ports import LeaseLost
from campaigns.refusal import Refusal
from campaigns.store import rows
from campaigns.store.campaign_moves import move
from campaigns.store.case import Case, read_case
from campaigns.store.lines import Line, free_slot, take_line
from campaigns.store.tables import AttemptRow, CampaignRow, TaskRow
from campaigns.task import TaskEvent, TaskState
from campaigns.task import next_state as next_task_state
from campaigns.trunk import Trunk
from campaigns.vault import Vault


async def place(
    session: AsyncSession,
    vault: Vault,
    policy: GovernorPolicy,
    lease: Lease,
    now: datetime,
    lease_until: datetime,
) -> PlannedAttempt | Refusal:
    """Commit an attempt or reschedule the task with the rule that forbids it. Raises LeaseLost."""
    case = await read_case(session, vault, lease, now, policy)
    if case is None:
        raise LeaseLost(f"task {lease.task_id} is no longer held by {lease.worker}")
    if case.dialled:
        raise LeaseLost(f"task {lease.task_id} was already dialled under this lease")
    attempt_id = uuid5(case.task.id, str(case.ordinal))
    line = _forbidden(case, now, policy) or await _commit(session, case, attempt_id, lease, now)
    if isinstance(line, Refusal):
        _put_off(case.task, line, CampaignState(case.campaign.state))
        return line
    case.task.lease_until = lease_until
    held = replace(lease, expires_at=lease_until)
    return _planned(case, line.trunk, vault, attempt_id, held)


async def has_open_attempt(session: AsyncSession, task_id: UUID) -> bool:
    """Return whether the task has a call that is not over."""
    return bool(
        await session.scalar(
            select(exists().where(AttemptRow.task_id == task_id, AttemptRow.state == "open"))
        )
    )


def give_back(task: TaskRow, at: datetime) -> None:
    """Make a leased task ready again, due `at`."""
    task.state = next_task_state(TaskState(task.state), TaskEvent.GIVE_BACK)
    task.next_at = at
    task.lease_owner = task.lease_until = None


def end_task(task: TaskRow, event: TaskEvent) -> None:
    """Close or cancel a task."""
    task.state = next_task_state(TaskState(task.state), event)
    task.lease_owner = task.lease_until = None


async def stop_campaign(
    session: AsyncSession, campaign_id: UUID, reason: str, now: datetime
) -> None:
    """Pause a running campaign by itself and tell its owner why."""
    campaign = await session.get(CampaignRow, campaign_id, with_for_update=True)
    if campaign is not None and campaign.state == CampaignState.RUNNING:
        move(session, campaign, CampaignEvent.FAIL, now, reason=reason)
        campaign.failure = reason


async def close_campaign(session: AsyncSession, campaign_id: UUID, until: datetime | None) -> None:
    """Lease none of a campaign's tasks before its calling hours open again."""
    await session.execute(
        update(CampaignRow).where(CampaignRow.id == campaign_id).values(closed_until=until)
    )


def _forbidden(case: Case, now: datetime, policy: GovernorPolicy) -> Refusal | None:
    """Return the first rule that forbids the call, over whichever trunk."""
    for trunk in case.candidates or (case.home,):
        refusal = gate.check(case.facts(trunk, now, policy))
        if refusal is not None:
            return refusal
    return None if case.candidates else gate.no_route(now)


def _put_off(task: TaskRow, refusal: Refusal, campaign: CampaignState) -> None:
    task.note = refusal.reason
    if refusal.retry_at is not None:
        give_back(task, refusal.retry_at)
        return
    over = campaign is CampaignState.CANCELLED
    end_task(task, TaskEvent.CANCEL if over else TaskEvent.CLOSE)
    if task.attempts_made == 0:
        task.disposition = refusal.rule


async def _commit(
    session: AsyncSession, case: Case, attempt_id: UUID, lease: Lease, now: datetime
) -> Line | Refusal:
    """Take a line and write the attempt; two transactions with the same number cannot both."""
    line = await take_line(session, case.candidates, attempt_id, now)
    if isinstance(line, Refusal):
        return line
    written = await session.scalar(
        insert(AttemptRow)
        .values(
            id=attempt_id,
            task_id=case.task.id,
            campaign_id=case.campaign.id,
            contact_id=case.contact.id,
            ordinal=case.ordinal,
            fence=case.task.fence,
            worker=lease.worker,
            number_index=case.number.index,
            number_order=case.number.order,
            number_masked=case.number.masked,
            trunk=line.trunk.name,
            alternatives=[each.name for each in case.candidates if each != line.trunk],
            rehearsal=line.trunk.rehearsal,
            slot=line.slot,
            sip_call_id=_sip_call_id(attempt_id),
            caller_number=case.caller.number,
            caller_name=case.caller.display_name,
            started_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=[AttemptRow.number_index], index_where=text("state = 'open'")
        )
        .returning(AttemptRow.id)
    )
    if written is not None:
        return line
    await free_slot(session, attempt_id)
    return gate.number_in_call(now)


def _planned(
    case: Case, trunk: Trunk, vault: Vault, attempt_id: UUID, lease: Lease
) -> PlannedAttempt:
    number = vault.open(case.number.sealed, rows.NUMBER_PURPOSE).decode()
    return PlannedAttempt(
        id=attempt_id,
        lease=lease,
        ordinal=case.ordinal,
        number=trunk.dialled(number),
        trunk=trunk.address(),
        caller_number=case.caller.number,
        caller_name=case.caller.display_name,
        sip_call_id=_sip_call_id(attempt_id),
        questionnaire=case.questionnaire,
        variables=rows.attributes(case.contact.attributes_sealed, vault),
        ring_timeout_s=float(case.campaign.ring_timeout_s),
        voice=case.campaign.voice,
        on_machine=OnMachine(case.campaign.on_machine),
    )


def _sip_call_id(attempt_id: UUID) -> str:
    return f"{attempt_id}@outbound.invalid"
