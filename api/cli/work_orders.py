"""`outbound work-order`: what is still owed after calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from api.cli.command_group import CommandGroup
from api.cli.operator import By
from api.cli.output import AsJson, print_fields, print_json, print_rows
from api.cli.use_case import perform
from api.http.work_orders import read_month
from api.use_cases import UseCases
from campaigns.campaign import NewCampaign
from campaigns.indicators.figure import Figure
from campaigns.work_orders.on_time import OnTimeFigures
from campaigns.work_orders.selection import Selection
from campaigns.work_orders.state import WorkOrderEvent, WorkOrderState
from campaigns.work_orders.work_order import Category, Priority, Reason

app = typer.Typer(
    cls=CommandGroup, no_args_is_help=True, help="Work orders: what is still owed after calls."
)

_COLUMNS = ("id", "due_at", "state", "category", "priority", "owner", "number_masked", "matter")
_HISTORY = ("at", "by", "kind", "state", "text")
_CALLS = ("attempt_id", "started_at", "disposition")

OrderId = Annotated[int, typer.Argument(help="From `outbound work-order list`.")]
States = Annotated[
    list[WorkOrderState] | None, typer.Option("--state", help="Several may be given.")
]
Categories = Annotated[list[Category] | None, typer.Option("--category", help="What it is about.")]
Reasons = Annotated[list[Reason] | None, typer.Option("--reason", help="What opened it.")]
Owner = Annotated[str | None, typer.Option(help="Whose it is; '' = nobody's.")]
OfCampaign = Annotated[UUID | None, typer.Option("--campaign", help="Of this campaign's calls.")]
Undone = Annotated[bool, typer.Option(help="Not resolved, closed or cancelled.")]
Overdue = Annotated[bool, typer.Option(help="Undone and late.")]
Rehearsal = Annotated[bool, typer.Option(help="Those of rehearsals instead.")]


@app.command("list")
def show_all(
    state: States = None,
    category: Categories = None,
    reason: Reasons = None,
    owner: Owner = None,
    campaign: OfCampaign = None,
    undone: Undone = False,
    overdue: Overdue = False,
    rehearsal: Rehearsal = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many first.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List work orders, the first due first."""
    selection = _selection(state, category, reason, owner, campaign, undone, overdue, rehearsal)
    found = perform(lambda do: do.work_orders.list(selection, limit=limit, offset=offset))
    if as_json:
        print_json(found)
        return
    title = f"{len(found.items)} of {found.total}"
    print_rows(found.items, _COLUMNS, as_json=False, title=title)


@app.command()
def show(order_id: OrderId, as_json: AsJson = False) -> None:
    """Show one with its history and the calls that followed it up."""
    found = perform(lambda do: do.work_orders.get(order_id))
    if as_json:
        print_json(found)
        return
    print_fields(found.order, as_json=False)
    print_rows(found.history, _HISTORY, as_json=False, title="history")
    if found.follow_ups:
        print_rows(found.follow_ups, _CALLS, as_json=False, title="follow-up calls")


@app.command("open")
def open_one(
    attempt: Annotated[UUID, typer.Argument(help="The call it is about.")],
    matter: Annotated[str, typer.Argument(help="What it is about.")],
    by: By,
    category: Annotated[Category, typer.Option(help="Of what kind it is.")] = Category.OTHER,
    priority: Annotated[Priority, typer.Option(help="How urgent it is.")] = Priority.NORMAL,
    as_json: AsJson = False,
) -> None:
    """Open one by hand for a call."""
    print_fields(
        perform(lambda do: do.work_orders.open(attempt, category, priority, matter, by=by)),
        as_json,
    )


@app.command()
def assign(
    order_id: OrderId,
    owner: Annotated[str, typer.Argument(help="Who is to do it.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Needed to hand it over.")] = "",
    as_json: AsJson = False,
) -> None:
    """Give it to somebody, or hand it over."""
    print_fields(
        perform(lambda do: do.work_orders.assign(order_id, owner, by=by, reason=reason)), as_json
    )


@app.command()
def start(order_id: OrderId, by: By, as_json: AsJson = False) -> None:
    """Begin to work on it."""
    print_fields(perform(lambda do: do.work_orders.start(order_id, by=by)), as_json)


