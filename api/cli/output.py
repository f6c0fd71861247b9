"""What commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]

console = Console(highlight=False)

_IDENTIFIERS = ("id", "prefix", "number")  # copied from the screen: never folded


def print_json(value: object) -> None:
    """Print domain values as one JSON document."""
    typer.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2, default=str))


def print_rows(rows: Sequence[Any], columns: Sequence[str], as_json: bool, title: str = "") -> None:
    """Print domain values as a table of these attributes, or all of them as JSON."""
    if as_json:
        print_json(list(rows))
        return
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in _IDENTIFIERS)
    for row in rows:
        table.add_row(*(escape(cell(getattr(row, column))) for column in columns))
    console.print(table)


def print_fields(value: Any, as_json: bool) -> None:
    """Print one domain value, a line an attribute, or as JSON."""
    if as_json:
        print_json(value)
        return
    for name, item in _plain(value).items():
        console.print(
            f"[bold]{name.replace('_', ' ')}[/bold]: {escape(cell(item))}", soft_wrap=True
        )


def cell(value: object) -> str:
    """Return a value as people read it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value) or "–"
    return str(value)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = [field for field in dataclasses.fields(value) if field.repr]
        return {field.name: _plain(getattr(value, field.name)) for field in shown}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value
