"""An inbound call as the hotline's switch reports it, once its caller is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InboundCall:
    """One call to the hotline as one system reports it; times are aware.

    `caller` is the blind index of the number, None for a withheld one. `transferred_at`: when the
    caller asked for an agent, None = served by the menu alone. `answered_at`: when an agent
    answered. `ended_at` None: the call goes on.
    """

    source: str
    switch_call_id: str
    caller: bytes | None
    number_masked: str
    transferred_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    revision: int = 0

    @property
    def identity(self) -> tuple[str, str]:
        """What makes it the same call in every report of one system."""
        return self.source, self.switch_call_id

    @property
    def lost_at(self) -> datetime | None:
        """When it was lost: it was transferred to an agent and ended without an answer."""
        if self.transferred_at is None or self.answered_at is not None:
            return None
        return self.ended_at

    @property
    def waiting(self) -> bool:
        """Whether the caller waits for an agent, as far as we were told."""
        return self.transferred_at is not None and not (self.answered_at or self.ended_at)

    def overlaps(self, other: InboundCall) -> bool:
        """Return whether both calls are in progress at one moment; a call that goes on has no
        end yet, one that was not transferred no length."""
        if self.transferred_at is None or other.transferred_at is None:
            return False
        return _before(self.transferred_at, other.ended_at) and _before(
            other.transferred_at, self.ended_at
        )


def _before(start: datetime, end: datetime | None) -> bool:
    return end is None or start < end
