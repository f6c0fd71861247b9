"""Transfers to a human: how a campaign puts people through, and who waits with what context."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.transfers.rule import TransferMode, TransferRule
from campaigns.transfers.state import TransferState


class TransferRuleIn(BaseModel):
    """To whom and how people are put through: agents or a queue."""

    trunk: str = Field(description="The trunk the agents are reached on.")
    caller_number: str = Field(description="Of the registry; what agents see.")
    agents: list[str] = Field(default_factory=list, max_length=200, examples=[["8001", "8002"]])
    queue: str = Field(default="", examples=["sip:8000@pbx.example:5060"])
    mode: TransferMode = TransferMode.AUTO
    ring_s: int = Field(default=30, ge=5, le=120, description="How long people wait in all.")
    hours: dict[str, Any] = Field(
        default_factory=dict, description="When agents are at work; empty: the standard hours."
    )


class TransferRuleOut(Shown):
    """A campaign's rule; agents' numbers are masked."""

    campaign_id: UUID
    trunk: str
    caller_number: str
    agents: list[str]
    queue: str
    mode: TransferMode
    ring_s: int
    hours: dict[str, Any]


class GivenOut(Shown):
    """An answer so far."""

    question_id: str
    value: Any
    words: str


class SaidOut(Shown):
    """What one side said so far."""

    speaker: str
    text: str


class TransferOut(Shown):
    """A transfer with the caller's context; numbers are masked."""

    id: UUID = Field(description="What the agent's phone is sent as X-Transfer.")
    attempt_id: UUID
    campaign_id: UUID
    campaign: str
    state: TransferState
    number_masked: str
    agent_masked: str
    wish: str
    requested_at: datetime
    ringing_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    failure: str
    answers: list[GivenOut]
    transcript: list[SaidOut]


def transfer_routes(use_cases: UseCases) -> APIRouter:
    """Return the addresses of transfers."""
    router = APIRouter(tags=["transfers"])
    transfers = use_cases.transfers

    @router.put("/campaigns/{campaign_id}/transfer", responses=documented(404, 422))
    async def put(campaign_id: UUID, rule: TransferRuleIn) -> TransferRuleOut:
        """Let a campaign put people through to a human."""
        values = rule.model_dump()
        values["agents"] = tuple(rule.agents)
        stored = await transfers.put_rule(campaign_id, TransferRule(**values))
        return TransferRuleOut.model_validate(stored)

    @router.get("/campaigns/{campaign_id}/transfer", responses=documented(404))
    async def show_rule(campaign_id: UUID) -> TransferRuleOut:
        return TransferRuleOut.model_validate(await transfers.rule(campaign_id))

    @router.delete("/campaigns/{campaign_id}/transfer", status_code=204, responses=documented(404))
    async def drop(campaign_id: UUID) -> Response:
        """Put nobody through any more."""
        await transfers.drop_rule(campaign_id)
        return Response(status_code=204)

    @router.get("/transfers")
    async def show_all(
        state: TransferState | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Page[TransferOut]:
        """List transfers, the newest first; `state=waiting`: those whose agent's phone rings."""
        found = await transfers.list(state, limit=limit)
        return Page(items=[TransferOut.model_validate(each) for each in found])

    @router.get("/transfers/{transfer_id}", responses=documented(404))
    async def show(transfer_id: UUID) -> TransferOut:
        return TransferOut.model_validate(await transfers.get(transfer_id))

    return router
