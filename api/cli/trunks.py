"""`outbound trunk`: the ways out to the telephone network."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, print_fields, print_rows
from api.cli.use_case import perform
from campaigns.trunk import Trunk

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Ways out to the telephone network.")

_COLUMNS = ("name", "host", "port", "transport", "max_calls", "username", "rehearsal")


@app.command("set")
def put(
    name: Annotated[str, typer.Argument(help="Small letters, digits, - and _.")],
    host: Annotated[str, typer.Argument(help="Address or host name of the SIP peer.")],
    port: Annotated[int, typer.Option(help="Its SIP port.")] = 5060,
    max_calls: Annotated[int, typer.Option(help="How many calls at the same time.")] = 1,
    transport: Annotated[str, typer.Option(help="udp, tcp or tls.")] = "udp",
    username: Annotated[str, typer.Option(help="For SIP digest authentication.")] = "",
    password: Annotated[
        str, typer.Option(envvar="OUTBOUND_TRUNK_PASSWORD", help="Better given by the variable.")
    ] = "",
    rehearsal: Annotated[
        bool, typer.Option(help="It leads to simulated callees on this machine.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a trunk, or change the one of this name."""
    trunk = Trunk(name, host, port, max_calls, transport, username, password, rehearsal)
    print_fields(perform(lambda do: do.trunks.put(trunk)), as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the trunks, without their passwords."""
    print_rows(perform(lambda do: do.trunks.list()), _COLUMNS, as_json)
