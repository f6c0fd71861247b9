"""Readiness: everything a campaign needs before anybody is called, looked at in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from campaigns.caller_id_rule import check_caller_id
from campaigns.errors import InvalidInput, Problem
from campaigns.questionnaire.attributes import needed_attributes
from campaigns.questionnaire.model import CampaignKind
from campaigns.schedule import Closed
from campaigns.store import rows
from campaigns.store.consents import has_consent
from campaigns.store.forbidding import holds_for
from campaigns.store.standing import read_schedule
from campaigns.store.tables import (
    CallerIdRow,
    CampaignRow,
    ContactListRow,
    ContactRow,
    DoNotCallRow,
    QuestionnaireRow,
    TaskRow,
    TrunkRow,
)

_Found = TypeVar("_Found")
_NO_OPENING = {
    Closed.OVER: "its window (not_after) is over or has no calling hours",
    Closed.NO_HOURS: "its calling hours do not open within 60 days",
    Closed.CALENDAR: "the calendar does not know which of the next days are workdays: import "
    "them with `outbound calendar import`",
}


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a campaign will do: how many contacts it has, how many of them must not be called,
    how many wait in other campaigns too, and when the first call is due."""

    contacts: int
    do_not_call: int
    elsewhere: int
    first_call_at: datetime


async def examine(session: AsyncSession, campaign: CampaignRow, now: datetime) -> Readiness:
    """Look at everything. Raises InvalidInput naming all that is missing."""
    problems: list[Problem] = []
    await _gather(problems, check_attributes(session, campaign))
    await _gather(problems, check_consent(session, campaign))
    await _gather(problems, _check_caller(session, campaign, now))
    opening = await _gather(problems, first_opening(session, campaign, now))
    contacts = await session.scalar(_count(campaign))
    if not contacts:
        problems.append(Problem("the contact list is empty"))
    if problems or opening is None:
        raise InvalidInput("the campaign is not ready", tuple(problems))
    listed = exists().where(
        DoNotCallRow.number_index == ContactRow.number_index, holds_for(campaign)
    )
    return Readiness(
        contacts=contacts or 0,
        do_not_call=await session.scalar(_count(campaign, listed)) or 0,
        elsewhere=await session.scalar(_count(campaign, waits_elsewhere(campaign))) or 0,
        first_call_at=opening,
    )


def waits_elsewhere(campaign: CampaignRow) -> ColumnElement[bool]:
    """Return the condition that a contact's first number waits in another campaign."""
    other = aliased(TaskRow)
    return exists().where(
        other.number_index == ContactRow.number_index,
        other.campaign_id != campaign.id,
        other.state.in_(("ready", "leased")),
    )


async def check_attributes(session: AsyncSession, campaign: CampaignRow) -> None:
    """Compare what the script speaks of with what the list has. Raises InvalidInput."""
    script = await session.get_one(QuestionnaireRow, campaign.questionnaire_id)
    contacts = await session.get_one(ContactListRow, campaign.contact_list_id)
    missing = {
        name: place
        for name, place in needed_attributes(rows.questionnaire(script)).items()
        if name not in contacts.columns
    }
    if missing:
        raise InvalidInput(
            f"the contact list {contacts.name!r} lacks columns the questionnaire needs",
            tuple(Problem(f"{place} needs {name}", column=name) for name, place in missing.items()),
        )


async def check_consent(session: AsyncSession, campaign: CampaignRow) -> None:
    """Look for the basis of calling real telephones. Raises InvalidInput."""
    trunk = await session.get_one(TrunkRow, campaign.trunk)
    contacts = await session.get_one(ContactListRow, campaign.contact_list_id)
    held = select(has_consent()).where(ContactListRow.id == contacts.id)
    if not trunk.rehearsal and not await session.scalar(held):
        raise InvalidInput(
            f"nothing on record says why the people of the list {contacts.name!r} may be "
            "called: record it with `outbound contacts consent`"
        )


async def first_opening(session: AsyncSession, campaign: CampaignRow, now: datetime) -> datetime:
    """Return when its first calls are due. Raises InvalidInput when they never are."""
    trunk = await session.get_one(TrunkRow, campaign.trunk)
    schedule = await read_schedule(session, campaign, now)
    if trunk.rehearsal or schedule is None:
        return now
    opening = schedule.next_open(now)
    if isinstance(opening, Closed):
        raise InvalidInput(f"the campaign cannot be launched: {_NO_OPENING[opening]}")
    return opening


async def _check_caller(session: AsyncSession, campaign: CampaignRow, now: datetime) -> None:
    row = await session.get_one(CallerIdRow, campaign.caller_id)
    refusal = check_caller_id(rows.caller_id(row), CampaignKind(campaign.kind), now)
    if refusal is not None:
        raise InvalidInput(refusal.reason)


async def _gather(problems: list[Problem], check: Awaitable[_Found]) -> _Found | None:
    try:
        return await check
    except InvalidInput as error:
        problems += error.problems or (Problem(error.summary),)
        return None


def _count(campaign: CampaignRow, *conditions: ColumnElement[bool]) -> Select[int]:
    return (
        select(func.count())
        .select_from(ContactRow)
        .where(ContactRow.list_id == campaign.contact_list_id, *conditions)
    )
