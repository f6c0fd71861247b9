"""The dialers at work."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from api.http.schema import Page, Shown
from api.use_cases import UseCases


class DialerOut(Shown):
    """One dialer process as it told of itself last."""

    name: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    alive: bool = Field(description="It told of itself within 20 s.")
    calls: int
    max_calls: int
    draining: bool = Field(description="It takes no further calls.")


def dialer_routes(use_cases: UseCases) -> APIRouter:
    """Return the dialers' addresses."""
    router = APIRouter(prefix="/dialers", tags=["dialers"])

    @router.get("")
    async def show_all() -> Page[DialerOut]:
        """Those of all machines; one that ended in good order is not among them."""
        return Page(
            items=[DialerOut.model_validate(each) for each in await use_cases.dialers.list()]
        )

    return router
