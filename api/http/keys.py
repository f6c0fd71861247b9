"""Who may call: an API key, as `Authorization: Bearer KEY` or `X-API-Key: KEY`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from campaigns.api_keys import ApiKeys

_bearer = HTTPBearer(auto_error=False, description="A key made by `outbound key make`.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False)


class KeyCheck:
    """The dependency that lets a request in only with a key that is known and not revoked."""

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    async def __call__(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
        header: Annotated[str | None, Security(_header)],
    ) -> None:
        key = bearer.credentials if bearer else header
        if not key:
            raise _refused("an API key is needed: make one with `outbound key make NAME`")
        found = await self._keys.verify(key)
        if found is None:
            raise _refused("this API key is not known, or it was revoked")
        request.state.operator = found.name

    def dependency(self) -> Any:
        """Return this check as a FastAPI dependency."""
        return Depends(self)


def _operator(request: Request) -> str:
    name: str = request.state.operator
    return name


Operator = Annotated[str, Depends(_operator)]
"""Who asks: the name of their key."""


def _refused(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})
