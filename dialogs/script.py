"""Where the actions find what is said in a call: the script of its attempt."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from campaigns.script import Script


class ScriptSource(Protocol):
    """Finds the script of an attempt, so that personal data need not travel through Rasa."""

    async def load(self, attempt_id: UUID) -> Script:
        """Return the script. Raises NotFound when there is no such attempt."""
        ...
