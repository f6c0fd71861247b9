"""The life of a transfer as a table: (state, event) → state."""

from __future__ import annotations

from enum import StrEnum

from campaigns.errors import Conflict


class TransferState(StrEnum):
    """Where a transfer stands."""

    WAITING = "waiting"
    """The person waits while an agent is looked for and rung."""
    CONNECTED = "connected"
    """Both are joined over us, and talk."""
    HANDED_OVER = "handed_over"
    """The trunk took the call to the agent (REFER); we are out of it."""
    ENDED = "ended"
    FAILED = "failed"
    """No agent took the call."""
    ABANDONED = "abandoned"
    """The person hung up while waiting."""


class TransferEvent(StrEnum):
    """What moves a transfer on."""

    CONNECT = "connect"
    HAND_OVER = "hand_over"
    END = "end"
    FAIL = "fail"
    LEAVE = "leave"


_S, _E = TransferState, TransferEvent
TRANSITIONS: dict[tuple[TransferState, TransferEvent], TransferState] = {
    (_S.WAITING, _E.CONNECT): _S.CONNECTED,
    (_S.WAITING, _E.HAND_OVER): _S.HANDED_OVER,
    (_S.WAITING, _E.FAIL): _S.FAILED,
    (_S.WAITING, _E.LEAVE): _S.ABANDONED,
    (_S.CONNECTED, _E.END): _S.ENDED,
}
RUNNING = frozenset({_S.WAITING, _S.CONNECTED})
"""In these an agent's phone may ring or be in use."""


def next_state(state: TransferState, event: TransferEvent) -> TransferState:
    """Return the state an event leads to. Raises Conflict where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError as error:
        raise Conflict(f"a transfer that is {state.value} does not take `{event.value}`") from error
