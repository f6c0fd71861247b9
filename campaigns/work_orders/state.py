"""The life of a work order as a table: (state, event) → state."""

from __future__ import annotations

from enum import StrEnum

from campaigns.errors import Conflict


class WorkOrderState(StrEnum):
    """Where a work order stands."""

    OPEN = "open"
    """Nobody owns it yet."""
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    """For the person or another office."""
    RESOLVED = "resolved"
    """Its owner gave a result (办结)."""
    CLOSED = "closed"
    """Its result was confirmed (归档)."""
    REOPENED = "reopened"
    """The result did not hold."""
    CANCELLED = "cancelled"


class WorkOrderEvent(StrEnum):
    """What moves a work order on."""

    ASSIGN = "assign"
    """To its first owner, or handed over to another."""
    START = "start"
    WAIT = "wait"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"


_S, _E = WorkOrderState, WorkOrderEvent
UNDONE = frozenset({_S.OPEN, _S.ASSIGNED, _S.IN_PROGRESS, _S.WAITING, _S.REOPENED})
DONE = frozenset({_S.RESOLVED, _S.CLOSED})

TRANSITIONS: dict[tuple[WorkOrderState, WorkOrderEvent], WorkOrderState] = {
    **{(state, _E.ASSIGN): _S.ASSIGNED for state in UNDONE},
    **{(state, _E.START): _S.IN_PROGRESS for state in UNDONE - {_S.IN_PROGRESS}},
    **{(state, _E.WAIT): _S.WAITING for state in (_S.ASSIGNED, _S.IN_PROGRESS)},
    **{(state, _E.RESOLVE): _S.RESOLVED for state in UNDONE},
    **{(state, _E.CLOSE): _S.CLOSED for state in UNDONE | {_S.RESOLVED}},
    **{(state, _E.REOPEN): _S.REOPENED for state in DONE | {_S.CANCELLED}},
    **{(state, _E.CANCEL): _S.CANCELLED for state in UNDONE},
}


def next_state(state: WorkOrderState, event: WorkOrderEvent) -> WorkOrderState:
    """Return the state an event leads to. Raises Conflict where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError as error:
        raise Conflict(
            f"a work order that is {state.value} does not take `{event.value}`"
        ) from error
