"""A refusal: why a call is not placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rule that forbids a call now. `retry_at` None: for good. `stops_campaign`: the same
    rule would forbid every other call of the campaign until somebody does something.
    `closes_campaign`: it forbids every other one until `retry_at`."""

    rule: str
    reason: str
    retry_at: datetime | None
    stops_campaign: bool = False
    closes_campaign: bool = False
