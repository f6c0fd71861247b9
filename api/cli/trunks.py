"""`outbound trunk`: the ways out to the telephone network."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, console, print_fields, print_json, print_rows
from api.cli.use_case import perform
from api.use_cases import UseCases
from campaigns.errors import NotFound
from campaigns.trunk import Trunk
from campaigns.trunks import TrunkCondition

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Ways out to the telephone network.")

_COLUMNS = ("name", "host", "port", "transport", "calls", "per_second", "group", "rehearsal",
            "breaker", "health")  # fmt: skip

Name = Annotated[str, typer.Argument(help="The trunk's name.")]


@app.command("set")
def put(
    name: Annotated[str, typer.Argument(help="Small letters, digits, - and _.")],
    host: Annotated[str, typer.Argument(help="Address or host name of the SIP peer.")],
    port: Annotated[int | None, typer.Option(help="Its SIP port.  [new: 5060]")] = None,
    max_calls: Annotated[
        int | None, typer.Option(help="Calls at the same time, over all dialers.  [new: 1]")
    ] = None,
    calls_per_second: Annotated[
        float | None, typer.Option(help="In any second, over all dialers; 0: no limit.")
    ] = None,
    transport: Annotated[str | None, typer.Option(help="udp, tcp or tls.  [new: udp]")] = None,
    username: Annotated[str | None, typer.Option(help="For SIP digest authentication.")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="OUTBOUND_TRUNK_PASSWORD", help="Better given by the variable."),
    ] = None,
    registration: Annotated[
        bool | None,
        typer.Option("--register/--peer", help="Register the username, or peer by address."),
    ] = None,
    register_expiry_s: Annotated[
        int | None, typer.Option("--register-expiry", help="Seconds a registration lasts.")
    ] = None,
    realm: Annotated[
        str | None, typer.Option(help="Its SIP domain, where it is not the host.")
    ] = None,
    outbound_proxy: Annotated[
        str | None, typer.Option(help="host or host:port requests go through first.")
    ] = None,
    srtp: Annotated[str | None, typer.Option(help="off, sdes or dtls.  [new: off]")] = None,
    codecs: Annotated[
        str | None, typer.Option(help="In the order of the offer.  [new: pcma,pcmu]")
    ] = None,
    tls_ca_file: Annotated[
        str | None, typer.Option(help="PEM file of the authorities trusted for TLS.")
    ] = None,
    driver: Annotated[str | None, typer.Option(help="baresip or pyvoip.")] = None,
    group: Annotated[str | None, typer.Option(help="Campaigns may name it.")] = None,
    priority: Annotated[int | None, typer.Option(help="In its group: the lowest first.")] = None,
    weight: Annotated[int | None, typer.Option(help="Its share among equals.")] = None,
    prefixes: Annotated[
        str | None, typer.Option(help="Numbers it takes, as 86771,8610; empty: all.")
    ] = None,
    strip_digits: Annotated[
        int | None, typer.Option(help="Digits taken off the front of numbers.")
    ] = None,
    dial_prefix: Annotated[str | None, typer.Option(help="Digits put there, as 0.")] = None,
    options_every_s: Annotated[
        int | None, typer.Option("--options-every", help="Seconds between OPTIONS; 0: none.")
    ] = None,
    rehearsal: Annotated[
        bool | None,
        typer.Option(
            "--rehearsal/--real", help="It leads to simulated callees on this machine, or not."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a trunk, or change the one of this name: what is not given stays as it is."""
    plain = {
        "port": port, "max_calls": max_calls, "transport": transport, "username": username,
        "password": password, "registration": registration,
        "register_expiry_s": register_expiry_s, "realm": realm,
        "outbound_proxy": outbound_proxy, "srtp": srtp, "tls_ca_file": tls_ca_file,
        "driver": driver, "group": group, "priority": priority, "weight": weight,
        "strip_digits": strip_digits, "dial_prefix": dial_prefix,
        "options_every_s": options_every_s, "rehearsal": rehearsal,
        "codecs": _listed(codecs), "prefixes": _listed(prefixes),
    }  # fmt: skip
    changes: dict[str, Any] = {field: value for field, value in plain.items() if value is not None}
    if calls_per_second is not None:
        changes["calls_per_second"] = calls_per_second or None

    async def work(do: UseCases) -> Trunk:
        try:
            trunk = await do.trunks.get(name)
        except NotFound:
            trunk = Trunk(name, host, 5060, max_calls=1)
        return await do.trunks.put(replace(trunk, host=host, **changes))

    print_fields(perform(work), as_json)


def _listed(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(each.strip() for each in text.split(",") if each.strip())


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    host: str
    port: int
    transport: str
    calls: str
    per_second: float | None
    group: str
    rehearsal: bool
    breaker: str
    health: str


@app.command("list")
def show_all(as_json: AsJson = False) -> None:
    """List the trunks with how they stand, without their passwords."""

    async def work(do: UseCases) -> tuple[tuple[Trunk, ...], tuple[TrunkCondition, ...]]:
        return await do.trunks.list(), await do.trunks.conditions()

    trunks, conditions = perform(work)
    by_name = {each.trunk: each for each in conditions}
    if as_json:
        print_json([_plain(each) | {"condition": by_name[each.name]} for each in trunks])
        return
    print_rows([_line(each, by_name[each.name]) for each in trunks], _COLUMNS, as_json)
    for each in conditions:
        if each.alarm:
            console.print(f"[red]{each.trunk}[/red]: {each.alarm}", soft_wrap=True)


def _plain(trunk: Trunk) -> dict[str, object]:
    return {each.name: getattr(trunk, each.name) for each in fields(trunk) if each.repr}


def _line(trunk: Trunk, condition: TrunkCondition) -> _Line:
    return _Line(
        trunk.name,
        trunk.host,
        trunk.port,
        trunk.transport,
        f"{condition.calls}/{trunk.max_calls}",
        trunk.calls_per_second,
        trunk.group,
        trunk.rehearsal,
        condition.breaker.value,
        condition.health.value,
    )


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show everything of one trunk but its password."""
    print_fields(perform(lambda do: do.trunks.get(name)), as_json)


@app.command()
def reset(name: Name, as_json: AsJson = False) -> None:
    """Close a trunk's breaker by hand: calls go out over it again at once."""
    print_fields(perform(lambda do: do.trunks.reset_breaker(name)), as_json)
