"""A script: what the dialogue needs to lead one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.questionnaire.model import Questionnaire


@dataclass(frozen=True, slots=True)
class Script:
    """A questionnaire and the contact's attributes it is spoken with."""

    questionnaire: Questionnaire
    variables: Mapping[str, str] = field(repr=False)
