"""The book of campaigns: create, launch, pause, resume, cancel and follow them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.caller_ids import plain_number
from campaigns.calling_hours import read_hours, read_zone
from campaigns.campaign import Campaign, CampaignEvent, CampaignState, NewCampaign, next_state
from campaigns.campaign_status import CampaignStatus, read_status
from campaigns.clock import Clock
from campaigns.errors import InvalidInput, NotFound, Problem
from campaigns.questionnaire.attributes import needed_attributes
from campaigns.schedule import Closed
from campaigns.script import Script
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.standing import read_schedule
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
from campaigns.vault import Vault

_BATCH = 500
_NO_OPENING = {
    Closed.OVER: "its window (not_after) is over or has no calling hours",
    Closed.NO_HOURS: "its calling hours do not open within 60 days",
    Closed.CALENDAR: "the calendar does not know which of the next days are workdays: import "
    "them with `outbound calendar import`",
}


class CampaignBook:
    """The life of campaigns."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def create(self, new: NewCampaign) -> Campaign:
        """Store a draft. Raises InvalidInput naming everything that is wrong with it."""
        async with self._database.transaction() as session:
            script = await session.get(QuestionnaireRow, new.questionnaire_id)
            contacts = await session.get(ContactListRow, new.contact_list_id)
            home, trunk_problems = await _home_trunk(session, new)
            number = plain_number(new.caller_number)
            caller = await session.scalar(select(CallerIdRow).where(CallerIdRow.number == number))
            problems = [*_problems(new, script, contacts, caller), *trunk_problems]
            if problems or script is None or caller is None:
                raise InvalidInput("the campaign cannot be made", tuple(problems))
            row = CampaignRow(
                name=new.name.strip(),
                kind=script.kind,
                state=CampaignState.DRAFT.value,
                questionnaire_id=new.questionnaire_id,
                contact_list_id=new.contact_list_id,
                caller_id=caller.id,
                trunk=home,
                fallback_trunks=list(new.fallback_trunks),
                trunk_group=new.trunk_group,
                max_attempts=new.max_attempts,
                ring_timeout_s=new.ring_timeout_s,
                calling_hours=new.calling_hours,
                time_zone=new.time_zone,
                not_before=new.not_before,
                not_after=new.not_after,
                voice=new.voice,
                created_at=self._clock.now(),
            )
            session.add(row)
            await session.flush()
            await session.refresh(row)
            return rows.campaign(row, caller.number)

    async def get(self, campaign_id: UUID) -> Campaign:
        """Return one campaign. Raises NotFound."""
        async with self._database.transaction() as session:
            return await _campaign(session, await _row(session, campaign_id))

    async def list(self, limit: int = 100) -> tuple[Campaign, ...]:
        """Return the campaigns, newest first."""
        query = (
            select(CampaignRow, CallerIdRow.number)
            .join(CallerIdRow, CallerIdRow.id == CampaignRow.caller_id)
            .order_by(CampaignRow.created_at.desc(), CampaignRow.id)
            .limit(limit)
        )
        async with self._database.transaction() as session:
            return tuple(rows.campaign(row, number) for row, number in await session.execute(query))

    async def launch(self, campaign_id: UUID) -> Campaign:
        """Make a task for every contact; the campaign then waits for its prompts (`ready`).

        Raises NotFound, Conflict, and InvalidInput when contacts lack what the script speaks of
        or no moment to call them will come.
        """
        async with self._database.transaction() as session:
            row = await _row(session, campaign_id, lock=True)
            state = next_state(CampaignState(row.state), CampaignEvent.LAUNCH)
            await _check_attributes(session, row)
            now = self._clock.now()
            due = await _first_opening(session, row, now)
            contacts = select(
                func.gen_random_uuid(), literal(row.id), ContactRow.id, ContactRow.number_index,
                literal(due),
            ).where(ContactRow.list_id == row.contact_list_id)  # fmt: skip
            await session.execute(
                insert(TaskRow)
                .from_select(
                    ["id", "campaign_id", "contact_id", "number_index", "next_at"], contacts
                )
                .on_conflict_do_nothing()
            )
            row.state, row.failure, row.launched_at = state.value, None, now
            return await _campaign(session, row)

    async def prompts(self, campaign_id: UUID, *, total: int, ready: int) -> None:
        """Note how many of the campaign's prompts are rendered."""
        async with self._database.transaction() as session:
            await session.execute(
                update(CampaignRow)
                .where(CampaignRow.id == campaign_id)
                .values(prompts_total=total, prompts_ready=ready)
            )

    async def ready(self, campaign_id: UUID) -> Campaign:
        """Let a prepared campaign run. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.READY)

    async def fail(self, campaign_id: UUID, reason: str) -> Campaign:
        """Stop a campaign that cannot go on, with the reason for its owner. Raises Conflict."""
        return await self._move(campaign_id, CampaignEvent.FAIL, failure=reason)

    async def pause(self, campaign_id: UUID) -> Campaign:
        """Place no further calls; running ones end naturally. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.PAUSE)

    async def resume(self, campaign_id: UUID) -> Campaign:
        """Go on with a paused campaign. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.RESUME)

    async def cancel(self, campaign_id: UUID) -> Campaign:
        """End a campaign for good; running calls end naturally. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.CANCEL)

    async def status(self, campaign_id: UUID) -> CampaignStatus:
        """Return the campaign's figures. Raises NotFound."""
        async with self._database.transaction() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            campaign = await _campaign(session, await _row(session, campaign_id))
            return await read_status(session, campaign)

    async def scripts(self, campaign_id: UUID) -> AsyncIterator[Script]:
        """Yield what each contact's call is led with, in the order of the list. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await _row(session, campaign_id)
            version = await session.get_one(QuestionnaireRow, row.questionnaire_id)
            list_id = row.contact_list_id
        questionnaire, after = rows.questionnaire(version), 0
        contacts = select(ContactRow).where(ContactRow.list_id == list_id)
        while True:
            page = contacts.where(ContactRow.source_row > after).order_by(ContactRow.source_row)
            async with self._database.transaction() as session:
                found = (await session.scalars(page.limit(_BATCH))).all()
            if not found:
                return
            after = found[-1].source_row
            for contact in found:
                variables = rows.attributes(contact.attributes_sealed, self._vault)
                yield Script(questionnaire, variables)

    async def _move(
        self, campaign_id: UUID, event: CampaignEvent, failure: str | None = None
    ) -> Campaign:
        async with self._database.transaction() as session:
            row = await _row(session, campaign_id, lock=True)
            state = next_state(CampaignState(row.state), event)
            row.state, row.failure, row.closed_until = state.value, failure, None
            if state is CampaignState.CANCELLED:
                row.finished_at = self._clock.now()
                await _cancel_tasks(session, campaign_id)
            return await _campaign(session, row)


def _problems(
    new: NewCampaign,
    script: QuestionnaireRow | None,
    contacts: ContactListRow | None,
    caller: CallerIdRow | None,
) -> list[Problem]:
    checks = [
        (bool(new.name.strip()), "the name is missing"),
        (script is not None, f"there is no questionnaire {new.questionnaire_id}"),
        (contacts is not None, f"there is no contact list {new.contact_list_id}"),
        (caller is not None, f"caller number {new.caller_number} is not in the registry"),
        (1 <= new.max_attempts <= 20, "max_attempts must be from 1 to 20"),
        (5 <= new.ring_timeout_s <= 120, "ring_timeout_s must be from 5 to 120"),
    ]
    problems = [Problem(message) for passed, message in checks if not passed]
    problems += _window_problems(new)
    for check in (lambda: read_hours(new.calling_hours), lambda: read_zone(new.time_zone)):
        try:
            check()
        except InvalidInput as error:
            problems += [Problem(error.summary), *error.problems]
    return problems


async def _home_trunk(session: AsyncSession, new: NewCampaign) -> tuple[str, list[Problem]]:
    """Return the trunk a new campaign tries first, and what is wrong with those it names."""
    if new.trunk_group:
        return await _home_of_group(session, new)
    names = (new.trunk, *new.fallback_trunks)
    found = await session.scalars(select(TrunkRow).where(TrunkRow.name.in_(names)))
    trunks = {row.name: row for row in found}
    problems = [Problem(f"there is no trunk {name!r}") for name in names if name not in trunks]
    if len(set(names)) < len(names):
        problems.append(Problem("fallback_trunks must name other trunks, each once"))
    if len({row.rehearsal for row in trunks.values()}) > 1:
        problems.append(Problem("rehearsal trunks and real ones cannot be in one campaign"))
    return new.trunk, problems


async def _home_of_group(session: AsyncSession, new: NewCampaign) -> tuple[str, list[Problem]]:
    if new.trunk or new.fallback_trunks:
        return "", [Problem("name trunks or a trunk_group, not both")]
    members = (
        await session.scalars(
            select(TrunkRow)
            .where(TrunkRow.group == new.trunk_group)
            .order_by(TrunkRow.priority, TrunkRow.name)
        )
    ).all()
    if not members:
        return "", [Problem(f"no trunk is in the group {new.trunk_group!r}")]
    if len({row.rehearsal for row in members}) > 1:
        return "", [Problem(f"the group {new.trunk_group!r} mixes rehearsal trunks and real ones")]
    return members[0].name, []


def _window_problems(new: NewCampaign) -> list[Problem]:
    ends = [end for end in (new.not_before, new.not_after) if end is not None]
    if any(end.tzinfo is None for end in ends):
        return [Problem("not_before and not_after need a time zone, as 2026-03-02T09:00+08:00")]
    if len(ends) == 2 and ends[0] >= ends[1]:
        return [Problem("not_before must be before not_after")]
    return []


async def _first_opening(session: AsyncSession, campaign: CampaignRow, now: datetime) -> datetime:
    """Return when its first calls are due. Raises InvalidInput when they never are."""
    trunk = await session.get_one(TrunkRow, campaign.trunk)
    schedule = await read_schedule(session, campaign, now)
    if trunk.rehearsal or schedule is None:
        return now
    opening = schedule.next_open(now)
    if isinstance(opening, Closed):
        raise InvalidInput(f"the campaign cannot be launched: {_NO_OPENING[opening]}")
    return opening


async def _check_attributes(session: AsyncSession, campaign: CampaignRow) -> None:
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


async def _cancel_tasks(session: AsyncSession, campaign_id: UUID) -> None:
    """Cancel what is not being dialled; a call that is open closes its task itself."""
    dialling = exists().where(AttemptRow.task_id == TaskRow.id, AttemptRow.state == "open")
    await session.execute(
        update(TaskRow)
        .where(TaskRow.campaign_id == campaign_id)
        .where(TaskRow.state.in_(("ready", "leased")), ~dialling)
        .values(state="cancelled", lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


async def _row(session: AsyncSession, campaign_id: UUID, *, lock: bool = False) -> CampaignRow:
    row = await session.get(CampaignRow, campaign_id, with_for_update=lock or None)
    if row is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    return row


async def _campaign(session: AsyncSession, row: CampaignRow) -> Campaign:
    caller = await session.get_one(CallerIdRow, row.caller_id)
    return rows.campaign(row, caller.number)
