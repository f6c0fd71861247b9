"""Trunks: the ways out to the telephone network."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.trunk import Trunk


class TrunkIn(BaseModel):
    """How to reach a trunk; the password is never shown again."""

    host: str
    port: int = Field(default=5060, ge=1, le=65535)
    max_calls: int = Field(ge=1, le=10_000)
    transport: Literal["udp", "tcp", "tls"] = "udp"
    username: str = ""
    password: SecretStr = SecretStr("")
    rehearsal: bool = Field(
        default=False, description="Leads to simulated callees; must be a loopback address."
    )


class TrunkOut(Shown):
    """A trunk as configured, without its password."""

    name: str
    host: str
    port: int
    max_calls: int
    transport: str
    username: str
    rehearsal: bool


def trunk_routes(use_cases: UseCases) -> APIRouter:
    """Return the trunks' addresses."""
    router = APIRouter(prefix="/trunks", tags=["trunks"], responses=documented(404, 409))
    trunks = use_cases.trunks

    @router.get("")
    async def show_all() -> Page[TrunkOut]:
        return Page(items=[TrunkOut.model_validate(each) for each in await trunks.list()])

    @router.put("/{name}", responses=documented(422))
    async def put(name: str, trunk: TrunkIn) -> TrunkOut:
        """Make a trunk, or change the one of this name."""
        values = trunk.model_dump(exclude={"password"})
        password = trunk.password.get_secret_value()
        stored = await trunks.put(Trunk(name=name, password=password, **values))
        return TrunkOut.model_validate(stored)

    return router
