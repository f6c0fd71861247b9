"""Caller IDs: the registry of numbers that calls may go out under."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.caller_id import CallerIdStatus
from campaigns.questionnaire.model import CampaignKind


class CallerIdIn(BaseModel):
    """A number to register; it is pending until it is verified."""

    number: str
    display_name: str = Field(max_length=64)
    owner: str = ""
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    kinds: list[CampaignKind] = Field(default_factory=list, description="Empty: every kind.")


class CallerIdOut(Shown):
    """A number of the registry."""

    number: str
    display_name: str
    owner: str
    status: CallerIdStatus
    valid_from: datetime
    valid_to: datetime
    kinds: list[CampaignKind]


def caller_id_routes(use_cases: UseCases) -> APIRouter:
    """Return the registry's addresses."""
    router = APIRouter(prefix="/caller-ids", tags=["caller IDs"], responses=documented(404, 409))
    registry = use_cases.caller_ids

    @router.post("", status_code=201, responses=documented(422))
    async def add(caller: CallerIdIn) -> CallerIdOut:
        added = await registry.add(
            caller.number,
            caller.display_name,
            owner=caller.owner,
            valid_from=caller.valid_from,
            valid_to=caller.valid_to,
            kinds=tuple(caller.kinds),
        )
        return CallerIdOut.model_validate(added)

    @router.get("")
    async def show_all() -> Page[CallerIdOut]:
        return Page(items=[CallerIdOut.model_validate(each) for each in await registry.list()])

    @router.post("/{number}/verify")
    async def verify(number: str) -> CallerIdOut:
        """Say that the number's owner has proven that it is theirs."""
        return CallerIdOut.model_validate(await registry.verify(number))

    @router.post("/{number}/suspend")
    async def suspend(number: str) -> CallerIdOut:
        """Stop every call under this number at once."""
        return CallerIdOut.model_validate(await registry.suspend(number))

    return router
