"""The HTTP application: every resource under /api/v1, documentation without internet."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, Field

from api.http import problems
from api.http.attempts import attempt_routes
from api.http.calendar import calendar_routes
from api.http.call_backs import call_back_routes
from api.http.caller_ids import caller_id_routes
from api.http.campaigns import campaign_routes
from api.http.contact_lists import contact_list_routes
from api.http.dialers import dialer_routes
from api.http.do_not_call import do_not_call_routes
from api.http.exports import export_routes
from api.http.inbound_calls import inbound_call_routes
from api.http.keys import KeyCheck
from api.http.questionnaires import questionnaire_routes
from api.http.quotas import quota_routes
from api.http.transfers import transfer_routes
from api.http.trunks import trunk_routes
from api.http.work_orders import work_order_routes
from api.use_cases import UseCases
from campaigns.calendar_horizon import horizon
from campaigns.call_backs.local_day import SHANGHAI

VERSION = "0.1.0"


class Health(BaseModel):
    """The answer of a process that can do its work."""

    status: Literal["ok"] = "ok"
    dialers: int = Field(description="Dialers that told of themselves lately.")
    silent_dialers: int = Field(description="Those that ended without a word, within a day.")
    calls: int = Field(description="Calls at this moment, over all dialers.")
    trunk_alarms: int = Field(description="Trunks no call goes out over: see /api/v1/trunks.")
    calendar_warning: str = Field(description="What to do about the calendar's end, or empty.")


async def _health(use_cases: UseCases) -> Health:
    conditions = await use_cases.trunks.conditions()
    dialers = await use_cases.dialers.list()
    today = datetime.now(SHANGHAI).date()
    reach = horizon(await use_cases.calendar.calendar(), today, use_cases.calendar_warning)
    return Health(
        calendar_warning=reach.warning,
        dialers=sum(each.alive for each in dialers),
        silent_dialers=sum(not each.alive for each in dialers),
        calls=sum(each.calls for each in dialers if each.alive),
        trunk_alarms=sum(bool(each.alarm) for each in conditions),
    )


def create_application(use_cases: UseCases, *, upload_limit_mb: int = 256) -> FastAPI:
    """Return the application on these use cases; documentation is at /docs."""
    app = FastAPIOffline(
        title="outbound",
        version=VERSION,
        description="Intelligent outbound calling and survey service. Numbers are always masked.",
    )
    problems.install(app)

    @app.get("/health", tags=["health"], responses=problems.documented(503))
    async def health() -> Health:
        """Answer when the database does, with the dialers at work and what is wrong."""
        return await _health(use_cases)

    v1 = APIRouter(
        prefix="/api/v1",
        dependencies=[KeyCheck(use_cases.keys).dependency()],
        responses=problems.documented(401),
    )
    v1.include_router(questionnaire_routes(use_cases))
    v1.include_router(contact_list_routes(use_cases, upload_limit_mb))
    v1.include_router(do_not_call_routes(use_cases))
    v1.include_router(campaign_routes(use_cases))
    v1.include_router(quota_routes(use_cases))
    v1.include_router(attempt_routes(use_cases))
    v1.include_router(export_routes(use_cases))
    v1.include_router(caller_id_routes(use_cases))
    v1.include_router(trunk_routes(use_cases))
    v1.include_router(dialer_routes(use_cases))
    v1.include_router(inbound_call_routes(use_cases))
    v1.include_router(call_back_routes(use_cases))
    v1.include_router(calendar_routes(use_cases))
    v1.include_router(work_order_routes(use_cases))
    v1.include_router(transfer_routes(use_cases))
    app.include_router(v1)
    return app
