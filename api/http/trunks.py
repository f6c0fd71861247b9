"""Trunks: the ways out to the telephone network, and how they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr

from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.breaker import BreakerState
from campaigns.errors import NotFound
from campaigns.trunk import Trunk
from campaigns.trunk_health import Health


class TrunkIn(BaseModel):
    """How to reach a trunk and when it is chosen; the password is never shown again."""

    host: str
    port: int = Field(default=5060, ge=1, le=65535)
    max_calls: int = Field(ge=1, le=10_000, description="Calls at a time, over all dialers.")
    transport: Literal["udp", "tcp", "tls"] = "udp"
    username: str = ""
    password: SecretStr | None = Field(
        default=None, description="Left out: the one stored before stays; empty: none."
    )
    rehearsal: bool = Field(
        default=False, description="Leads to simulated callees; must be a loopback address."
    )
    driver: Literal["baresip", "pyvoip"] = "baresip"
    registration: bool = Field(
        default=False, description="Register `username`; false: peering by address."
    )
    register_expiry_s: int = Field(default=300, ge=60, le=86_400)
    realm: str = Field(default="", description="Its SIP domain, where it is not the host.")
    outbound_proxy: str = Field(default="", description="host or host:port.")
    srtp: Literal["off", "sdes", "dtls"] = "off"
    codecs: list[Literal["pcma", "pcmu", "g722", "opus"]] = Field(
        default=["pcma", "pcmu"], min_length=1, description="In the order of the offer."
    )
    tls_ca_file: str = Field(default="", description="PEM file on the dialer's machine.")
    tls_verify: bool = True
    calls_per_second: float | None = Field(
        default=None, ge=0.01, le=1000, description="In any second, over all dialers."
    )
    group: str = Field(default="", description="Campaigns may name a group instead of trunks.")
    priority: int = Field(default=1, ge=1, le=1000, description="In its group: the lowest first.")
    weight: int = Field(default=1, ge=1, le=1000, description="Its share among equals.")
    prefixes: list[str] = Field(
        default=[], description="Numbers it takes, as 86771; the longest wins. Empty: all."
    )
    strip_digits: int = Field(default=0, ge=0, le=4, description="Off the front of numbers …")
    dial_prefix: str = Field(default="", description="… and this put there, as 0.")
    options_every_s: int = Field(default=30, description="Seconds between OPTIONS; 0: none.")


class ConditionOut(Shown):
    """How a trunk stands, over all dialers."""

    calls: int
    breaker: BreakerState
    breaker_since: datetime | None
    open_until: datetime | None
    health: Health
    pinged_at: datetime | None
    ping_detail: str
    alarm: str = Field(description="Why no call goes out over it; empty: they do.")


class TrunkOut(Shown):
    """A trunk as configured, without its password."""

    name: str
    host: str
    port: int
    max_calls: int
    transport: str
    username: str
    rehearsal: bool
    driver: str
    registration: bool
    register_expiry_s: int
    realm: str
    outbound_proxy: str
    srtp: str
    codecs: list[str]
    tls_ca_file: str
    tls_verify: bool
    calls_per_second: float | None
    group: str
    priority: int
    weight: int
    prefixes: list[str]
    strip_digits: int
    dial_prefix: str
    options_every_s: int
    condition: ConditionOut | None = None


def trunk_routes(use_cases: UseCases) -> APIRouter:
    """Return the trunks' addresses."""
    router = APIRouter(prefix="/trunks", tags=["trunks"], responses=documented(404, 409))
    trunks = use_cases.trunks

    async def with_conditions(found: tuple[Trunk, ...]) -> list[TrunkOut]:
        conditions = {each.trunk: each for each in await trunks.conditions()}
        shown = []
        for trunk in found:
            out = TrunkOut.model_validate(trunk)
            out.condition = ConditionOut.model_validate(conditions[trunk.name])
            shown.append(out)
        return shown

    @router.get("")
    async def show_all() -> Page[TrunkOut]:
        return Page(items=await with_conditions(await trunks.list()))

    @router.get("/{name}")
    async def show(name: str) -> TrunkOut:
        (shown,) = await with_conditions((await trunks.get(name),))
        return shown

    @router.put("/{name}", responses=documented(422))
    async def put(name: str, trunk: TrunkIn) -> TrunkOut:
        """Make a trunk, or change the one of this name."""
        values = trunk.model_dump(exclude={"password"})
        values["codecs"], values["prefixes"] = tuple(trunk.codecs), tuple(trunk.prefixes)
        password = await _password(use_cases, name, trunk.password)
        stored = await trunks.put(Trunk(name=name, password=password, **values))
        (shown,) = await with_conditions((stored,))
        return shown

    @router.post("/{name}/reset-breaker")
    async def reset_breaker(name: str) -> ConditionOut:
        """Let calls go out over it again, whatever failed before."""
        return ConditionOut.model_validate(await trunks.reset_breaker(name))

    return router


async def _password(use_cases: UseCases, name: str, given: SecretStr | None) -> str:
    if given is not None:
        return given.get_secret_value()
    try:
        return (await use_cases.trunks.get(name)).password
    except NotFound:
        return ""