@app.command()
def note(
    order_id: OrderId,
    words: Annotated[str, typer.Argument(help="What is to be remembered.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Write something down with it."""
    print_fields(perform(lambda do: do.work_orders.note(order_id, words, by=by)), as_json)


@app.command()
def remind(
    order_id: OrderId,
    words: Annotated[str, typer.Argument(help="What is urged.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Urge its owner on (督办)."""
    print_fields(perform(lambda do: do.work_orders.remind(order_id, words, by=by)), as_json)


@app.command()
def wait(
    order_id: OrderId,
    words: Annotated[str, typer.Argument(help="What is waited for.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Let it wait for the person or another office."""
    _move(order_id, WorkOrderEvent.WAIT, words, by, as_json)


@app.command()
def resolve(
    order_id: OrderId,
    result: Annotated[str, typer.Argument(help="What came of it.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Give its result (办结); somebody else may confirm it by closing."""
    _finish(order_id, WorkOrderEvent.RESOLVE, result, by, as_json)


@app.command()
def close(
    order_id: OrderId,
    by: By,
    result: Annotated[str, typer.Argument(help="What came of it; not needed if resolved.")] = "",
    as_json: AsJson = False,
) -> None:
    """Close it (归档); without a result nothing is closed."""
    _finish(order_id, WorkOrderEvent.CLOSE, result, by, as_json)


@app.command()
def reopen(
    order_id: OrderId,
    reason: Annotated[str, typer.Argument(help="Why the result does not hold.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Open it again; it keeps its due date."""
    _move(order_id, WorkOrderEvent.REOPEN, reason, by, as_json)


@app.command()
def cancel(
    order_id: OrderId,
    reason: Annotated[str, typer.Argument(help="Why nothing is to be done.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Cancel it; a 差评 that is cancelled stays one that was not followed up."""
    _move(order_id, WorkOrderEvent.CANCEL, reason, by, as_json)


@app.command()
def classify(
    order_id: OrderId,
    category: Annotated[Category, typer.Argument(help="What it is about.")],
    priority: Annotated[Priority, typer.Argument(help="How urgent it is.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Set what it is about and how urgent it is."""
    print_fields(
        perform(
            lambda do: do.work_orders.classify(order_id, category, priority, by=by, reason=reason)
        ),
        as_json,
    )


@app.command("follow-up")
def follow_up(
    name: Annotated[str, typer.Argument(help="What the campaign is called.")],
    questionnaire: Annotated[UUID, typer.Option(help="One of kind follow_up.")],
    caller: Annotated[str, typer.Option(help="A verified number of the caller-ID registry.")],
    trunk: Annotated[str, typer.Option(help="The trunk's name.")],
    by: By,
    order: Annotated[list[int] | None, typer.Option(help="These orders.")] = None,
    state: States = None,
    category: Categories = None,
    reason: Reasons = None,
    owner: Owner = None,
    campaign: OfCampaign = None,
    undone: Undone = False,
    overdue: Overdue = False,
    rehearsal: Rehearsal = False,
    as_json: AsJson = False,
) -> None:
    """Make a draft campaign that calls the people of the orders selected."""
    selection = _selection(
        state, category, reason, owner, campaign, undone, overdue, rehearsal, tuple(order or ())
    )
    new = NewCampaign(name, questionnaire, UUID(int=0), caller, trunk)
    print_fields(perform(lambda do: do.follow_ups.create(selection, new, by=by)), as_json)


@dataclass(frozen=True, slots=True)
class _Figures:
    """A month's figures as printed."""

    month: str
    on_time: str
    special_on_time: str
    cancelled: int
    followed_up: str


@app.command()
def figures(
    month: Annotated[str, typer.Argument(help="As 2026-03; none: this month.")] = "",
    as_json: AsJson = False,
) -> None:
    """Count a month: done in time (indicator 8), and 差评 followed up."""
    wanted = read_month(month or f"{datetime.now().astimezone():%Y-%m}")

    async def work(do: UseCases) -> tuple[OnTimeFigures, Figure]:
        counted = do.work_order_figures
        return await counted.on_time(wanted), await counted.followed_up(wanted)

    on_time, followed_up = perform(work)
    shown = _Figures(
        f"{wanted.year}-{wanted.number:02}",
        _share(on_time.on_time),
        _share(on_time.special),
        on_time.cancelled,
        _share(followed_up),
    )
    print_fields(shown, as_json)


def _selection(
    state: list[WorkOrderState] | None,
    category: list[Category] | None,
    reason: list[Reason] | None,
    owner: str | None,
    campaign: UUID | None,
    undone: bool,
    overdue: bool,
    rehearsal: bool,
    ids: tuple[int, ...] = (),
) -> Selection:
    return Selection(
        ids=ids,
        states=tuple(state or ()),
        categories=tuple(category or ()),
        reasons=tuple(reason or ()),
        owner=owner,
        campaign_id=campaign,
        undone=undone,
        overdue=overdue,
        rehearsal=rehearsal,
    )


def _move(order_id: int, event: WorkOrderEvent, words: str, by: str, as_json: bool) -> None:
    print_fields(perform(lambda do: do.work_orders.move(order_id, event, words, by=by)), as_json)


def _finish(order_id: int, event: WorkOrderEvent, result: str, by: str, as_json: bool) -> None:
    print_fields(perform(lambda do: do.work_orders.finish(order_id, event, result, by=by)), as_json)


def _share(figure: Figure) -> str:
    rate = figure.value
    share = "n/a" if rate is None else f"{float(rate):.2%}"
    return f"{figure.numerator}/{figure.denominator} ({share})"
