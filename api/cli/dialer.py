"""`outbound dialer`: this machine's dialers alone, for a service that runs elsewhere."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from api.cli.output import console
from api.cli.up import report_state
from api.errors import ApiError
from api.service import dialer_supervisor
from api.settings import ServiceSettings
from api.supervisor.session import supervise
from campaigns import log
from campaigns.errors import Fault


class KeyFileMissing(ApiError):
    """A dialer must not make a key of its own: it reads what the service has sealed."""

    fault = Fault.CALLER


def dialer(
    calls: Annotated[
        int | None,
        typer.Option(min=1, max=200, help="Most calls at the same time (OUTBOUND_CALLS)."),
    ] = None,
    dialers: Annotated[
        int | None,
        typer.Option(min=1, max=16, help="Dialers on this machine (OUTBOUND_DIALERS)."),
    ] = None,
) -> None:
    """Place calls from this machine until Ctrl-C or SIGTERM; running calls then end first.

    For further machines beside `outbound up`: they need its database, Rasa, key file and data
    folder (docs/dialer.md). A dialer that crashes or hangs is started again. A second Ctrl-C does
    not wait for running calls.
    """
    settings = ServiceSettings() if dialers is None else ServiceSettings(dialers=dialers)
    if not settings.key_file.exists():
        raise KeyFileMissing(
            f"there is no key file {settings.key_file}: copy it from the machine of the service "
            "(without it the numbers to call cannot be read)"
        )
    log.configure("supervisor", settings.log_level)
    asyncio.run(_serve(settings, calls))


async def _serve(settings: ServiceSettings, calls: int | None) -> None:
    async def run() -> None:
        console.print(f"calls are placed; the logs are in {settings.logs_dir}", soft_wrap=True)
        await asyncio.Event().wait()

    await supervise(dialer_supervisor(settings, report_state, calls), run)
