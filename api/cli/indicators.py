"""`outbound indicators`: the monthly sheet of the contract's 13 indicators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.command_group import CommandGroup
from api.cli.output import AsJson, print_json, print_rows
from campaigns.calendar import Calendar, weekday_worked
from campaigns.errors import InvalidInput
from campaigns.indicators.due_date import due_date
from campaigns.indicators.figures_file import read_figures
from campaigns.indicators.points import Points, Rounding
from campaigns.indicators.sheet import Sheet, SheetLine, make_sheet

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Indicators of the contract.")

_LAST_WORKDAY = 5
_COLUMNS = ("no", "indicator", "value", "target", "floor", "linear", "ceil", "remark")


@app.callback()
def _group() -> None:
    """Keep `sheet` a subcommand."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One indicator as a row of the table."""

    no: int
    indicator: str
    value: str
    target: str
    floor: str
    linear: str
    ceil: str
    remark: str


@app.command()
def sheet(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="See docs/indicator-figures.md.")
    ],
    as_json: AsJson = False,
) -> None:
    """Make a month's sheet from its counts: deductions, score, share withheld, due date."""
    made = make_sheet(read_figures(_text(file)))
    due = _due(made)
    if as_json:
        print_json(_document(made, due))
        return
    month = f"{made.month.year}-{made.month.number:02}"
    print_rows([_line(each) for each in made.lines], _COLUMNS, as_json=False, title=month)
    for rounding in Rounding:
        verdict = "不合格" if made.failed(rounding) else "合格"
        typer.echo(
            f"{rounding.value}: −{_shown(made.deducted.under(rounding))}, score "
            f"{_shown(made.score(rounding))} {verdict}, "
            f"{_shown(made.withheld(rounding) * 100)} % withheld"
        )
    typer.echo(f"due: {due or 'unknown: the official calendar does not reach so far'}")
    if made.emergency_possible and not made.emergency_declared_by:
        typer.echo("more than 70,000 transferred calls: 1–5 rest if an emergency is declared")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("the file of figures is not UTF-8 text") from error


def _line(line: SheetLine) -> _Line:
    value = "n/a" if line.value is None else f"{_shown(line.value)} {line.indicator.unit.value}"
    points = line.points
    return _Line(
        no=line.indicator.number,
        indicator=line.indicator.name,
        value=value,
        target=line.target,
        floor=_shown(points.floor),
        linear=_shown(points.linear),
        ceil=_shown(points.ceil),
        remark=line.remark.value if line.remark else "",
    )


def _document(made: Sheet, due: date | None) -> dict[str, Any]:
    """The sheet for a script: exact numbers as fractions, 59/30."""
    return {
        "month": f"{made.month.year}-{made.month.number:02}",
        "due": due,
        "complete": made.complete,
        "emergency_possible": made.emergency_possible,
        "lines": [
            {
                "indicator": each.indicator.number,
                "name": each.indicator.name,
                "value": each.value,
                "target": each.target,
                "points": _points(each.points),
                "remark": each.remark,
            }
            for each in made.lines
        ],
        "deducted": _points(made.deducted),
        "score": {each.value: made.score(each) for each in Rounding},
        "withheld": {each.value: made.withheld(each) for each in Rounding},
        "failed": {each.value: made.failed(each) for each in Rounding},
    }


def _points(points: Points) -> dict[str, Fraction]:
    return {each.value: points.under(each) for each in Rounding}


def _shown(value: Fraction) -> str:
    """A number for people: two digits, marked where they are not all."""
    short = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return short if Fraction(short) == value else f"≈{short}"


def _due(made: Sheet) -> date | None:
    try:
        return due_date(made.month, _is_workday)
    except LookupError:
        return None


def _is_workday(day: date) -> bool:
    kind = Calendar().kind(day)
    if kind is None:
        raise LookupError(day)
    weekday = weekday_worked(day, kind)
    return weekday is not None and weekday <= _LAST_WORKDAY
