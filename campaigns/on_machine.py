"""What a campaign does when it is certain that a machine answered."""

from __future__ import annotations

from enum import StrEnum


class OnMachine(StrEnum):
    """A machine is one that said so or beeped; in doubt it is a person, who is talked to."""

    CALL_LATER = "call_later"
    """Hang up; the person is called again as the table of dispositions says."""
    HANG_UP = "hang_up"
    """Hang up; the person is not called again for this."""
    LEAVE_MESSAGE = "leave_message"
    """Wait for the beep or the end of the greeting, say the notification once, hang up. Who was
    left a message is not called again."""
