"""Campaigns: create, check, approve, launch, pause, edit, copy and follow."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from api.http.keys import Operator
from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.campaign import HEAVIEST, CampaignState, Duplicates, NewCampaign
from campaigns.on_machine import OnMachine
from campaigns.questionnaire.model import CampaignKind


class CampaignIn(BaseModel):
    """What a campaign's owner decides."""

    name: str = Field(min_length=1, max_length=200, examples=["三月满意度回访"])
    questionnaire_id: UUID
    contact_list_id: UUID
    caller_number: str = Field(
        description="A number of the caller-ID registry; free text is refused."
    )
    trunk_group: str = Field(default="", description="The trunks of this group, by priority.")
    trunk: str = Field(
        default="",
        validate_default=True,
        description="The trunk's name; or name a trunk_group.",
    )
    fallback_trunks: tuple[str, ...] = Field(
        default=(), description="Tried after it, in this order, where it rang nobody."
    )
    on_machine: OnMachine = Field(
        default=OnMachine.CALL_LATER,
        description="When a machine answers: call later, hang up for good, or (notifications) "
        "leave the message after the beep.",
    )
    max_attempts: int = Field(default=3, ge=1, le=20)
    ring_timeout_s: int = Field(default=45, ge=5, le=120)
    calling_hours: dict[str, Any] = Field(
        default_factory=dict, description="Empty: the standard hours."
    )
    time_zone: str = "Asia/Shanghai"
    not_before: AwareDatetime | None = Field(default=None, description="No call before this.")
    not_after: AwareDatetime | None = Field(default=None, description="No call from this on.")
    retry: dict[str, Any] = Field(
        default_factory=dict,
        description="What differs from the standard rules of calling again (docs/campaigns.md).",
        examples=[{"no_answer": {"delay_minutes": 60, "most": 2}}],
    )
    weight: int = Field(
        default=1, ge=1, le=HEAVIEST, description="Share of the lines beside other campaigns'."
    )
    duplicates: Duplicates = Field(
        default=Duplicates.KEEP,
        description="Who waits in another campaign at the launch: called by both, or skipped.",
    )

    @field_validator("trunk")
    @classmethod
    def _way_out(cls, trunk: str, info: ValidationInfo) -> str:
        if not trunk and not info.data.get("trunk_group"):
            raise ValueError("name a trunk, or a trunk_group")
        return trunk


class CampaignChange(BaseModel):
    """What is to be changed; what is left out stays. Once a campaign is launched only changes that
    break no promise are taken (docs/campaigns.md)."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    questionnaire_id: UUID | None = None
    contact_list_id: UUID | None = None
    caller_number: str | None = None
    trunk: str | None = None
    fallback_trunks: list[str] | None = None
    trunk_group: str | None = None
    on_machine: OnMachine | None = None
    max_attempts: int | None = Field(default=None, ge=1, le=20)
    ring_timeout_s: int | None = Field(default=None, ge=5, le=120)
    calling_hours: dict[str, Any] | None = None
    time_zone: str | None = None
    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None
    duplicates: Duplicates | None = None
    retry: dict[str, Any] | None = None
    weight: int | None = Field(default=None, ge=1, le=HEAVIEST)
    reason: str = Field(default="", max_length=500, description="Why, for the history.")

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given; only the window's ends may be emptied."""
        given = self.model_dump(exclude_unset=True, exclude={"reason"})
        return {
            name: value
            for name, value in given.items()
            if value is not None or name in ("not_before", "not_after")
        }


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
    fallback_trunks: tuple[str, ...]
    trunk_group: str
    on_machine: OnMachine
    max_attempts: int
    ring_timeout_s: int
    calling_hours: dict[str, Any]
    time_zone: str
    not_before: datetime | None
    not_after: datetime | None
    voice: str
    duplicates: Duplicates
    retry: dict[str, Any]
    weight: int
    failure: str | None
    prompts_total: int
    prompts_ready: int
    created_by: str
    approved_by: str = Field(description="The second person, or in brackets why none is needed.")
    created_at: datetime
    launched_at: datetime | None
    finished_at: datetime | None


class ReadinessOut(Shown):
    """What a campaign that lacks nothing will do."""

    contacts: int
    do_not_call: int = Field(description="Of them, on the do-not-call list.")
    elsewhere: int = Field(description="Of them, waiting in other campaigns too.")
    first_call_at: datetime


