"""The book of campaigns: create, launch, pause, resume, cancel and follow them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, false, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.approval import launch_steps
from campaigns.caller_ids import plain_number
from campaigns.calling_hours import read_hours, read_zone
from campaigns.campaign import (
    HEAVIEST,
    Campaign,
    CampaignEvent,
    CampaignState,
    Duplicates,
    NewCampaign,
)
from campaigns.campaign_status import CampaignStatus, read_status
from campaigns.clock import Clock
from campaigns.errors import InvalidInput, Problem
from campaigns.on_machine import OnMachine
from campaigns.questionnaire.model import CampaignKind
from campaigns.retry_policy import read_retry
from campaigns.script import Script
from campaigns.store import rows
from campaigns.store.campaign_moves import SERVICE, move
from campaigns.store.campaign_rows import find_campaign, read_campaign
from campaigns.store.campaign_tables import CampaignHistoryRow
from campaigns.store.database import Database
from campaigns.store.readiness import (
    check_attributes,
    check_consent,
    first_opening,
    waits_elsewhere,
)
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


class CampaignBook:
    """The life of campaigns.

    `second_person`: a campaign on a real trunk is launched only when somebody who neither made
    nor changed it approved it (`campaigns.campaign_approval`).
    """

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, *, second_person: bool = True
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._second_person = second_person

    async def create(self, new: NewCampaign, by: str = "") -> Campaign:
        """Store a draft that `by` makes. Raises InvalidInput naming everything that is wrong
        with it."""
        async with self._database.transaction() as session:
            script = await session.get(QuestionnaireRow, new.questionnaire_id)
            contacts = await session.get(ContactListRow, new.contact_list_id)
            home, trunk_problems = await home_trunk(session, new)
            number = plain_number(new.caller_number)
            caller = await session.scalar(select(CallerIdRow).where(CallerIdRow.number == number))
            problems = [*problems_of(new, script, contacts, caller), *trunk_problems]
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
                on_machine=new.on_machine.value,
                duplicates=new.duplicates.value,
                retry=new.retry,
                weight=new.weight,
                created_by=by,
                created_at=self._clock.now(),
            )
            session.add(row)
            await session.flush()
            session.add(_first_entry(row))
            await session.refresh(row)
            return rows.campaign(row, caller.number)

    async def get(self, campaign_id: UUID) -> Campaign:
        """Return one campaign. Raises NotFound."""
        async with self._database.transaction() as session:
            return await read_campaign(session, await find_campaign(session, campaign_id))

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

    async def launch(
        self, campaign_id: UUID, by: str = "", *, standing_approval: str | None = None
    ) -> Campaign:
        """Make a task for every contact; the campaign then waits for its prompts (`ready`).

        `standing_approval`: the rule that was agreed beforehand and that takes the second
        person's place. Raises NotFound, Conflict, also when the campaign waits for an approval,
        and InvalidInput when contacts lack what the script speaks of or no moment to call them
        will come.
        """
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id, lock=True)
            now = self._clock.now()
            trunk = await session.get_one(TrunkRow, row.trunk)
            waiver = self._waiver(trunk) or standing_approval
            steps = launch_steps(CampaignState(row.state), waiver)
            for step in steps:
                move(session, row, step, now, by, (waiver or "") if len(steps) > 1 else "")
            if not trunk.rehearsal:
                row.approved_by = row.approved_by or f"({waiver})"
            await check_attributes(session, row)
            await check_consent(session, row)
            await _make_tasks(session, row, await first_opening(session, row, now))
            row.failure, row.launched_at = None, now
            return await read_campaign(session, row)

    async def prompts(self, campaign_id: UUID, *, total: int, ready: int) -> None:
        """Note how many of the campaign's prompts are rendered."""
        async with self._database.transaction() as session:
            await session.execute(
                update(CampaignRow)
                .where(CampaignRow.id == campaign_id)
                .values(prompts_total=total, prompts_ready=ready)
            )

    async def ready(self, campaign_id: UUID) -> Campaign:
        """Let a prepared campaign run, from `not_before` on. Raises NotFound, Conflict."""
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id, lock=True)
            now = self._clock.now()
            move(session, row, CampaignEvent.READY, now)
            if row.not_before is None or row.not_before <= now:
                move(session, row, CampaignEvent.START, now)
            row.failure = row.closed_until = None
            return await read_campaign(session, row)

    async def fail(self, campaign_id: UUID, reason: str) -> Campaign:
        """Stop a campaign that cannot go on, with the reason for its owner. Raises Conflict."""
        return await self._move(campaign_id, CampaignEvent.FAIL, SERVICE, reason, failure=reason)

    async def pause(self, campaign_id: UUID, by: str = "", reason: str = "") -> Campaign:
        """Place no further calls; running ones end naturally. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.PAUSE, by, reason)

    async def resume(self, campaign_id: UUID, by: str = "", reason: str = "") -> Campaign:
        """Go on with a paused campaign. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.RESUME, by, reason)

    async def wind_up(self, campaign_id: UUID, by: str = "", reason: str = "") -> Campaign:
        """Call nobody any more and finish when the running calls have ended; who was not called
        is shown as such. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.WIND_UP, by, reason)

    async def cancel(self, campaign_id: UUID, by: str = "", reason: str = "") -> Campaign:
        """End a campaign for good; running calls end naturally. Raises NotFound, Conflict."""
        return await self._move(campaign_id, CampaignEvent.CANCEL, by, reason)

    async def status(self, campaign_id: UUID) -> CampaignStatus:
        """Return the campaign's figures. Raises NotFound."""
        async with self._database.transaction() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            campaign = await read_campaign(session, await find_campaign(session, campaign_id))
            return await read_status(session, campaign)

    async def scripts(self, campaign_id: UUID) -> AsyncIterator[Script]:
        """Yield what each contact's call is led with, in the order of the list. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id)
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

    def _waiver(self, trunk: TrunkRow) -> str | None:
        if trunk.rehearsal:
            return "a rehearsal rings nobody's phone"
        return None if self._second_person else "the installation has a single operator"

    async def _move(
        self,
        campaign_id: UUID,
        event: CampaignEvent,
        by: str,
        reason: str,
        failure: str | None = None,
    ) -> Campaign:
        async with self._database.transaction() as session:
            row = await find_campaign(session, campaign_id, lock=True)
            now = self._clock.now()
            state = move(session, row, event, now, by, reason)
            row.failure, row.closed_until = failure, None
            if state is CampaignState.CANCELLED:
                row.finished_at = now
                await _cancel_tasks(session, campaign_id)
            return await read_campaign(session, row)


def _first_entry(row: CampaignRow) -> CampaignHistoryRow:
    return CampaignHistoryRow(
        campaign_id=row.id,
        at=row.created_at,
        by=row.created_by,
        event="create",
        from_state="",
        to_state=row.state,
    )


def problems_of(
    new: NewCampaign,
    script: QuestionnaireRow | None,
    contacts: ContactListRow | None,
    caller: CallerIdRow | None,
) -> list[Problem]:
    """Return everything that is wrong with what a campaign is made of."""
    checks = [
        (bool(new.name.strip()), "the name is missing"),
        (script is not None, f"there is no questionnaire {new.questionnaire_id}"),
        (contacts is not None, f"there is no contact list {new.contact_list_id}"),
        (caller is not None, f"caller number {new.caller_number} is not in the registry"),
        (1 <= new.max_attempts <= 20, "max_attempts must be from 1 to 20"),
        (5 <= new.ring_timeout_s <= 120, "ring_timeout_s must be from 5 to 120"),
        (
            script is None
            or new.on_machine is not OnMachine.LEAVE_MESSAGE
            or script.kind == CampaignKind.NOTIFICATION,
            "on_machine leave_message is for notifications: only these can be left as they are",
        ),
        (1 <= new.weight <= HEAVIEST, f"weight must be from 1 to {HEAVIEST}"),
    ]
    problems = [Problem(message) for passed, message in checks if not passed]
    problems += _window_problems(new)
    checks_of_texts = (
        lambda: read_hours(new.calling_hours),
        lambda: read_zone(new.time_zone),
        lambda: read_retry(new.retry),
    )
    for check in checks_of_texts:
        try:
            check()
        except InvalidInput as error:
            problems += [Problem(error.summary), *error.problems]
    return problems


async def home_trunk(session: AsyncSession, new: NewCampaign) -> tuple[str, list[Problem]]:
    """Return the trunk a new campaign tries first, and what is wrong with those it names."""
    if new.trunk_group:
        return await _home_of_group(session, new)
    if not new.trunk:
        return "", [Problem("name a trunk, or a trunk_group")]
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


async def _make_tasks(session: AsyncSession, campaign: CampaignRow, due: datetime) -> None:
    skipped: ColumnElement[bool] = false()
    if campaign.duplicates == Duplicates.SKIP:
        skipped = waits_elsewhere(campaign)
    contacts = select(
        func.gen_random_uuid(),
        literal(campaign.id),
        ContactRow.id,
        ContactRow.number_index,
        literal(due),
        case((skipped, "finished"), else_="ready"),
        case((skipped, "duplicate")),
        case((skipped, "the person waits in another campaign")),
    ).where(ContactRow.list_id == campaign.contact_list_id)
    columns = [
        "id", "campaign_id", "contact_id", "number_index", "next_at", "state", "disposition",
        "note",
    ]  # fmt: skip
    await session.execute(insert(TaskRow).from_select(columns, contacts).on_conflict_do_nothing())


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
