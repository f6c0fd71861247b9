"""A task, the wish to reach a contact: the table of its states."""

from __future__ import annotations

from enum import StrEnum

from campaigns.errors import Conflict


class TaskState(StrEnum):
    """Where a task stands."""

    READY = "ready"
    LEASED = "leased"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class TaskEvent(StrEnum):
    """What moves a task on."""

    LEASE = "lease"
    GIVE_BACK = "give_back"
    """Not dialled, or to be dialled again later."""
    CLOSE = "close"
    CANCEL = "cancel"
    REOPEN = "reopen"
    """What had been given up as unknown turned out to deserve another call."""


TRANSITIONS: dict[tuple[TaskState, TaskEvent], TaskState] = {
    (TaskState.READY, TaskEvent.LEASE): TaskState.LEASED,
    (TaskState.READY, TaskEvent.CLOSE): TaskState.FINISHED,
    (TaskState.READY, TaskEvent.CANCEL): TaskState.CANCELLED,
    # A lease that ran out without a dial is taken by another worker.
    (TaskState.LEASED, TaskEvent.LEASE): TaskState.LEASED,
    (TaskState.LEASED, TaskEvent.GIVE_BACK): TaskState.READY,
    (TaskState.LEASED, TaskEvent.CLOSE): TaskState.FINISHED,
    (TaskState.LEASED, TaskEvent.CANCEL): TaskState.CANCELLED,
    (TaskState.FINISHED, TaskEvent.REOPEN): TaskState.READY,
}


def next_state(state: TaskState, event: TaskEvent) -> TaskState:
    """Return the state an event leads to. Raises Conflict where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError as error:
        raise Conflict(f"a task that is {state.value} does not take `{event.value}`") from error
