"""Starts the day's call-backs by itself: a small campaign for whoever became due since the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from api.use_cases import UseCases
from campaigns.call_backs.local_day import SHANGHAI, LocalDay
from campaigns.caller_id import CallerIdStatus
from campaigns.campaign import NewCampaign
from campaigns.clock import Clock
from campaigns.errors import CampaignError, Conflict, NotFound
from campaigns.questionnaire.model import CampaignKind

_PLANNER = "planner"
_STANDING = "call-backs were set up with OUTBOUND_CALL_BACK_TRUNK"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallBackPlan:
    """What call-backs go out with: the questionnaire's key, the caller number and the trunk."""

    questionnaire: str
    caller_number: str
    trunk: str


class CallBackSweep:
    """Calls back who is due and not planned yet, within calling hours and on the same day."""

    def __init__(self, use_cases: UseCases, plan: CallBackPlan, clock: Clock) -> None:
        self._use_cases = use_cases
        self._plan = plan
        self._clock = clock

    async def run(self) -> UUID | None:
        """Launch a campaign for those who are due; return its id, None when nobody is.

        Raises NotFound or Conflict when the plan cannot be used; nothing is made then.
        """
        questionnaire_id = await self._checked()
        day = LocalDay(self._clock.now().astimezone(SHANGHAI).date())
        try:
            list_id = await self._use_cases.call_backs.list_due(day.date)
        except Conflict:
            return None
        return await self._launch(questionnaire_id, list_id, day)

    async def _checked(self) -> UUID:
        """Return the questionnaire's newest version, once caller and trunk are known to do."""
        caller = await self._use_cases.caller_ids.get(self._plan.caller_number)
        if caller.status is not CallerIdStatus.VERIFIED:
            raise Conflict(f"caller number {caller.number} is not verified: nobody is called back")
        if all(each.name != self._plan.trunk for each in await self._use_cases.trunks.list()):
            raise NotFound(f"there is no trunk {self._plan.trunk} for call-backs")
        versions = [
            each
            for each in await self._use_cases.questionnaires.list()
            if each.key == self._plan.questionnaire and each.kind is CampaignKind.CALL_BACK
        ]
        if not versions:
            raise NotFound(
                f"there is no call_back questionnaire {self._plan.questionnaire}: add one as "
                "examples/call_back.yaml"
            )
        return max(versions, key=lambda each: each.version).id

    async def _launch(self, questionnaire_id: UUID, list_id: UUID, day: LocalDay) -> UUID:
        campaign = await self._use_cases.campaigns.create(
            NewCampaign(
                name=f"呼损回拨 {_local(self._clock.now()):%Y-%m-%d %H:%M}",
                questionnaire_id=questionnaire_id,
                contact_list_id=list_id,
                caller_number=self._plan.caller_number,
                trunk=self._plan.trunk,
                not_after=day.end,
            ),
            by=_PLANNER,
        )
        try:
            await self._use_cases.launch(campaign.id, _PLANNER, standing_approval=_STANDING)
        except CampaignError:
            await self._use_cases.campaigns.cancel(campaign.id)
            raise
        _log.info("call_backs_launched", campaign_id=str(campaign.id))
        return campaign.id


def _local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)
