"""How a command runs a use case: wired to the database, in one event loop, then closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.settings import ServiceSettings
from api.use_cases import UseCases, open_use_cases
from campaigns import log

Result = TypeVar("Result")


def perform(work: Callable[[UseCases], Awaitable[Result]]) -> Result:
    """Run `work` on the use cases of the running service and return what it returns."""
    settings = ServiceSettings()
    log.configure("cli", "warning")
    return asyncio.run(_perform(settings, work))


async def _perform(
    settings: ServiceSettings, work: Callable[[UseCases], Awaitable[Result]]
) -> Result:
    async with open_use_cases(settings) as use_cases:
        return await work(use_cases)
