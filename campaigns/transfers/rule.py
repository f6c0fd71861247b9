"""How a campaign puts people through to a human: to whom, when, how, and for how long it rings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from campaigns.calling_hours import read_hours
from campaigns.errors import InvalidInput, Problem

_NUMBER = re.compile(r"[0-9*#]{2,20}")
_QUEUE = re.compile(
    r"sip:(?P<user>[0-9*#]{2,20})@(?P<host>[A-Za-z0-9.-]{1,253})(?P<port>:\d{1,5})?"
)
_MOST_AGENTS = 200


class TransferMode(StrEnum):
    """How the person and the agent come together."""

    REFER = "refer"
    """The trunk calls the agent (RFC 3515)."""
    BRIDGE = "bridge"
    """We call the agent and join the two calls."""
    AUTO = "auto"
    """REFER where the trunk takes it, otherwise a bridge."""


@dataclass(frozen=True, slots=True)
class TransferRule:
    """The transfer of one campaign.

    Either `agents`, numbers as dialled on `trunk`, each rung by one transfer at a time, or `queue`,
    the SIP URI of a switch's queue, which takes as many as it likes; over a bridge its user part is
    dialled on `trunk`. `ring_s`: how long people wait in all. `hours` as calling hours, empty = the
    standard ones. `caller_number`, of the registry, is shown to the agents.
    """

    trunk: str
    caller_number: str
    agents: tuple[str, ...] = field(default=(), repr=False)
    queue: str = ""
    mode: TransferMode = TransferMode.AUTO
    ring_s: int = 30
    hours: dict[str, Any] = field(default_factory=dict)


def plain_agent(number: str) -> str:
    """Return an agent's number without the separators people write."""
    return re.sub(r"[\s\-()+]", "", number)


def queue_user(queue: str) -> str:
    """Return what is dialled to reach a queue. Raises InvalidInput when it is no such URI."""
    found = _QUEUE.fullmatch(queue)
    if found is None:
        raise InvalidInput("a queue is a SIP URI with a number, as sip:8000@pbx.example:5060")
    return found["user"]


def check(rule: TransferRule) -> None:
    """Refuse a rule that cannot work. Raises InvalidInput naming every mistake."""
    found: list[Problem] = []
    if bool(rule.agents) == bool(rule.queue):
        found.append(Problem("name either agents' numbers or a queue"))
    if len(rule.agents) > _MOST_AGENTS:
        found.append(Problem(f"at most {_MOST_AGENTS} agents are rung one after the other"))
    if len(set(rule.agents)) < len(rule.agents):
        found.append(Problem("an agent's number is named twice"))
    found += [
        Problem(f"agent {place}: a number has 2 to 20 digits, * or #")
        for place, number in enumerate(rule.agents, start=1)
        if not _NUMBER.fullmatch(number)
    ]
    if not 5 <= rule.ring_s <= 120:
        found.append(Problem("ring_s must be from 5 to 120"))
    for test in (lambda: rule.queue and queue_user(rule.queue), lambda: read_hours(rule.hours)):
        try:
            test()
        except InvalidInput as error:
            found += [Problem(error.summary), *error.problems]
    if found:
        raise InvalidInput("people cannot be put through like this", tuple(found))
