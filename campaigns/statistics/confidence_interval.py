"""The Wilson score interval of a share (Wilson 1927)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""The normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """The limits within which the true share lies, as fractions of one."""

    low: float
    high: float


def wilson_interval(count: int, total: int, z: float = Z_95) -> ConfidenceInterval | None:
    """Return the interval of the share `count` of `total`; None when nothing was counted.

    It stays within 0 and 1 and is right for small samples and for shares of 0 and 1. Raises
    ValueError when the count is not within the total.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no share")
    if total == 0:
        return None
    share, square = count / total, z * z
    scale = 1 + square / total
    centre = (share + square / (2 * total)) / scale
    half = z * sqrt(share * (1 - share) / total + square / (4 * total * total)) / scale
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == total else centre + half
    return ConfidenceInterval(low, high)
