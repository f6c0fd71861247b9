"""`outbound key`: the keys of the HTTP interface."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, console, print_json, print_rows
from api.cli.use_case import perform

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Keys of the HTTP interface.")


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="Whose key it is.")], as_json: AsJson = False
) -> None:
    """Make a key and print it; it is shown only once."""
    made = perform(lambda do: do.keys.make(name))
    if as_json:
        print_json({"id": made.key.id, "name": made.key.name, "key": made.secret})
    else:
        typer.echo(made.secret)
        console.print("keep it: it cannot be shown again", style="dim")


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the keys, without the keys themselves."""
    keys = perform(lambda do: do.keys.list())
    print_rows(keys, ("prefix", "name", "created_at", "revoked_at"), as_json)


@app.command()
def revoke(prefix: Annotated[str, typer.Argument(help="From `outbound key list`.")]) -> None:
    """Refuse a key from now on."""
    revoked = perform(lambda do: do.keys.revoke(prefix))
    typer.echo(f"revoked {revoked.prefix} ({revoked.name})")
