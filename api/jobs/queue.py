"""The queue of long work, on the service's own PostgreSQL (Procrastinate)."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from uuid import UUID

from procrastinate import App, BaseConnector, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

RENDER_PROMPTS = "render_prompts"
WRITE_EXPORT = "write_export"

_CONNECT_TIMEOUT_S = 5


def connector(database_url: str) -> PsycopgConnector:
    """Return Procrastinate's connection to the database at `database_url`."""
    return PsycopgConnector(
        conninfo=database_url,
        min_size=1,
        max_size=4,
        kwargs={"connect_timeout": _CONNECT_TIMEOUT_S},
    )


class JobQueue:
    """Puts work into the queue. Asking twice for what still waits queues it once."""

    def __init__(self, connector: BaseConnector) -> None:
        self._app = App(connector=connector)

    async def __aenter__(self) -> Self:
        await self._app.open_async()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._app.close_async()

    async def render_prompts(self, campaign_id: UUID) -> None:
        """Render every prompt of a campaign, then let it run."""
        await self._put(RENDER_PROMPTS, campaign_id=str(campaign_id))

    async def write_export(self, export_id: UUID) -> None:
        """Write the file of an export."""
        await self._put(WRITE_EXPORT, export_id=str(export_id))

    async def _put(self, task: str, **arguments: str) -> None:
        key = f"{task}:{':'.join(arguments.values())}"
        job = self._app.configure_task(task, lock=key, queueing_lock=key)
        try:
            await job.defer_async(**arguments)
        except AlreadyEnqueued:
            return
