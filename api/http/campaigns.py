"""Campaigns: create, launch, pause, resume, cancel and follow."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.campaign import CampaignState, NewCampaign
from campaigns.questionnaire.model import CampaignKind


class CampaignIn(BaseModel):
    """What a campaign's owner decides."""

    name: str = Field(min_length=1, max_length=200, examples=["三月满意度回访"])
    questionnaire_id: UUID
    contact_list_id: UUID
    caller_number: str = Field(
        description="A number of the caller-ID registry; free text is refused."
    )
    trunk: str = Field(description="The trunk's name.")
    max_attempts: int = Field(default=3, ge=1, le=20)
    ring_timeout_s: int = Field(default=45, ge=5, le=120)
    calling_hours: dict[str, Any] = Field(
        default_factory=dict, description="Empty: the standard hours."
    )
    time_zone: str = "Asia/Shanghai"
    not_before: AwareDatetime | None = Field(default=None, description="No call before this.")
    not_after: AwareDatetime | None = Field(default=None, description="No call from this on.")


class CampaignOut(Shown):
    """A campaign as it stands."""

    id: UUID
    name: str
    kind: CampaignKind
    state: CampaignState
    questionnaire_id: UUID
    contact_list_id: UUID
    caller_number: str
    trunk: str
    max_attempts: int
    ring_timeout_s: int
    calling_hours: dict[str, Any]
    time_zone: str
    not_before: datetime | None
    not_after: datetime | None
    voice: str
    failure: str | None
    prompts_total: int
    prompts_ready: int
    created_at: datetime
    launched_at: datetime | None
    finished_at: datetime | None


class RepliesOut(Shown):
    """How long people waited for a reply."""

    turns: int
    p50_ms: int | None
    p95_ms: int | None


class CasesOut(Shown):
    """Contacts in the groups of AAPOR's Standard Definitions."""

    interviews: int
    partials: int
    refusals: int
    non_contacts: int
    others: int
    unknown_households: int
    unknown_others: int
    not_eligible: int


ExactFraction = Annotated[str, BeforeValidator(str)]


class CampaignStatusOut(Shown):
    """How far a campaign is."""

    campaign: CampaignOut
    tasks: dict[str, int] = Field(description="Tasks by state.")
    attempts: int
    open_attempts: int
    dispositions: dict[str, int] = Field(description="Closed attempts by disposition.")
    outcomes: dict[str, int] = Field(description="Contacts by what became of them last.")
    cases: CasesOut
    rates: dict[str, ExactFraction | None] = Field(
        description="AAPOR outcome rates e, rr1-6, coop1-4, ref1-3, con1-3 as exact fractions; "
        "null: no base yet.",
        examples=[{"rr1": "4/11"}],
    )
    replies: RepliesOut
    prompt_misses: int = Field(description="Prompts that had to be rendered during a call.")


def campaign_routes(use_cases: UseCases) -> APIRouter:
    """Return the campaigns' addresses."""
    router = APIRouter(prefix="/campaigns", tags=["campaigns"], responses=documented(404, 409))
    book = use_cases.campaigns

    @router.post("", status_code=201, responses=documented(422))
    async def create(campaign: CampaignIn) -> CampaignOut:
        created = await book.create(NewCampaign(**campaign.model_dump()))
        return CampaignOut.model_validate(created)

    @router.get("")
    async def show_all(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Page[CampaignOut]:
        return Page(items=[CampaignOut.model_validate(each) for each in await book.list(limit)])

    @router.get("/{campaign_id}")
    async def show(campaign_id: UUID) -> CampaignStatusOut:
        return CampaignStatusOut.model_validate(await book.status(campaign_id))

    @router.post("/{campaign_id}/launch")
    async def launch(campaign_id: UUID) -> CampaignOut:
        """Make its tasks and render its prompts; it then runs by itself."""
        return CampaignOut.model_validate(await use_cases.launch(campaign_id))

    @router.post("/{campaign_id}/pause")
    async def pause(campaign_id: UUID) -> CampaignOut:
        """Place no further calls; running calls end naturally."""
        return CampaignOut.model_validate(await book.pause(campaign_id))

    @router.post("/{campaign_id}/resume")
    async def resume(campaign_id: UUID) -> CampaignOut:
        return CampaignOut.model_validate(await book.resume(campaign_id))

    @router.post("/{campaign_id}/cancel")
    async def cancel(campaign_id: UUID) -> CampaignOut:
        """End it for good; running calls end naturally."""
        return CampaignOut.model_validate(await book.cancel(campaign_id))

    return router
