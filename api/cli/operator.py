"""Who gives a command: their name goes into the history of what was done."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer


def login_name() -> str:
    """Return the name this person is logged in under, empty when there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""


By = Annotated[
    str,
    typer.Option(
        envvar="OUTBOUND_OPERATOR",
        default_factory=login_name,
        show_default="the login name",
        help="Who you are, for the history and for approvals.",
    ),
]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