class StepOut(Shown):
    """One step of a campaign's life; `changes`: a field's value before and after."""

    at: datetime
    by: str
    event: str
    from_state: str
    to_state: str
    reason: str
    changes: dict[str, list[Any]]


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


Reason = Annotated[str, Body(embed=True, max_length=500, description="Why, for the history.")]


def campaign_routes(use_cases: UseCases) -> APIRouter:
    """Return the campaigns' addresses."""
    router = APIRouter(prefix="/campaigns", tags=["campaigns"], responses=documented(404, 409))
    book, editing, approval = use_cases.campaigns, use_cases.editing, use_cases.approval

    @router.post("", status_code=201, responses=documented(422))
    async def create(campaign: CampaignIn, by: Operator) -> CampaignOut:
        created = await book.create(NewCampaign(**campaign.model_dump()), by)
        return CampaignOut.model_validate(created)

    @router.get("")
    async def show_all(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Page[CampaignOut]:
        return Page(items=[CampaignOut.model_validate(each) for each in await book.list(limit)])

    @router.get("/{campaign_id}")
    async def show(campaign_id: UUID) -> CampaignStatusOut:
        return CampaignStatusOut.model_validate(await book.status(campaign_id))

    @router.patch("/{campaign_id}", responses=documented(422))
    async def edit(campaign_id: UUID, change: CampaignChange, by: Operator) -> CampaignOut:
        """Change it; a checked or approved campaign is a draft again."""
        edited = await editing.edit(campaign_id, change.changes(), by, change.reason)
        return CampaignOut.model_validate(edited)

    @router.post("/{campaign_id}/copy", status_code=201, responses=documented(422))
    async def copy(
        campaign_id: UUID, by: Operator, name: Annotated[str, Body(embed=True, min_length=1)]
    ) -> CampaignOut:
        """Make a draft with the same settings and people."""
        return CampaignOut.model_validate(await editing.copy(campaign_id, name, by))

    @router.get("/{campaign_id}/history")
    async def history(campaign_id: UUID) -> Page[StepOut]:
        """Say who did what, when and why."""
        steps = await editing.history(campaign_id)
        return Page(items=[StepOut.model_validate(each) for each in steps])

    @router.post("/{campaign_id}/check", responses=documented(422))
    async def check(campaign_id: UUID, by: Operator) -> ReadinessOut:
        """Look for everything it lacks; nothing: somebody else may approve it."""
        return ReadinessOut.model_validate(await approval.check(campaign_id, by))

    @router.post("/{campaign_id}/approve", responses=documented(422))
    async def approve(campaign_id: UUID, by: Operator, reason: Reason = "") -> CampaignOut:
        """Let it be launched. Who made or changed it cannot."""
        return CampaignOut.model_validate(await approval.approve(campaign_id, by, reason))

    @router.post("/{campaign_id}/send-back", responses=documented(422))
    async def send_back(campaign_id: UUID, by: Operator, reason: Reason) -> CampaignOut:
        """Do not approve it, and say why."""
        return CampaignOut.model_validate(await approval.send_back(campaign_id, by, reason))

    @router.post("/{campaign_id}/launch", responses=documented(422))
    async def launch(campaign_id: UUID, by: Operator) -> CampaignOut:
        """Make its tasks and render its prompts; it then runs by itself."""
        return CampaignOut.model_validate(await use_cases.launch(campaign_id, by))

    @router.post("/{campaign_id}/pause")
    async def pause(campaign_id: UUID, by: Operator, reason: Reason = "") -> CampaignOut:
        """Place no further calls; running calls end naturally."""
        return CampaignOut.model_validate(await book.pause(campaign_id, by, reason))

    @router.post("/{campaign_id}/resume")
    async def resume(campaign_id: UUID, by: Operator, reason: Reason = "") -> CampaignOut:
        return CampaignOut.model_validate(await book.resume(campaign_id, by, reason))

    @router.post("/{campaign_id}/wind-up")
    async def wind_up(campaign_id: UUID, by: Operator, reason: Reason = "") -> CampaignOut:
        """Call nobody any more; it finishes when the running calls have ended."""
        return CampaignOut.model_validate(await book.wind_up(campaign_id, by, reason))

    @router.post("/{campaign_id}/cancel")
    async def cancel(campaign_id: UUID, by: Operator, reason: Reason = "") -> CampaignOut:
        """End it for good; running calls end naturally."""
        return CampaignOut.model_validate(await book.cancel(campaign_id, by, reason))

    return router
