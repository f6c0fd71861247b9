"""Work done in order on shared threads."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Strand:
    """Runs work in order, one at a time, without holding a thread while there is none."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._lock = threading.Lock()
        self._running = False

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work after all that was handed in before it; return its result."""
        done: Future[T] = Future()
        with self._lock:
            self._work.append((done, work))
            start, self._running = not self._running, True
        if start:
            self._executor.submit(self._drain)
        # A cancelled awaiter must not cancel the work: the next piece builds on it.
        return await asyncio.shield(asyncio.wrap_future(done))

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._work:
                    self._running = False
                    return
                done, work = self._work.popleft()
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)
