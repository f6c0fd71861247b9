"""A campaign and its life: the table of its states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from campaigns.errors import Conflict
from campaigns.on_machine import OnMachine
from campaigns.questionnaire.model import CampaignKind


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    """Nothing is missing; it waits for a second person."""
    APPROVED = "approved"
    PREPARING = "preparing"
    """Launched; its prompts are being rendered."""
    SCHEDULED = "scheduled"
    """Ready; its first day has not come."""
    RUNNING = "running"
    PAUSED = "paused"
    """By its owner, or by itself: then `failure` says why."""
    FAILED = "failed"
    """Its prompts could not be made: `failure` says why; it may be launched again."""
    FINISHING = "finishing"
    """No further calls; those that are open end naturally."""
    FINISHED = "finished"
    CANCELLED = "cancelled"


class CampaignEvent(StrEnum):
    """What moves a campaign on."""

    CHECK = "check"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    """The second person does not approve."""
    EDIT = "edit"
    LAUNCH = "launch"
    READY = "ready"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    FAIL = "fail"
    WIND_UP = "wind_up"
    """Its owner has enough, or its window is over."""
    FINISH = "finish"
    """Nothing is left to do."""
    CANCEL = "cancel"


_S, _E = CampaignState, CampaignEvent
TRANSITIONS: dict[tuple[CampaignState, CampaignEvent], CampaignState] = {
    (_S.DRAFT, _E.EDIT): _S.DRAFT,
    (_S.DRAFT, _E.CHECK): _S.CHECKED,
    (_S.DRAFT, _E.CANCEL): _S.CANCELLED,
    (_S.CHECKED, _E.EDIT): _S.DRAFT,
    (_S.CHECKED, _E.CHECK): _S.CHECKED,
    (_S.CHECKED, _E.APPROVE): _S.APPROVED,
    (_S.CHECKED, _E.SEND_BACK): _S.DRAFT,
    (_S.CHECKED, _E.CANCEL): _S.CANCELLED,
    (_S.APPROVED, _E.EDIT): _S.DRAFT,
    (_S.APPROVED, _E.SEND_BACK): _S.DRAFT,
    (_S.APPROVED, _E.LAUNCH): _S.PREPARING,
    (_S.APPROVED, _E.CANCEL): _S.CANCELLED,
    (_S.PREPARING, _E.EDIT): _S.PREPARING,
    (_S.PREPARING, _E.READY): _S.SCHEDULED,
    (_S.PREPARING, _E.FAIL): _S.FAILED,
    (_S.PREPARING, _E.WIND_UP): _S.FINISHING,
    (_S.PREPARING, _E.CANCEL): _S.CANCELLED,
    (_S.SCHEDULED, _E.EDIT): _S.SCHEDULED,
    (_S.SCHEDULED, _E.START): _S.RUNNING,
    (_S.SCHEDULED, _E.PAUSE): _S.PAUSED,
    (_S.SCHEDULED, _E.WIND_UP): _S.FINISHING,
    (_S.SCHEDULED, _E.CANCEL): _S.CANCELLED,
    (_S.RUNNING, _E.EDIT): _S.RUNNING,
    (_S.RUNNING, _E.PAUSE): _S.PAUSED,
    (_S.RUNNING, _E.FAIL): _S.PAUSED,
    (_S.RUNNING, _E.WIND_UP): _S.FINISHING,
    (_S.RUNNING, _E.FINISH): _S.FINISHED,
    (_S.RUNNING, _E.CANCEL): _S.CANCELLED,
    (_S.PAUSED, _E.EDIT): _S.PAUSED,
    (_S.PAUSED, _E.RESUME): _S.RUNNING,
    (_S.PAUSED, _E.WIND_UP): _S.FINISHING,
    (_S.PAUSED, _E.CANCEL): _S.CANCELLED,
    (_S.FAILED, _E.EDIT): _S.FAILED,
    (_S.FAILED, _E.LAUNCH): _S.PREPARING,
    (_S.FAILED, _E.WIND_UP): _S.FINISHING,
    (_S.FAILED, _E.CANCEL): _S.CANCELLED,
    (_S.FINISHING, _E.EDIT): _S.FINISHING,
    (_S.FINISHING, _E.FINISH): _S.FINISHED,
    (_S.FINISHING, _E.CANCEL): _S.CANCELLED,
}
PLANNED = frozenset({CampaignState.DRAFT, CampaignState.CHECKED, CampaignState.APPROVED})
"""Nobody was promised anything yet."""
ENDED = frozenset({CampaignState.FINISHED, CampaignState.CANCELLED})
NO_MORE_CALLS = ENDED | {CampaignState.FINISHING}


def next_state(state: CampaignState, event: CampaignEvent) -> CampaignState:
    """Return the state an event leads to. Raises Conflict where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError as error:
        raise Conflict(f"a campaign that is {state.value} does not take `{event.value}`") from error


HEAVIEST = 10


class Duplicates(StrEnum):
    """What becomes of who waits in another campaign when this one is launched."""

    KEEP = "keep"
    """Called by both, as far apart as the contact governor demands."""
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What its owner decides. It names a trunk, and others to try after it, or a group of trunks.
    `calling_hours` empty = the standard hours (see `campaigns.calling_hours`); `retry` differs
    from the table of dispositions (`campaigns.retry_policy`); `weight` is its share of the lines
    beside other campaigns'; `voice` empty = the service's voice; no call is placed before
    `not_before`, nor from `not_after` on."""

    name: str
    questionnaire_id: UUID
    contact_list_id: UUID
    caller_number: str
    trunk: str
    max_attempts: int = 3
    ring_timeout_s: int = 45
    calling_hours: dict[str, Any] = field(default_factory=dict)
    time_zone: str = "Asia/Shanghai"
    voice: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    fallback_trunks: tuple[str, ...] = ()
    trunk_group: str = ""
    on_machine: OnMachine = OnMachine.CALL_LATER
    duplicates: Duplicates = Duplicates.KEEP
    retry: dict[str, Any] = field(default_factory=dict)
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as stored."""

    id: UUID
    name: str
    kind: CampaignKind
    state: CampaignState
    questionnaire_id: UUID
    contact_list_id: UUID
    caller_number: str
    trunk: str
    fallback_trunks: tuple[str, ...]
    trunk_group: str
    max_attempts: int
    ring_timeout_s: int
    calling_hours: dict[str, Any]
    time_zone: str
    not_before: datetime | None
    not_after: datetime | None
    voice: str
    on_machine: OnMachine
    duplicates: Duplicates
    retry: dict[str, Any]
    weight: int
    failure: str | None
    prompts_total: int
    prompts_ready: int
    created_by: str
    approved_by: str
    created_at: datetime
    launched_at: datetime | None
    finished_at: datetime | None
