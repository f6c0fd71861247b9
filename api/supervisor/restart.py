"""When to start a crashed program again: back-off that doubles, and a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Give up after `limit` crashes within `window_s` seconds; wait `first_s`, then double up to
    `longest_s` between restarts."""

    limit: int = 8
    window_s: float = 300.0
    first_s: float = 0.5
    longest_s: float = 15.0

    def delay(self, crashes: Sequence[float], now: float) -> float | None:
        """Return the seconds to wait before the next start, None = give up.

        `crashes` are the monotonic times of all crashes so far, the latest included.
        """
        recent = sum(1 for crash in crashes if now - crash <= self.window_s)
        if recent > self.limit:
            return None
        return min(self.first_s * 2.0 ** max(recent - 1, 0), self.longest_s)
