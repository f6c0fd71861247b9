"""The rehearsal callees as a supervised program."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from api.supervisor.program import LineReady, Port, Program

_HOST = "127.0.0.1"


def rehearsal_program(port: int, questionnaire: Path, journal: Path) -> Program:
    """Return the program of the callees on loopback; they write what they said to `journal`."""
    return Program(
        name="rehearsal",
        command=(
            *(sys.executable, "-m", "dialer.rehearsal.main"),
            *("--host", _HOST, "--port", str(port)),
            *("--questionnaire", str(questionnaire), "--log", str(journal)),
        ),
        environment={"PYTHONUNBUFFERED": "1"},
        ready=LineReady(re.compile(r"^rehearsal ready", re.MULTILINE)),
        ports=(Port(_HOST, port, "OUTBOUND_REHEARSAL_PORT", "udp"),),
        ready_within_s=600.0,  # the first time it renders the callees' voice
        stop_within_s=15.0,
    )
