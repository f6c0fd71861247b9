"""A case: everything the rules need to know about a leased task, read under its lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.attempt import Lease
from campaigns.campaign import CampaignState
from campaigns.gate import Facts
from campaigns.governor import ContactHistory, GovernorPolicy
from campaigns.questionnaire.model import CampaignKind, Questionnaire
from campaigns.routing import Route, candidates
from campaigns.schedule import Schedule
from campaigns.store import rows, standing
from campaigns.store.complaints import has_open_complaint
from campaigns.store.consents import has_consent
from campaigns.store.forbidding import listed_reason
from campaigns.store.getting_through import got_through
from campaigns.store.person import PersonNumber, lock_numbers, read_numbers
from campaigns.store.tables import (
    AttemptRow,
    CallerIdRow,
    CampaignRow,
    ContactListRow,
    ContactRow,
    QuestionnaireRow,
    TaskRow,
    TrunkRow,
)
from campaigns.task import TaskState
from campaigns.trunk import Trunk
from campaigns.vault import Vault


@dataclass(frozen=True, slots=True)
class Case:
    """A task that is held, with what belongs to it. `dialled`: its call is not over yet; `ordinal`
    is that of the next attempt. `home`: the trunk its campaign names first; `candidates`: those its
    number may go out over, the best first, without what was tried already."""

    campaign: CampaignRow
    task: TaskRow
    contact: ContactRow
    number: PersonNumber
    caller: CallerIdRow
    home: Trunk
    candidates: tuple[Trunk, ...]
    questionnaire: Questionnaire
    schedule: Schedule | None
    history: ContactHistory
    do_not_call: str | None
    number_in_call: bool
    dialled: bool
    ordinal: int
    got_through: bool
    consent: bool
    complaint_open: bool

    def facts(self, trunk: Trunk, now: datetime, policy: GovernorPolicy) -> Facts:
        """Return what the rules judge a call over a trunk by."""
        return Facts(
            now=now,
            state=CampaignState(self.campaign.state),
            approved=bool(self.campaign.approved_by),
            kind=CampaignKind(self.campaign.kind),
            attempts_made=self.task.attempts_made,
            max_attempts=self.campaign.max_attempts,
            do_not_call=self.do_not_call,
            number_in_call=self.number_in_call,
            caller=rows.caller_id(self.caller),
            trunk=trunk,
            schedule=self.schedule,
            history=self.history,
            policy=policy,
            promised=bool(self.task.priority),
            got_through=self.got_through,
            consent=self.consent,
            complaint_open=self.complaint_open,
        )


async def lock_task(session: AsyncSession, lease: Lease) -> TaskRow | None:
    """Lock the task of a lease; None when the lease is no longer the one in force."""
    task = await session.get(TaskRow, lease.task_id, with_for_update=True)
    held = task is not None and task.fence == lease.fence and task.state == TaskState.LEASED
    return task if held else None


async def read_case(
    session: AsyncSession, vault: Vault, lease: Lease, now: datetime, policy: GovernorPolicy
) -> Case | None:
    """Lock and read the case of a lease; None when the lease is no longer the one in force.

    Locks are taken in the order campaign, task, number, attempt. The campaign's is shared: a pause
    or a cancellation waits for this transaction, and the next one sees it. Those of the
    person's numbers make campaigns that call the same person decide one after the other.
    """
    campaign = await session.get(CampaignRow, lease.campaign_id, with_for_update={"read": True})
    task = await lock_task(session, lease)
    if campaign is None or task is None:
        return None
    await lock_numbers(session, task.contact_id)
    numbers = await read_numbers(session, await session.get_one(ContactRow, task.contact_id))
    indices = [number.index for number in numbers]
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
            has_consent().label("consent"),
            open_calls.where(AttemptRow.number_index.in_(indices)).label("in_call"),
            open_calls.where(AttemptRow.task_id == task.id).label("dialled"),
            last.scalar_subquery().label("ordinal"),
        )
        .select_from(TrunkRow)
        .join(CallerIdRow, CallerIdRow.id == campaign.caller_id)
        .join(ContactRow, ContactRow.id == task.contact_id)
        .join(QuestionnaireRow, QuestionnaireRow.id == campaign.questionnaire_id)
        .join(ContactListRow, ContactListRow.id == campaign.contact_list_id)
        .where(TrunkRow.name == campaign.trunk)
    )
    trunk, caller, contact, script, consent, in_call, dialled, ordinal = (
        await session.execute(query)
    ).one()
    number = next(each for each in numbers if each.order == task.number_order)
    schedule, history, through, complaint = None, ContactHistory(), False, False
    if not trunk.rehearsal:
        schedule = await standing.read_schedule(session, campaign, now)
        history = await standing.read_history(session, indices, now, policy)
        complaint = await has_open_complaint(session, indices)
        if campaign.kind == CampaignKind.CALL_BACK:
            through = await got_through(session, task.number_index)
    return Case(
        campaign=campaign,
        task=task,
        contact=contact,
        number=number,
        caller=caller,
        home=rows.trunk(trunk, vault),
        candidates=await _candidates(session, vault, campaign, task, number),
        questionnaire=rows.questionnaire(script),
        schedule=schedule,
        history=history,
        do_not_call=await listed_reason(session, campaign, indices),
        number_in_call=in_call,
        dialled=dialled,
        ordinal=ordinal + 1,
        got_through=through,
        consent=consent,
        complaint_open=complaint,
    )


async def _candidates(
    session: AsyncSession,
    vault: Vault,
    campaign: CampaignRow,
    task: TaskRow,
    person_number: PersonNumber,
) -> tuple[Trunk, ...]:
    """Return the trunks this call may go out over; what failed before anything rang comes again
    only once all were tried."""
    route = Route((campaign.trunk, *campaign.fallback_trunks), campaign.trunk_group)
    found = await session.scalars(
        select(TrunkRow).where(
            or_(
                TrunkRow.name.in_(route.trunks),
                TrunkRow.group == route.group if route.group else false(),
            )
        )
    )
    number = vault.open(person_number.sealed, rows.NUMBER_PURPOSE).decode()
    trunks = [rows.trunk(row, vault) for row in found]
    ordered = candidates(route, trunks, number, (task.id, task.fence))
    untried = tuple(trunk for trunk in ordered if trunk.name not in task.tried_trunks)
    if not untried:
        task.tried_trunks = []  # a new round, over the trunks of now
    return untried or ordered
