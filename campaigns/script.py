"""A script: what the dialogue needs to lead one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from campaigns.questionnaire.model import Questionnaire
from campaigns.transfers.agents_hours import AgentsHours


@dataclass(frozen=True, slots=True)
class Script:
    """A questionnaire and the contact's attributes it is spoken with. What is drawn for the
    person (orders, A/B) follows from `seed`. `agents`: when somebody can be put through to a human,
    None = never."""

    questionnaire: Questionnaire
    variables: Mapping[str, str] = field(repr=False)
    seed: str = ""
    agents: AgentsHours | None = None


def seed_of(task_id: UUID) -> str:
    """Return the seed of all attempts at one task: a contact in a campaign."""
    return str(task_id)
