"""The use cases that the HTTP interface, the command line and the demonstration share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from api.errors import ApiError
from api.jobs.queue import JobQueue, connector
from campaigns.api_keys import ApiKeys
from campaigns.calendar_horizon import WARNING
from campaigns.calendar_overrides import CalendarOverrides
from campaigns.call_backs.call_backs import CallBacks
from campaigns.call_backs.inbound_calls import InboundCalls
from campaigns.caller_ids import CallerIds
from campaigns.campaign import Campaign
from campaigns.campaign_approval import CampaignApproval
from campaigns.campaign_book import CampaignBook
from campaigns.campaign_editing import CampaignEditing
from campaigns.clock import Clock, SystemClock
from campaigns.contacts import Contacts
from campaigns.dialers import Dialers
from campaigns.do_not_call import DoNotCall
from campaigns.exports import Export, Exports
from campaigns.peaks import Peaks
from campaigns.questionnaires import Questionnaires
from campaigns.results import Results
from campaigns.settings import CoreSettings
from campaigns.store.database import Database
from campaigns.store.location import database_url
from campaigns.store.quotas import Quotas
from campaigns.transfers.transfers import Transfers
from campaigns.trunks import Trunks
from campaigns.unknown_attempts import UnknownAttempts
from campaigns.vault import Vault
from campaigns.work_orders.deadline import STANDARD_DEADLINE, DeadlineRule
from campaigns.work_orders.figures import WorkOrderFigures
from campaigns.work_orders.follow_up import FollowUps
from campaigns.work_orders.work_orders import WorkOrders

_POLL_S = 0.3


class ExportFailed(ApiError):
    """The file of an export was not written."""


@dataclass(frozen=True, slots=True)
class UseCases:
    """Everything a person can do, wired to one database."""

    questionnaires: Questionnaires
    contacts: Contacts
    do_not_call: DoNotCall
    campaigns: CampaignBook
    approval: CampaignApproval
    editing: CampaignEditing
    results: Results
    quotas: Quotas
    unknown_attempts: UnknownAttempts
    exports: Exports
    keys: ApiKeys
    caller_ids: CallerIds
    trunks: Trunks
    dialers: Dialers
    calendar: CalendarOverrides
    calendar_warning: timedelta
    peaks: Peaks
    inbound_calls: InboundCalls
    call_backs: CallBacks
    work_orders: WorkOrders
    work_order_figures: WorkOrderFigures
    follow_ups: FollowUps
    transfers: Transfers
    jobs: JobQueue

    async def launch(
        self, campaign_id: UUID, by: str = "", *, standing_approval: str | None = None
    ) -> Campaign:
        """Launch a campaign and queue the rendering of its prompts.

        Were the queueing lost, the planner makes up for it.
        """
        campaign = await self.campaigns.launch(campaign_id, by, standing_approval=standing_approval)
        await self.jobs.render_prompts(campaign_id)
        return campaign

    async def start_export(self, campaign_id: UUID, file_format: str) -> Export:
        """Ask for a file of results and queue its writing."""
        export = await self.exports.request(campaign_id, file_format)
        await self.jobs.write_export(export.id)
        return export

    async def finished_export(self, export_id: UUID, timeout_s: float) -> Export:
        """Wait until a job has written the file. Raises ExportFailed when it fails or takes
        longer."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._finished_export(export_id)
        except TimeoutError as error:
            raise ExportFailed(
                f"no export within {timeout_s:g} s: see the log of the jobs process"
            ) from error

    async def _finished_export(self, export_id: UUID) -> Export:
        while True:
            export = await self.exports.get(export_id)
            if export.error is not None:
                raise ExportFailed(f"the export failed: {export.error}")
            if export.path is not None:
                return export
            await asyncio.sleep(_POLL_S)


def wire(
    database: Database,
    vault: Vault,
    jobs: JobQueue,
    exports_dir: Path,
    clock: Clock,
    *,
    second_person: bool = True,
    calendar_warning: timedelta = WARNING,
    deadline: DeadlineRule = STANDARD_DEADLINE,
) -> UseCases:
    """Put the use cases together on one database."""
    campaigns = CampaignBook(database, vault, clock, second_person=second_person)
    return UseCases(
        questionnaires=Questionnaires(database),
        contacts=Contacts(database, vault, clock),
        do_not_call=DoNotCall(database, vault, clock),
        campaigns=campaigns,
        approval=CampaignApproval(database, clock),
        editing=CampaignEditing(database, clock),
        results=Results(database),
        quotas=Quotas(database),
        unknown_attempts=UnknownAttempts(database, clock),
        exports=Exports(database, exports_dir, clock),
        keys=ApiKeys(database, clock),
        caller_ids=CallerIds(database),
        trunks=Trunks(database, vault),
        dialers=Dialers(database, clock),
        calendar=CalendarOverrides(database),
        calendar_warning=calendar_warning,
        peaks=Peaks(database),
        inbound_calls=InboundCalls(database, vault, clock),
        call_backs=CallBacks(database, vault),
        work_orders=WorkOrders(database, clock, deadline),
        work_order_figures=WorkOrderFigures(database),
        follow_ups=FollowUps(database, vault, campaigns, clock),
        transfers=Transfers(database, vault, clock),
        jobs=jobs,
    )


@asynccontextmanager
async def open_use_cases(settings: CoreSettings) -> AsyncIterator[UseCases]:
    """Wire the use cases to the database of these settings. Raises NoDatabase."""
    url = database_url(settings)
    vault = Vault.from_file(settings.key_file)
    database = Database(url)
    try:
        async with JobQueue(connector(url)) as jobs:
            yield wire(
                database,
                vault,
                jobs,
                settings.exports_dir,
                SystemClock(),
                second_person=not settings.single_operator,
                calendar_warning=timedelta(days=settings.calendar_warning_days),
                deadline=settings.deadline_rule(),
            )
    finally:
        await database.close()
