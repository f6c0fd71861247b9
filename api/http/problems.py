"""Problem details: every error answer is application/problem+json (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from campaigns.errors import CampaignError, Fault, InvalidInput

_log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

_STATUS_OF_CODE = {
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "invalid_input": HTTPStatus.UNPROCESSABLE_ENTITY,
}
_STATUS_OF_FAULT = {
    Fault.CALLER: HTTPStatus.BAD_REQUEST,
    Fault.PEER: HTTPStatus.SERVICE_UNAVAILABLE,
    Fault.SERVICE: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Mistake(BaseModel):
    """One thing wrong with the input and where it stands; counted from 1, header row = 1."""

    message: str
    line: int | None = None
    row: int | None = None
    column: str | None = None


class ProblemDetails(BaseModel):
    """What went wrong, for people (`title`, `detail`) and programs (`code`, `problems`)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    problems: list[Mistake] = Field(default_factory=list)


def install(app: FastAPI) -> None:
    """Make every error of this application a problem document."""
    app.add_exception_handler(CampaignError, _campaign_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of these error answers."""
    content = {MEDIA_TYPE: {"schema": ProblemDetails.model_json_schema()}}
    return {code: {"description": HTTPStatus(code).phrase, "content": content} for code in statuses}


def _answer(
    status: int,
    code: str,
    detail: str,
    problems: list[Mistake] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = ProblemDetails(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        problems=problems or [],
    )
    return JSONResponse(body.model_dump(), status, headers, media_type=MEDIA_TYPE)


async def _campaign_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CampaignError)
    status = _STATUS_OF_CODE.get(error.code, _STATUS_OF_FAULT[error.fault])
    headers = {"Retry-After": "5"} if error.retryable else None
    if isinstance(error, InvalidInput):
        mistakes = [
            Mistake(message=p.message, line=p.line, row=p.row, column=p.column)
            for p in error.problems
        ]
        return _answer(status, error.code, error.summary, mistakes)
    if error.fault is not Fault.CALLER:
        _log.warning("request_failed", path=request.url.path, code=error.code, reason=str(error))
    return _answer(status, error.code, str(error), headers=headers)


async def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = [
        Mistake(message=item["msg"], column=".".join(str(part) for part in item["loc"][1:]) or None)
        for item in error.errors()
    ]
    detail = "the request is not what this address takes: see problems"
    return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_input", detail, mistakes)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    headers = dict(error.headers) if error.headers else None
    return _answer(error.status_code, code, str(error.detail), headers=headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("request_crashed", path=request.url.path, exc_info=error)
    detail = "an unexpected error; it is in the log of the api process"
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
