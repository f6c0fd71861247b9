"""Closing an attempt: its result, its task's future and its trunk slot, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.attempt import AttemptResult, PlannedAttempt
from campaigns.breaker import STANDARD_BREAKER, BreakerPolicy
from campaigns.campaign import NO_MORE_CALLS, CampaignState
from campaigns.disposition import RULES, Disposition, DispositionRule
from campaigns.gate import most_attempts
from campaigns.governor import GovernorPolicy, due_time
from campaigns.hour_of_day import slot, untried
from campaigns.next_number import DEAD, next_number
from campaigns.on_machine import OnMachine
from campaigns.ports import LeaseLost
from campaigns.questionnaire.model import ANSWERING, CampaignKind
from campaigns.retry import History, is_promise, next_attempt_at
from campaigns.retry_policy import rules_of
from campaigns.schedule import Closed
from campaigns.store import work_orders
from campaigns.store.breaking import BreakerMoved, judge_trunk
from campaigns.store.forbidding import forbid
from campaigns.store.lines import free_slot
from campaigns.store.person import PersonNumber, read_numbers
from campaigns.store.placing import end_task, give_back
from campaigns.store.standing import read_history, read_schedule
from campaigns.store.tables import AttemptRow, CampaignRow, ContactRow, TaskRow
from campaigns.task import TaskEvent, TaskState, next_state
from campaigns.work_orders.deadline import STANDARD_DEADLINE, DeadlineRule

_GIVEN_UP = "the worker's lease ran out during the call"


async def close(
    session: AsyncSession,
    attempt: PlannedAttempt,
    result: AttemptResult,
    policy: GovernorPolicy,
    deadline: DeadlineRule = STANDARD_DEADLINE,
    breaker: BreakerPolicy = STANDARD_BREAKER,
) -> BreakerMoved | None:
    """Take an attempt's result; return what it did to its trunk's breaker, None for nothing.

    Raises LeaseLost when the attempt is not this lease's.
    """
    lease = attempt.lease
    campaign = await session.get(CampaignRow, lease.campaign_id, with_for_update={"read": True})
    task = await session.get(TaskRow, lease.task_id, with_for_update=True)
    row = await session.get(AttemptRow, attempt.id, with_for_update=True)
    if campaign is None or task is None or row is None or row.fence != lease.fence:
        raise LeaseLost(f"attempt {attempt.id} is not of fence {lease.fence}")
    if row.state == "closed" and not was_given_up(row):
        return None
    if task.fence != lease.fence:
        raise LeaseLost(f"task {task.id} is held by another worker")
    late = row.state == "closed"
    _write(row, result)
    await free_slot(session, row.id)
    await work_orders.take_outcome(
        session,
        row,
        result.disposition,
        result.ended_at,
        deadline,
        transfer_tried="transfer" in result.evidence,
    )
    if result.disposition is Disposition.OPT_OUT:
        await forbid(session, row, words="")
    if late:
        task.attempts_made -= 1  # as `unknown` it was counted
    moved = await judge_trunk(session, row, result, breaker)
    if result.unrung and row.alternatives and not late:
        _fail_over(task, row, campaign, result)
        return moved
    task.tried_trunks = []
    _count(task, result.disposition)
    retry_at = await _retry_at(session, task, row, campaign, result, policy)
    promised = is_promise(result.disposition, result.ended_at, result.call_later_at)
    task.priority = int(promised)
    if late:
        _reopen(task, campaign, retry_at)
    else:
        _settle(task, campaign, retry_at)
    return moved


def _fail_over(
    task: TaskRow, row: AttemptRow, campaign: CampaignRow, result: AttemptResult
) -> None:
    """Let the next trunk try at once: nobody's phone rang, so it counts for nothing."""
    row.failed_over = True
    task.tried_trunks = [*task.tried_trunks, row.trunk]
    task.disposition, task.note = result.disposition.value, None
    _settle(task, campaign, result.ended_at)


def give_up(task: TaskRow, row: AttemptRow, now: datetime) -> None:
    """Close an attempt whose worker is gone: nobody knows how it ended, so nobody is called
    again for it."""
    row.state = "closed"
    row.disposition = Disposition.UNKNOWN.value
    row.ended_at = now
    row.evidence = {"upkeep": _GIVEN_UP, "worker": row.worker}
    _count(task, Disposition.UNKNOWN)
    end_task(task, TaskEvent.CLOSE)


def was_given_up(row: AttemptRow) -> bool:
    """Return whether the upkeep closed the attempt without knowing how it ended."""
    return row.disposition == Disposition.UNKNOWN and row.evidence.get("upkeep") == _GIVEN_UP


def _count(task: TaskRow, disposition: Disposition) -> None:
    task.attempts_made += int(RULES[disposition].counts)
    task.disposition = disposition.value
    task.note = None


