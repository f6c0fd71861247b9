"""Quotas of a campaign: how full its cells are."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases


class QuotaOut(Shown):
    """One cell: who belongs to it and how many of its places are taken."""

    id: str
    when: str = Field(description="The condition of the questionnaire file.")
    limit: int
    given: int = Field(description="Interviews given.")
    open: int = Field(description="Calls at this moment that hold a place.")


def quota_routes(use_cases: UseCases) -> APIRouter:
    """Return the quotas' addresses."""
    router = APIRouter(prefix="/campaigns", tags=["campaigns"])

    @router.get("/{campaign_id}/quotas", responses=documented(404))
    async def show(campaign_id: UUID) -> Page[QuotaOut]:
        """Show how full each cell is; empty where the questionnaire has no quotas."""
        standing = await use_cases.quotas.standing(campaign_id)
        return Page(items=[QuotaOut.model_validate(each) for each in standing])

    return router
