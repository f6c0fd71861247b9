"""Keypad input: digits until enough, #, or a pause."""

from __future__ import annotations

_PAUSE_S = 2.0
_END = "#"


class KeyInput:
    """Collects keys for one input; times in seconds of any one clock."""

    def __init__(self) -> None:
        self._digits = ""
        self._last_s = 0.0

    def press(self, digit: str, now_s: float) -> None:
        """Take one key."""
        self._digits += digit
        self._last_s = now_s

    def complete(self, now_s: float, max_digits: int) -> str | None:
        """Return the input and forget it once it is complete, otherwise None.

        `max_digits` as in `dialogs.ports.Listen`: 0 = until # or a pause of two seconds. A single
        # or * is an input of its own.
        """
        digits = self._digits
        if not digits:
            return None
        enough = 0 < max_digits <= len(digits)
        ended = digits.endswith(_END) or now_s - self._last_s >= _PAUSE_S
        if not enough and not ended:
            return None
        self._digits = ""
        if enough and max_digits < len(digits):
            digits = digits[:max_digits]
        return digits.rstrip(_END) or digits

    @property
    def begun(self) -> bool:
        """Whether keys wait to be completed."""
        return bool(self._digits)
