"""The looping action: leads one turn of the conversation, whatever the person said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from campaigns.clock import Clock
from campaigns.ports import QuotaBook
from campaigns.questionnaire.plan import Plan
from campaigns.script import Script
from dialogs.conversation import Intent, Turn, converse
from dialogs.conversation.state import State, from_document, to_document
from dialogs.script import ScriptSource
from dialogs.wire import TurnMetadata, reply_document

_SLOT = "conversation"


class Converse(Action):  # type: ignore[misc]
    """Reads the state from its slot and the turn from the message, writes both back."""

    def __init__(
        self,
        scripts: ScriptSource,
        clock: Clock,
        zone: ZoneInfo,
        quotas: QuotaBook | None = None,
    ) -> None:
        """`quotas` None: no cell is ever full."""
        self._scripts = scripts
        self._quotas = quotas
        self._clock = clock
        self._zone = zone

    def name(self) -> str:
        return "action_converse"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer the latest message. Raises NotFound for an unknown attempt, ValueError for a
        message without our metadata or a slot that is no state."""
        message = tracker.latest_message
        metadata = TurnMetadata.model_validate(message.get("metadata") or {})
        script = await self._scripts.load(metadata.attempt_id)
        kept = tracker.get_slot(_SLOT)
        before = None if kept is None else from_document(kept)
        turn = Turn(metadata.turn, metadata.heard, _ranking(message), self._now())
        state, reply = converse(script, before, turn)
        full = await self._full(metadata.attempt_id, script, before, state)
        if full:
            state, reply = converse(script, before, replace(turn, full=full))
        dispatcher.utter_message(json_message=reply_document(reply, metadata.turn))
        return [] if state is before else [SlotSet(_SLOT, to_document(state))]

    async def _full(
        self, attempt_id: UUID, script: Script, before: State | None, after: State
    ) -> frozenset[str]:
        """Claim the cells the turn put the person into; return those that are full."""
        quotas = script.questionnaire.quotas
        if self._quotas is None or not quotas:
            return frozenset()
        plan = Plan(script.questionnaire, script.variables, script.seed)
        earlier = plan.cells(before.answers) if before is not None else ()
        cells = plan.cells(after.answers)
        if cells == earlier:
            return frozenset()
        return await self._quotas.claim(
            attempt_id, [quota for quota in quotas if quota.id in cells]
        )

    def _now(self) -> Any:
        return self._clock.now().astimezone(self._zone)


def _ranking(message: dict[str, Any]) -> tuple[Intent, ...]:
    return tuple(
        Intent(each["name"], each["confidence"]) for each in message.get("intent_ranking") or ()
    )
