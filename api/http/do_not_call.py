"""The do-not-call list: numbers nobody calls again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, Field

from api.http.keys import Operator
from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.do_not_call import Scope


class DoNotCallIn(BaseModel):
    """A number to be left in peace; without a list or campaign: by everybody."""

    number: str
    reason: str = Field(min_length=1, max_length=500)
    list_id: UUID | None = None
    campaign_id: UUID | None = None


class DoNotCallOut(Shown):
    """An entry; the number is masked, `words` are what the person said in a call."""

    id: int
    number_masked: str
    list_id: UUID | None
    campaign_id: UUID | None
    reason: str
    words: str
    attempt_id: UUID | None
    added_by: str
    created_at: datetime
    removed_at: datetime | None
    removed_by: str
    removal: str


def do_not_call_routes(use_cases: UseCases) -> APIRouter:
    """Return the do-not-call list's addresses."""
    router = APIRouter(prefix="/do-not-call", tags=["do not call"])
    entries = use_cases.do_not_call

    @router.post("", status_code=201, responses=documented(404, 422))
    async def add(entry: DoNotCallIn, by: Operator) -> DoNotCallOut:
        """List a number, effective at once for every call that waits."""
        scope = Scope(entry.list_id, entry.campaign_id)
        added = await entries.add(entry.number, entry.reason, by, scope)
        return DoNotCallOut.model_validate(added)

    @router.get("")
    async def show_all(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        before: Annotated[int | None, Query(description="The last id of the page before.")] = None,
        removed: Annotated[bool, Query(description="Those that hold no more.")] = False,
    ) -> Page[DoNotCallOut]:
        found = await entries.list(limit=limit, before=before, removed=removed)
        return Page(items=[DoNotCallOut.model_validate(each) for each in found])

    @router.post("/find", responses=documented(422))
    async def find(number: Annotated[str, Body(embed=True)]) -> Page[DoNotCallOut]:
        """Tell everything on record about a number, in a body so that no log keeps it."""
        found = await entries.find(number)
        return Page(items=[DoNotCallOut.model_validate(each) for each in found])

    @router.post("/{entry_id}/remove", responses=documented(404, 409, 422))
    async def remove(
        entry_id: int, by: Operator, reason: Annotated[str, Body(embed=True, min_length=1)]
    ) -> DoNotCallOut:
        """Let the number be called again; the entry stays on record with the reason."""
        return DoNotCallOut.model_validate(await entries.remove(entry_id, reason, by))

    return router
