"""A dialogue engine in the test's own process: the real conversation without a classifier."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from campaigns.script import Script
from dialogs.conversation import State, Turn, converse
from dialogs.ports import DialogueError, Reply, TurnInput

_NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai"))


class ConversingEngine:
    """Leads calls whose scripts it was given."""

    def __init__(self, scripts: dict[UUID, Script]) -> None:
        self._scripts = dict(scripts)
        self._states: dict[UUID, State] = {}

    def add(self, attempt_id: UUID, script: Script) -> None:
        """Let it lead one more call."""
        self._scripts[attempt_id] = script

    async def start(self, attempt_id: UUID) -> Reply:
        return self._answer(attempt_id, 0, None)

    async def turn(self, attempt_id: UUID, number: int, heard: TurnInput) -> Reply:
        return self._answer(attempt_id, number, heard)

    def _answer(self, attempt_id: UUID, number: int, heard: TurnInput | None) -> Reply:
        if attempt_id not in self._scripts:
            raise DialogueError(f"there is no script for attempt {attempt_id}")
        turn = Turn(number, heard, (), _NOW)
        state, reply = converse(self._scripts[attempt_id], self._states.get(attempt_id), turn)
        self._states[attempt_id] = state
        return reply
