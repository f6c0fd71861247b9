"""The HTTP application: every resource under /api/v1, documentation without internet."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel

from api.http import problems
from api.http.attempts import attempt_routes
from api.http.call_backs import call_back_routes
from api.http.caller_ids import caller_id_routes
from api.http.campaigns import campaign_routes
from api.http.contact_lists import contact_list_routes
from api.http.do_not_call import do_not_call_routes
from api.http.exports import export_routes
from api.http.inbound_calls import inbound_call_routes
from api.http.keys import KeyCheck
from api.http.questionnaires import questionnaire_routes
from api.http.trunks import trunk_routes
from api.http.work_orders import work_order_routes
from api.use_cases import UseCases

VERSION = "0.1.0"


class Health(BaseModel):
    """The answer of a process that can do its work."""

    status: Literal["ok"] = "ok"


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
        """Answer when the database does."""
        await use_cases.trunks.list()
        return Health()

    v1 = APIRouter(
        prefix="/api/v1",
        dependencies=[KeyCheck(use_cases.keys).dependency()],
        responses=problems.documented(401),
    )
    v1.include_router(questionnaire_routes(use_cases))
    v1.include_router(contact_list_routes(use_cases, upload_limit_mb))
    v1.include_router(do_not_call_routes(use_cases))
    v1.include_router(campaign_routes(use_cases))
    v1.include_router(attempt_routes(use_cases))
    v1.include_router(export_routes(use_cases))
    v1.include_router(caller_id_routes(use_cases))
    v1.include_router(trunk_routes(use_cases))
    v1.include_router(inbound_call_routes(use_cases))
    v1.include_router(call_back_routes(use_cases))
    v1.include_router(work_order_routes(use_cases))
    app.include_router(v1)
    return app
