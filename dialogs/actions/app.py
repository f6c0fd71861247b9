"""The action webhook as a small FastAPI app."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionNotFoundException

_log = structlog.get_logger(__name__)


def make_app(action: Action, **options: Any) -> FastAPI:
    """Return the app that runs `action` for Rasa; `options` go to FastAPI.

    An error is answered with status 500, so that Rasa sends no reply and the dialer asks again.
    """
    executor = ActionExecutor()
    executor.register_action(action)
    app = FastAPI(title="outbound dialogue actions", openapi_url=None, **options)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/webhook")
    async def webhook(request: Request) -> JSONResponse:
        call = await request.json()
        try:
            result = await executor.run(call)
        except ActionNotFoundException as error:
            return JSONResponse({"error": str(error), "action_name": error.action_name}, 404)
        except Exception as error:
            # The text of the error may quote the person's words: only its kind is logged.
            attempt = call.get("sender_id") if isinstance(call, dict) else None
            _log.error("action failed", attempt_id=attempt, error=type(error).__name__)
            return JSONResponse({"error": type(error).__name__}, 500)
        return JSONResponse(result.model_dump() if result else None)

    return app
