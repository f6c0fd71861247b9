"""`outbound dialers`: the dialers at work."""

from __future__ import annotations

from api.cli.output import AsJson, print_rows
from api.cli.use_case import perform

_COLUMNS = ("name", "host", "pid", "calls", "max_calls", "draining", "alive", "seen_at")


def dialers(as_json: AsJson = False) -> None:
    """List the dialers of all machines, with their calls."""
    print_rows(perform(lambda do: do.dialers.list()), _COLUMNS, as_json)
