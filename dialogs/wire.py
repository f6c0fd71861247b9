"""What goes over HTTP between the dialer, Rasa and the actions: turns and replies as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dialogs.ports import Heard, Keyed, NoInput, NotTransferred, Reply, TurnInput

_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
_MESSAGES = {Keyed: "/dtmf", NoInput: "/no_input", NotTransferred: "/no_input"}
_START = "/start_call"


class TurnMetadata(BaseModel):
    """The metadata of every message to Rasa: what Rasa itself does not look at."""

    model_config = ConfigDict(frozen=True)

    attempt_id: UUID
    turn: int
    heard: Heard | Keyed | NoInput | NotTransferred | None = None


def message_of(heard: TurnInput | None) -> str:
    """Return the text Rasa classifies: the syllables heard, or the technical intent.

    Syllables and not characters: the small recogniser's characters are a guess, and on unseen
    phrases the model is as often right with pinyin. What begins with `/` would be a command.
    """
    if heard is None:
        return _START
    if not isinstance(heard, Heard):
        return _MESSAGES[type(heard)]
    text = " ".join(heard.syllables) or heard.text
    return text.lstrip("/ ") or "…"


def request_of(attempt_id: UUID, turn: int, heard: TurnInput | None) -> dict[str, Any]:
    """Return the body of the REST channel's request for a turn (0 opens the conversation)."""
    metadata = TurnMetadata(attempt_id=attempt_id, turn=turn, heard=heard)
    return {
        "sender": str(attempt_id),
        "message": message_of(heard),
        "metadata": metadata.model_dump(mode="json"),
    }


def reply_document(reply: Reply, turn: int) -> dict[str, Any]:
    """Return the reply as the one JSON object the REST channel sends back in `custom`."""
    return {"turn": turn, "reply": _REPLY.dump_python(reply, mode="json")}


def read_reply(messages: Any, turn: int) -> Reply:
    """Read the REST channel's answer. Raises ValueError when it is not the reply to this turn;
    an empty list is what Rasa says when an action failed."""
    if not isinstance(messages, list) or len(messages) != 1:
        count = len(messages) if isinstance(messages, list) else "no list of"
        raise ValueError(f"Rasa answered {count} messages instead of one reply")
    custom = messages[0].get("custom") if isinstance(messages[0], Mapping) else None
    if not isinstance(custom, Mapping) or custom.get("turn") != turn:
        raise ValueError(f"Rasa's answer is not the reply to turn {turn}")
    try:
        return _REPLY.validate_python(custom.get("reply"))
    except ValidationError as error:
        raise ValueError(f"Rasa's reply cannot be read: {error.error_count()} mistakes") from error
