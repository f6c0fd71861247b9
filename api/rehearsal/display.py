"""What the demonstration shows: progress while it runs, then the table of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from api.rehearsal.verdict import CallResult, Finding


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as shown. `replies_ms`: the pauses before our replies, in milliseconds."""

    result: CallResult
    persona: str | None
    replies_ms: tuple[int, ...]


class Progress:
    """One line that follows the work; where output is no terminal, a line a change."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True, auto_refresh=False)
        self._last = ""

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, line: str) -> None:
        """Show the present state of the work."""
        if line == self._last:
            return
        self._last = line
        if self._console.is_terminal:
            self._live.update(line, refresh=True)
        else:
            self._console.print(line, markup=False, soft_wrap=True)


def results_table(lines: Sequence[CallLine]) -> Table:
    """Return the table of results, a line a call and in it a line an answer."""
    table = Table(title="results", title_justify="left")
    for column in ("number", "persona", "disposition", "reply ms"):
        table.add_column(column, no_wrap=True)
    table.add_column("answers", overflow="fold")
    for line in sorted(lines, key=lambda each: each.result.number_masked):
        answers = line.result.answers.items()
        table.add_row(
            line.result.number_masked,
            line.persona or "–",
            line.result.disposition or "–",
            f"{median(line.replies_ms):.0f}" if line.replies_ms else "–",
            escape("\n".join(f"{question}: {shown(value)}" for question, value in answers) or "–"),
        )
    return table


def reply_summary(lines: Sequence[CallLine]) -> str:
    """Return the median pause before our replies over all calls, in words."""
    pauses = [pause for line in lines for pause in line.replies_ms]
    if not pauses:
        return "no reply was measured"
    return f"median reply after {median(pauses):.0f} ms over {len(pauses)} turns"


def print_verdict(console: Console, findings: Sequence[Finding], calls: int) -> None:
    """Print whether the rehearsal came out right, and what did not."""
    if not findings:
        console.print(f"[green]right[/green]: {calls} calls, each end and answer as it was meant")
        return
    console.print(f"[red]wrong[/red]: {len(findings)} findings in {calls} calls")
    for finding in findings:
        console.print(f"  {finding}", markup=False, soft_wrap=True)


def shown(value: Any) -> str:
    """Return an answer as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)
