"""The rehearsal's own record: what was dialled, heard and meant, to compare with the results."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from dialer.rehearsal.callee import Visit
from dialer.rehearsal.personas import Persona


class Journal:
    """A JSONL file, one line per finished call.

    It holds the numbers in clear, as the campaign under trial may be a real one: the file can be
    read by its owner only.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        self._path = path

    def write(
        self, number: str, persona: Persona, began: datetime, answered: bool, visit: Visit
    ) -> None:
        """Append a finished call.

        Keys: number, persona, at (ISO), answered, heard (texts of the bot), spoken (all words),
        said (by question id: words and the value meant).
        """
        line: dict[str, Any] = {
            "number": number,
            "persona": persona.name,
            "at": began.isoformat(),
            "answered": answered,
            "heard": visit.heard,
            "spoken": visit.spoken,
            "said": visit.said,
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
