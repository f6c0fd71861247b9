"""One session of the service: start, do the work, and stop on a signal or a failure."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.supervisor.supervisor import Supervisor

Result = TypeVar("Result")


async def supervise(supervisor: Supervisor, work: Callable[[], Awaitable[Result]]) -> Result | None:
    """Run `work` while the service is up and return what it returns; None when SIGINT or SIGTERM
    ended it early. A second signal kills what does not stop by itself.

    Everything is stopped on return. Raises what start, work or a program given up raises.
    """
    stopped = asyncio.Event()

    def on_signal() -> None:
        if stopped.is_set():
            supervisor.hurry()
        stopped.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        return await _until(_started(supervisor, work), stopped)
    finally:
        await supervisor.stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _started(supervisor: Supervisor, work: Callable[[], Awaitable[Result]]) -> Result:
    await supervisor.start()
    job = asyncio.ensure_future(work())
    watch = asyncio.create_task(supervisor.wait())
    try:
        await asyncio.wait({job, watch}, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            watch.result()
        return job.result()
    finally:
        job.cancel()
        watch.cancel()
        await asyncio.gather(job, watch, return_exceptions=True)


async def _until(work: Awaitable[Result], stopped: asyncio.Event) -> Result | None:
    job = asyncio.ensure_future(work)
    stop = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({job, stop}, return_when=asyncio.FIRST_COMPLETED)
        return job.result() if job.done() else None
    finally:
        job.cancel()
        stop.cancel()
        await asyncio.gather(job, stop, return_exceptions=True)
