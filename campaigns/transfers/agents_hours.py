"""When a campaign's agents are at work, as a conversation needs to know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.schedule import Schedule


@dataclass(frozen=True, slots=True)
class AgentsHours:
    """`schedule` None: whenever, as in a rehearsal, whose agents are simulated."""

    schedule: Schedule | None = None

    def at_work(self, now: datetime) -> bool:
        """Return whether the agents are at work at an aware moment."""
        return self.schedule is None or self.schedule.is_open(now)
