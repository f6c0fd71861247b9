"""`outbound up`: run the service until Ctrl-C."""

from __future__ import annotations

import asyncio

from api.cli.output import console
from api.service import prepare, service_supervisor
from api.settings import ServiceSettings
from api.supervisor.session import supervise
from api.supervisor.supervisor import ProgramState
from campaigns import log


def up() -> None:
    """Start every process of the service and keep them running until Ctrl-C or SIGTERM.

    The logs are in the data folder, one file a process.
    """
    settings = ServiceSettings()
    log.configure("supervisor", settings.log_level)
    asyncio.run(_serve(settings))


async def _serve(settings: ServiceSettings) -> None:
    await asyncio.to_thread(prepare, settings)
    supervisor = service_supervisor(settings, report_state)

    async def run() -> None:
        console.print(f"the service is up: {settings.api_url}/docs (Ctrl-C stops it)")
        await asyncio.Event().wait()

    await supervise(supervisor, run)


def report_state(program: str, state: ProgramState) -> None:
    """Print one line about a program."""
    console.print(f"{program}: {state}", markup=False)
