"""What the rehearsal callees wrote down: who was called, what was heard, said and meant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from campaigns.phone_number import mask


@dataclass(frozen=True, slots=True)
class Said:
    """What a callee said to a question: the words, and the typed value they were to mean."""

    words: str
    value: Any


@dataclass(frozen=True, slots=True)
class CalleeLine:
    """One finished call as the callee saw it, begun at `at` (aware); `said` by question id."""

    number_masked: str
    persona: str
    at: datetime
    answered: bool
    said: Mapping[str, Said]


def read_journal(path: Path) -> tuple[CalleeLine, ...]:
    """Read the callees' log (JSON lines), oldest call first; none where there is no log yet."""
    if not path.exists():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_line(json.loads(line)) for line in lines if line)


def _line(document: dict[str, Any]) -> CalleeLine:
    said = {
        question: Said(item["words"], item["value"]) for question, item in document["said"].items()
    }
    return CalleeLine(
        number_masked=mask(document["number"]),
        persona=document["persona"],
        at=datetime.fromisoformat(document["at"]),
        answered=document["answered"],
        said=said,
    )
