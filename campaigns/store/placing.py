"""Placing a call: the rules, the trunk slot and the attempt, within one transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns import gate
from campaigns.attempt import Lease, PlannedAttempt, TrunkAddress
from campaigns.calling_hours import CallingHours, read_hours, read_zone
from campaigns.campaign import CampaignEvent, CampaignState, next_state
from campaigns.errors import InvalidInput
from campaigns.ports import LeaseLost
from campaigns.questionnaire.model import CampaignKind
from campaigns.refusal import Refusal
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
    TrunkSlotRow,
)
from campaigns.task import TaskEvent, TaskState
from campaigns.task import next_state as next_task_state
from campaigns.vault import Vault

_NUMBER_OPEN = "uq_attempts_number_open"
_UTC = ZoneInfo("UTC")


async def place(
    session: AsyncSession, vault: Vault, lease: Lease, now: datetime, lease_until: datetime
) -> PlannedAttempt | Refusal:
    """Commit an attempt or reschedule the task with the rule that forbids it. Raises LeaseLost."""
    # Locks are taken in the order campaign, task, attempt. The campaign's is shared: a pause or a
    # cancellation waits for this transaction, and the next one sees it.
    campaign = await session.get(CampaignRow, lease.campaign_id, with_for_update={"read": True})
    task = await lock_task(session, lease)
    if campaign is None or task is None:
        raise LeaseLost(f"task {lease.task_id} is no longer held by {lease.worker}")
    if await has_open_attempt(session, task.id):
        raise LeaseLost(f"task {lease.task_id} was already dialled under this lease")
    trunk = await session.get_one(TrunkRow, campaign.trunk)
    refusal = gate.check(await _facts(session, task, campaign, trunk, vault, now))
    if refusal is None:
        task.lease_until = lease_until
        attempt = await _commit(session, vault, lease, task, campaign, trunk, now)
        if isinstance(attempt, PlannedAttempt):
            return attempt
        refusal = attempt
    _put_off(task, refusal, CampaignState(campaign.state))
    return refusal


async def lock_task(session: AsyncSession, lease: Lease) -> TaskRow | None:
    """Lock the task of a lease; None when the lease is no longer the one in force."""
    task = await session.get(TaskRow, lease.task_id, with_for_update=True)
    held = task is not None and task.fence == lease.fence and task.state == TaskState.LEASED
    return task if held else None


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


async def stop_campaign(session: AsyncSession, campaign_id: UUID, reason: str) -> None:
    """Pause a running campaign by itself and tell its owner why."""
    campaign = await session.get(CampaignRow, campaign_id, with_for_update=True)
    if campaign is not None and campaign.state == CampaignState.RUNNING:
        campaign.state = next_state(CampaignState.RUNNING, CampaignEvent.FAIL)
        campaign.failure = reason


def _put_off(task: TaskRow, refusal: Refusal, campaign: CampaignState) -> None:
    task.note = refusal.reason
    if refusal.retry_at is not None:
        give_back(task, refusal.retry_at)
        return
    over = campaign is CampaignState.CANCELLED
    end_task(task, TaskEvent.CANCEL if over else TaskEvent.CLOSE)
    if task.attempts_made == 0:
        task.disposition = refusal.rule


async def _facts(
    session: AsyncSession,
    task: TaskRow,
    campaign: CampaignRow,
    trunk: TrunkRow,
    vault: Vault,
    now: datetime,
) -> gate.Facts:
    caller = await session.get(CallerIdRow, campaign.caller_id)
    listed = await session.get(DoNotCallRow, task.number_index)
    in_call = exists().where(
        AttemptRow.number_index == task.number_index, AttemptRow.state == "open"
    )
    hours, zone = _hours(campaign)
    return gate.Facts(
        now=now,
        state=CampaignState(campaign.state),
        kind=CampaignKind(campaign.kind),
        attempts_made=task.attempts_made,
        max_attempts=campaign.max_attempts,
        do_not_call=listed.reason if listed else None,
        number_in_call=bool(await session.scalar(select(in_call))),
        caller=rows.caller_id(caller) if caller else None,
        trunk=rows.trunk(trunk, vault),
        hours=hours,
        zone=zone,
    )


def _hours(campaign: CampaignRow) -> tuple[CallingHours | None, ZoneInfo]:
    try:
        return read_hours(campaign.calling_hours), read_zone(campaign.time_zone)
    except InvalidInput:
        return None, _UTC


async def _commit(
    session: AsyncSession,
    vault: Vault,
    lease: Lease,
    task: TaskRow,
    campaign: CampaignRow,
    trunk: TrunkRow,
    now: datetime,
) -> PlannedAttempt | Refusal:
    contact = await session.get_one(ContactRow, task.contact_id)
    caller = await session.get_one(CallerIdRow, campaign.caller_id)
    script = await session.get_one(QuestionnaireRow, campaign.questionnaire_id)
    last = select(func.coalesce(func.max(AttemptRow.ordinal), 0))
    ordinal = (await session.scalar(last.where(AttemptRow.task_id == task.id)) or 0) + 1
    attempt_id = uuid5(task.id, str(ordinal))
    attempt = AttemptRow(
        id=attempt_id,
        task_id=task.id,
        campaign_id=campaign.id,
        contact_id=contact.id,
        ordinal=ordinal,
        fence=task.fence,
        worker=lease.worker,
        number_index=task.number_index,
        trunk=trunk.name,
        sip_call_id=f"{attempt_id}@outbound.invalid",
        caller_number=caller.number,
        caller_name=caller.display_name,
        started_at=now,
    )
    try:
        async with session.begin_nested():
            slot = await _claim_slot(session, trunk, attempt_id)
            if slot is None:
                return gate.no_slot(now, trunk.name)
            attempt.slot = slot
            session.add(attempt)
    except IntegrityError as error:
        if _NUMBER_OPEN not in str(error.orig):
            raise
        return gate.number_in_call(now)
    way = rows.trunk(trunk, vault)
    return PlannedAttempt(
        id=attempt_id,
        lease=Lease(
            lease.task_id,
            lease.campaign_id,
            lease.worker,
            lease.fence,
            task.lease_until or lease.expires_at,
        ),
        ordinal=ordinal,
        number=vault.open(contact.number_sealed, rows.NUMBER_PURPOSE).decode(),
        trunk=TrunkAddress(
            name=way.name,
            host=way.host,
            port=way.port,
            transport=way.transport,
            username=way.username,
            password=way.password,
            max_calls=way.max_calls,
            rehearsal=way.rehearsal,
        ),
        caller_number=caller.number,
        caller_name=caller.display_name,
        sip_call_id=attempt.sip_call_id,
        questionnaire=rows.questionnaire(script),
        variables=rows.attributes(contact.attributes_sealed, vault),
        ring_timeout_s=float(campaign.ring_timeout_s),
        voice=campaign.voice,
    )


async def _claim_slot(session: AsyncSession, trunk: TrunkRow, attempt_id: UUID) -> int | None:
    free = (
        select(TrunkSlotRow.slot)
        .where(
            TrunkSlotRow.trunk == trunk.name,
            TrunkSlotRow.attempt_id.is_(None),
            TrunkSlotRow.slot <= trunk.max_calls,
        )
        .order_by(TrunkSlotRow.slot)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    slot: int | None = await session.scalar(free)
    if slot is not None:
        await session.execute(
            update(TrunkSlotRow)
            .where(TrunkSlotRow.trunk == trunk.name, TrunkSlotRow.slot == slot)
            .values(attempt_id=attempt_id)
        )
    return slot
