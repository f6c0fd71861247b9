"""The worker's tasks: which function does which job, and what happens to jobs cut short."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from procrastinate import App, BaseConnector, JobContext, RetryStrategy
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from api.jobs.queue import RENDER_PROMPTS, WRITE_EXPORT

_log = structlog.get_logger(__name__)

_RETRY = RetryStrategy(max_attempts=5, exponential_wait=3)
_LAST_JOBS_S = 15.0

Work = Callable[[UUID], Awaitable[object]]


def worker_app(connector: BaseConnector, render_prompts: Work, write_export: Work) -> App:
    """Return the application of a worker.

    A job that raises is tried again, five times at most; one whose worker died is taken over.
    """
    app = App(connector=connector)

    @app.task(name=RENDER_PROMPTS, retry=_RETRY)
    async def render(campaign_id: str) -> None:
        await render_prompts(UUID(campaign_id))

    @app.task(name=WRITE_EXPORT, retry=_RETRY)
    async def export(export_id: str) -> None:
        await write_export(UUID(export_id))

    @app.periodic(cron="* * * * *")
    @app.task(name="take_over", queueing_lock="take_over", pass_context=True)
    async def take_over(context: JobContext, timestamp: int) -> None:
        await take_over_stalled(context.app)

    return app


async def take_over_stalled(app: App) -> int:
    """Queue the jobs of dead workers again and return how many there were. Where the same work
    waits in the queue already, the dead one's is dropped."""
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        _log.warning("job_taken_over", task=job.task_name, job_id=job.id)
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            assert job.id is not None
            await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
    return len(stalled)


async def work(app: App, concurrency: int) -> None:
    """Do jobs until SIGTERM or SIGINT; those running then have 15 s to end."""
    await app.run_worker_async(
        concurrency=concurrency,
        shutdown_graceful_timeout=_LAST_JOBS_S,
        delete_jobs="successful",
    )
