"""What an answer was understood as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Understood:
    """A typed value (see `campaigns.answer.Answer`) and how sure we are of it, 0–1."""

    value: Any
    confidence: float


READ_BACK_BELOW = 0.6
"""A value less sure than this is read back before it is taken."""