async def _retry_at(
    session: AsyncSession,
    task: TaskRow,
    row: AttemptRow,
    campaign: CampaignRow,
    result: AttemptResult,
    policy: GovernorPolicy,
) -> datetime | None:
    if _left_alone(campaign, result.disposition):
        return None
    made = AttemptRow.failed_over.is_(False)
    counted = await session.execute(
        select(
            func.count().filter(made),
            func.count().filter(made, AttemptRow.disposition == result.disposition.value),
        ).where(AttemptRow.task_id == task.id)
    )
    dialled, alike = counted.one()
    contact = await session.get_one(ContactRow, row.contact_id)
    numbers = await read_numbers(session, contact)
    rules = rules_of(campaign.retry)
    other = await _other_number(session, task, result.disposition, numbers, rules)
    most = most_attempts(campaign.max_attempts, policy, rehearsal=row.rehearsal)
    history = History(dialled, task.attempts_made, alike, most)
    at = next_attempt_at(
        result.disposition,
        history,
        result.ended_at,
        result.call_later_at,
        other_number=other is not None,
        rules=rules,
    )
    if at is not None and other is not None:
        task.number_order, task.number_index = other.order, other.index
    if at is None or row.rehearsal:
        return at
    schedule = await read_schedule(session, campaign, at)
    if schedule is None:
        return at  # the gate will stop the campaign for it
    promised = is_promise(result.disposition, result.ended_at, result.call_later_at)
    contacted = await read_history(
        session, [each.index for each in numbers], result.ended_at, policy
    )
    kind = CampaignKind(campaign.kind)
    due = due_time(at, schedule, contacted, policy, kind, promised=promised)
    if isinstance(due, Closed):
        return None if due is Closed.OVER else at
    if not rules[result.disposition].other_hour or kind in ANSWERING:
        return due
    begun = await session.scalars(
        select(AttemptRow.started_at).where(AttemptRow.task_id == task.id, made)
    )
    tried = {slot(at, schedule.zone) for at in begun}
    allowed = partial(due_time, schedule=schedule, history=contacted, policy=policy, kind=kind)
    return untried(due, tried, schedule.zone, allowed)


def _left_alone(campaign: CampaignRow, disposition: Disposition) -> bool:
    """Whether the campaign calls nobody again whose machine answered."""
    machine = disposition is Disposition.ANSWERING_SERVICE
    return machine and campaign.on_machine == OnMachine.HANG_UP


async def _other_number(
    session: AsyncSession,
    task: TaskRow,
    disposition: Disposition,
    numbers: Sequence[PersonNumber],
    rules: Mapping[Disposition, DispositionRule],
) -> PersonNumber | None:
    """Return the number of the person that is tried next, None to stay with this one."""
    if len(numbers) == 1:
        return None
    dead = await session.scalars(
        select(AttemptRow.number_order).where(
            AttemptRow.task_id == task.id,
            AttemptRow.disposition.in_([each.value for each in DEAD]),
        )
    )
    orders = [number.order for number in numbers]
    order = next_number(disposition, task.number_order, orders, set(dead), rules)
    return next((number for number in numbers if number.order == order), None)


def _settle(task: TaskRow, campaign: CampaignRow, retry_at: datetime | None) -> None:
    if retry_at is None:
        end_task(task, TaskEvent.CLOSE)
    elif campaign.state == CampaignState.CANCELLED:
        end_task(task, TaskEvent.CANCEL)
    elif campaign.state in NO_MORE_CALLS:
        end_task(task, TaskEvent.CLOSE)
    else:
        give_back(task, retry_at)


def _reopen(task: TaskRow, campaign: CampaignRow, retry_at: datetime | None) -> None:
    """A late result that calls for another attempt gets one, unless the campaign is over."""
    if retry_at is not None and CampaignState(campaign.state) not in NO_MORE_CALLS:
        task.state = next_state(TaskState(task.state), TaskEvent.REOPEN)
        task.next_at = retry_at


def _write(row: AttemptRow, result: AttemptResult) -> None:
    row.state = "closed"
    row.disposition = result.disposition.value
    row.ended_at = result.ended_at
    row.ringing_at = result.ringing_at or row.ringing_at
    row.answered_at = result.answered_at or row.answered_at
    row.ended_by = result.ended_by
    row.sip_call_id = result.sip_call_id or row.sip_call_id
    row.sip_code = result.sip_code
    row.sip_reason = result.sip_reason
    row.q850 = result.q850
    row.call_later_at = result.call_later_at
    row.evidence = dict(result.evidence)
    row.quality = dict(result.quality)
    row.replies_ms = list(result.replies_ms)
    row.prompt_misses = result.prompt_misses
    row.recording = result.recording
