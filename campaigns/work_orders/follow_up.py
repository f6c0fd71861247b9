"""Follow-up calls: a campaign to the people of selected work orders, linked back to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.campaign import Campaign, NewCampaign
from campaigns.campaign_book import CampaignBook
from campaigns.clock import Clock
from campaigns.consent import ConsentBasis
from campaigns.errors import CampaignError, Conflict, InvalidInput
from campaigns.questionnaire.model import CampaignKind
from campaigns.store import rows
from campaigns.store.database import Database
from campaigns.store.tables import ContactListRow, ContactRow, QuestionnaireRow, TrunkRow
from campaigns.store.work_order_tables import (
    WorkOrderEntryRow,
    WorkOrderFollowUpRow,
    WorkOrderRow,
)
from campaigns.vault import Vault
from campaigns.work_orders.selection import Selection

ORDER = "work_order"
"""The attribute that holds the order's number, or the numbers of several of one person."""
MATTER = "matter"
"""The attribute that holds what the person said."""
_MOST = 10_000
_EVIDENCE = "what they said is followed up to its result (好差评): work orders"
_LONGEST_EVIDENCE = 2000


@dataclass(frozen=True, slots=True)
class _Person:
    """A contact to be made of the orders of one number."""

    contact: ContactRow
    orders: tuple[int, ...]


class FollowUps:
    """Make follow-up campaigns."""

    def __init__(
        self, database: Database, vault: Vault, campaigns: CampaignBook, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._campaigns = campaigns
        self._clock = clock

    async def create(self, selection: Selection, wanted: NewCampaign, *, by: str) -> Campaign:
        """Make a draft campaign that calls each person of the orders selected once, with their
        attributes, `work_order` and `matter`; `wanted.contact_list_id` is not used.

        Who was on a list whose consent was withdrawn is left out; the basis of calling the others
        is the office's duty to follow up, and a second person approves the campaign as any other.
        Orders of rehearsals are followed up on rehearsal trunks alone, and others never. Raises
        InvalidInput, and Conflict when no order is selected.
        """
        list_id = uuid4()
        async with self._database.transaction() as session:
            await _check(session, wanted, rehearsal=selection.rehearsal)
            people = await self._people(session, selection, list_id)
            columns = sorted({name for each in people for name in self._attributes(each.contact)})
            session.add(self._list(list_id, wanted.name, people, columns, by))
            await session.flush()
            session.add_all(each.contact for each in people)
        try:
            campaign = await self._campaigns.create(replace(wanted, contact_list_id=list_id), by)
        except CampaignError:
            await self._forget(list_id)
            raise
        await self._link(people, campaign.id, by)
        return campaign

    def _list(
        self, list_id: UUID, name: str, people: Sequence[_Person], columns: list[str], by: str
    ) -> ContactListRow:
        orders = sorted(number for person in people for number in person.orders)
        return ContactListRow(
            id=list_id,
            name=name,
            columns=columns,
            accepted=len(people),
            consent_basis=ConsentBasis.STATUTORY_DUTY.value,
            consent_evidence=f"{_EVIDENCE} {', '.join(map(str, orders))}"[:_LONGEST_EVIDENCE],
            consent_on=self._clock.now().date(),
            consent_by=by,
        )

    async def _people(
        self, session: AsyncSession, selection: Selection, list_id: UUID
    ) -> list[_Person]:
        found = await session.execute(
            select(WorkOrderRow, ContactRow.attributes_sealed)
            .outerjoin(ContactRow, ContactRow.id == WorkOrderRow.contact_id)
            .outerjoin(ContactListRow, ContactListRow.id == ContactRow.list_id)
            .where(*selection.conditions(self._clock.now()))
            .where(ContactListRow.consent_withdrawn_at.is_(None))
            .order_by(WorkOrderRow.due_at, WorkOrderRow.id)
            .limit(_MOST + 1)
        )
        by_number: dict[bytes, list[tuple[WorkOrderRow, bytes | None]]] = {}
        for order, attributes in found:
            by_number.setdefault(order.number_index, []).append((order, attributes))
        if not by_number:
            raise Conflict("no work order is selected: nobody is called")
        if len(by_number) > _MOST:
            raise InvalidInput(f"more than {_MOST} people are selected: narrow the selection")
        return [
            self._person(list_id, place, orders)
            for place, orders in enumerate(by_number.values(), start=1)
        ]

    def _person(
        self, list_id: UUID, place: int, orders: Sequence[tuple[WorkOrderRow, bytes | None]]
    ) -> _Person:
        first, sealed = orders[0]
        attributes = rows.attributes(sealed, self._vault) if sealed else {}
        attributes[ORDER] = "、".join(str(order.id) for order, _ in orders)
        attributes[MATTER] = first.matter
        contact = ContactRow(
            id=uuid4(),
            list_id=list_id,
            source_row=place,
            number_sealed=first.number_sealed,
            number_index=first.number_index,
            number_masked=first.number_masked,
            attributes_sealed=self._vault.seal(
                json.dumps(attributes, ensure_ascii=False).encode(), rows.ATTRIBUTES_PURPOSE
            ),
        )
        return _Person(contact, tuple(order.id for order, _ in orders))

    def _attributes(self, contact: ContactRow) -> Mapping[str, str]:
        return rows.attributes(contact.attributes_sealed, self._vault)

    async def _link(self, people: Sequence[_Person], campaign_id: UUID, by: str) -> None:
        now = self._clock.now()
        async with self._database.transaction() as session:
            for person in people:
                for order_id in person.orders:
                    order = await session.get_one(WorkOrderRow, order_id, with_for_update=True)
                    session.add(
                        WorkOrderFollowUpRow(
                            order_id=order_id,
                            contact_id=person.contact.id,
                            campaign_id=campaign_id,
                        )
                    )
                    session.add(
                        WorkOrderEntryRow(
                            order_id=order_id,
                            at=now,
                            by=by,
                            kind="follow_up",
                            state=order.state,
                            data={"campaign_id": str(campaign_id)},
                        )
                    )

    async def _forget(self, list_id: UUID) -> None:
        async with self._database.transaction() as session:
            await session.execute(delete(ContactListRow).where(ContactListRow.id == list_id))


async def _check(session: AsyncSession, wanted: NewCampaign, *, rehearsal: bool) -> None:
    script = await session.get(QuestionnaireRow, wanted.questionnaire_id)
    if script is not None and script.kind != CampaignKind.FOLLOW_UP:
        raise InvalidInput(f"the questionnaire is of kind {script.kind}, not follow_up")
    trunk = await session.get(TrunkRow, wanted.trunk)
    if trunk is not None and trunk.rehearsal is not rehearsal:
        raise InvalidInput(
            "work orders of rehearsals are followed up on a rehearsal trunk"
            if rehearsal
            else f"trunk {trunk.name} is for rehearsals: it reaches nobody of these work orders"
        )
