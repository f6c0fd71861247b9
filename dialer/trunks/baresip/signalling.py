"""The life of an outgoing call as a table: (state, what the stack reports) → (state, event).

The table is total: the network may send anything at any time, and what means nothing in a state
stays there and tells nobody.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a call is."""

    DIALLING = "dialling"
    RINGING = "ringing"
    EARLY = "early"
    """Audio flows before the answer."""
    ANSWERING = "answering"
    """A 200 has come; media is being set up."""
    UP = "up"
    OVER = "over"


class Report(StrEnum):
    """What the stack reports about a call's signalling."""

    SENT = "sent"
    RINGING = "ringing"
    REMOTE_SDP = "remote_sdp"
    ANSWERED = "answered"
    ESTABLISHED = "established"
    CLOSED = "closed"


class Told(StrEnum):
    """The event the call's owner gets."""

    TRYING = "trying"
    RINGING = "ringing"
    EARLY_MEDIA = "early_media"
    ANSWERED = "answered"
    ENDED = "ended"


_STEPS: dict[tuple[State, Report], tuple[State, Told]] = {
    (State.DIALLING, Report.SENT): (State.DIALLING, Told.TRYING),
    (State.DIALLING, Report.RINGING): (State.RINGING, Told.RINGING),
    (State.DIALLING, Report.REMOTE_SDP): (State.EARLY, Told.EARLY_MEDIA),
    (State.RINGING, Report.REMOTE_SDP): (State.EARLY, Told.EARLY_MEDIA),
    (State.EARLY, Report.RINGING): (State.EARLY, Told.RINGING),
    (State.DIALLING, Report.ESTABLISHED): (State.UP, Told.ANSWERED),
    (State.RINGING, Report.ESTABLISHED): (State.UP, Told.ANSWERED),
    (State.EARLY, Report.ESTABLISHED): (State.UP, Told.ANSWERED),
    (State.ANSWERING, Report.ESTABLISHED): (State.UP, Told.ANSWERED),
    **{
        (state, Report.CLOSED): (State.OVER, Told.ENDED)
        for state in State
        if state is not State.OVER
    },
}

_SILENT: dict[tuple[State, Report], State] = {
    (state, Report.ANSWERED): State.ANSWERING
    for state in (State.DIALLING, State.RINGING, State.EARLY)
}


def step(state: State, report: Report) -> tuple[State, Told | None]:
    """Return the next state and what to tell, None where there is nothing to tell."""
    told = _STEPS.get((state, report))
    if told is not None:
        return told
    return _SILENT.get((state, report), state), None
