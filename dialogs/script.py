"""What is said in a call: the questionnaire and the contact's attributes, found by the attempt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from campaigns.questionnaire.model import Questionnaire


class Script(Protocol):
    """The script of one call."""

    @property
    def questionnaire(self) -> Questionnaire: ...

    @property
    def variables(self) -> Mapping[str, str]: ...


class ScriptSource(Protocol):
    """Finds the script of an attempt, so that personal data need not travel through Rasa."""

    async def load(self, attempt_id: UUID) -> Script:
        """Return the script. Raises NotFound when there is no such attempt."""
        ...
