"""How far fetching a model has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """A step of fetching `model`: what is being done, and bytes done of bytes in all."""

    model: str
    step: str
    done_bytes: int
    total_bytes: int


ProgressCallback = Callable[[FetchProgress], None]


def silent(progress: FetchProgress) -> None:
    """A callback for those who do not want to know."""
