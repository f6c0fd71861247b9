"""Work orders (工单): look, take, hand over, note, finish, follow up by a call, and count."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.http.campaigns import CampaignIn, CampaignOut
from api.http.keys import Operator
from api.http.problems import documented
from api.http.schema import Page, Shown
from api.use_cases import UseCases
from campaigns.campaign import NewCampaign
from campaigns.errors import InvalidInput
from campaigns.indicators.figure import Figure
from campaigns.indicators.month import Month
from campaigns.work_orders.selection import Selection
from campaigns.work_orders.state import WorkOrderEvent, WorkOrderState
from campaigns.work_orders.work_order import Category, Priority, Reason


class WorkOrderOut(Shown):
    """A work order; the number is masked."""

    id: int
    reason: Reason
    category: Category
    priority: Priority
    state: WorkOrderState
    matter: str = Field(description="What the person said.")
    number_masked: str
    attempt_id: UUID | None
    campaign_id: UUID | None
    contact_id: UUID | None
    owner: str
    result: str
    opened_at: datetime
    due_at: datetime
    done_at: datetime | None
    in_time: bool | None = Field(description="None: not done yet.")
    reminded_at: datetime | None
    escalation: int
    rehearsal: bool


class WorkOrderPageOut(Page[WorkOrderOut]):
    """Orders, the first due first; `total` counts all that were selected."""

    model_config = ConfigDict(from_attributes=True)

    total: int


class HistoryEntryOut(Shown):
    """One thing that happened."""

    at: datetime
    by: str
    kind: str
    state: WorkOrderState
    text: str
    data: dict[str, Any]


class FollowUpCallOut(Shown):
    """A call that followed the order up."""

    attempt_id: UUID
    campaign_id: UUID
    started_at: datetime
    disposition: str | None


class WorkOrderFileOut(Shown):
    """An order with everything that happened to it."""

    order: WorkOrderOut
    history: list[HistoryEntryOut]
    follow_ups: list[FollowUpCallOut]


class WorkOrderIn(BaseModel):
    """An order opened by hand for a call."""

    attempt_id: UUID
    category: Category = Category.OTHER
    priority: Priority = Priority.NORMAL
    matter: str = Field(min_length=1, max_length=2000, description="What it is about.")


class Assignment(BaseModel):
    """To whom; `reason` is needed to hand over from one owner to another."""

    owner: str = Field(min_length=1, max_length=100)
    reason: str = Field(default="", max_length=2000)


class WordsIn(BaseModel):
    """What is noted, urged, waited for, or why."""

    text: str = Field(min_length=1, max_length=2000)


class ResultIn(BaseModel):
    """What came of it; empty only to close what was resolved."""

    result: str = Field(default="", max_length=2000)


class Classification(BaseModel):
    """What it is about and how urgent it is."""

    category: Category
    priority: Priority
    reason: str = Field(min_length=1, max_length=2000)


class SelectionIn(BaseModel):
    """Which orders; every condition given must hold."""

    ids: list[int] = Field(default_factory=list, max_length=10_000)
    states: list[WorkOrderState] = Field(default_factory=list)
    categories: list[Category] = Field(default_factory=list)
    reasons: list[Reason] = Field(default_factory=list)
    priorities: list[Priority] = Field(default_factory=list)
    owner: str | None = None
    campaign_id: UUID | None = None
    attempt_id: UUID | None = None
    undone: bool = Field(default=False, description="Not resolved, closed or cancelled.")
    overdue: bool = Field(default=False, description="Undone and late.")
    due_from: AwareDatetime | None = None
    due_before: AwareDatetime | None = None
    rehearsal: bool = Field(default=False, description="Those of rehearsals instead.")

    def selection(self) -> Selection:
        """Return the selection."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.model_dump().items()
        }
        return Selection(**values)


class ListQuery(SelectionIn):
    """A selection and which part of it."""

    limit: int = Field(default=100, ge=1, le=1000)
    offset: int = Field(default=0, ge=0)

    def selection(self) -> Selection:
        """Return the selection."""
        return SelectionIn(**self.model_dump(exclude={"limit", "offset"})).selection()


class FollowUpIn(CampaignIn):
    """A campaign to the people of the orders selected; it makes its own contact list."""

    contact_list_id: Literal[None] = None  # type: ignore[assignment]
    selection: SelectionIn


class FigureOut(BaseModel):
    """A share as counted; `rate` is the exact fraction, none where there was nothing to count."""

    numerator: int
    denominator: int
    rate: str | None = Field(examples=["19/20"])

    @classmethod
    def of(cls, figure: Figure) -> FigureOut:
        """Show a figure."""
        rate = figure.value
        return cls(
            numerator=int(figure.numerator),
            denominator=int(figure.denominator),
            rate=None if rate is None else str(rate),
        )


class WorkOrderFiguresOut(BaseModel):
    """A month's figures."""

    month: str
    on_time: FigureOut = Field(description="Indicator 8: done in time, of those due.")
    special_on_time: FigureOut = Field(description="The same of complaints and tax reports.")
    cancelled: int = Field(description="Due in the month and cancelled: in neither figure.")
    followed_up: FigureOut = Field(description="Calls with a 差评 whose order has a result.")


def work_order_routes(use_cases: UseCases) -> APIRouter:
    """Return the addresses of work orders."""
    router = APIRouter(prefix="/work-orders", tags=["work orders"])
    _reading(router, use_cases)
    _working(router, use_cases)
    return router


def _reading(router: APIRouter, use_cases: UseCases) -> None:
    orders, figures = use_cases.work_orders, use_cases.work_order_figures

    @router.get("", responses=documented(422))
    async def show_all(query: Annotated[ListQuery, Query()]) -> WorkOrderPageOut:
        """List orders, the first due first."""
        found = await orders.list(query.selection(), limit=query.limit, offset=query.offset)
        return WorkOrderPageOut.model_validate(found)

    @router.get("/figures/{month}", responses=documented(422))
    async def count(month: str) -> WorkOrderFiguresOut:
        """Count a month, as 2026-03: indicator 8 and the follow-up of 差评."""
        wanted = read_month(month)
        on_time = await figures.on_time(wanted)
        return WorkOrderFiguresOut(
            month=month,
            on_time=FigureOut.of(on_time.on_time),
            special_on_time=FigureOut.of(on_time.special),
            cancelled=on_time.cancelled,
            followed_up=FigureOut.of(await figures.followed_up(wanted)),
        )

    @router.get("/{order_id}", responses=documented(404))
    async def show(order_id: int) -> WorkOrderFileOut:
        """Show one with its history and the calls that followed it up."""
        return WorkOrderFileOut.model_validate(await orders.get(order_id))


def _working(router: APIRouter, use_cases: UseCases) -> None:
    orders = use_cases.work_orders
    refusals = documented(404, 409, 422)

    @router.post("", status_code=201, responses=refusals)
    async def open_one(order: WorkOrderIn, by: Operator) -> WorkOrderOut:
        """Open one by hand for a call."""
        return WorkOrderOut.model_validate(await orders.open(**order.model_dump(), by=by))

    @router.post("/follow-up", status_code=201, responses=documented(409, 422))
    async def follow_up(wanted: FollowUpIn, by: Operator) -> CampaignOut:
        """Make a draft campaign that calls the people of the orders selected, linked to them."""
        values = wanted.model_dump(exclude={"selection", "contact_list_id"})
        new = NewCampaign(**values, contact_list_id=UUID(int=0))
        selection = wanted.selection.selection()
        return CampaignOut.model_validate(await use_cases.follow_ups.create(selection, new, by=by))

    @router.post("/{order_id}/assign", responses=refusals)
    async def assign(order_id: int, to: Assignment, by: Operator) -> WorkOrderOut:
        """Give it to somebody, or hand it over."""
        return WorkOrderOut.model_validate(
            await orders.assign(order_id, to.owner, by=by, reason=to.reason)
        )

    @router.post("/{order_id}/start", responses=refusals)
    async def start(order_id: int, by: Operator) -> WorkOrderOut:
        """Begin to work on it."""
        return WorkOrderOut.model_validate(await orders.start(order_id, by=by))

    @router.post("/{order_id}/note", responses=refusals)
    async def note(order_id: int, words: WordsIn, by: Operator) -> WorkOrderOut:
        """Write something down with it."""
        return WorkOrderOut.model_validate(await orders.note(order_id, words.text, by=by))

    @router.post("/{order_id}/remind", responses=refusals)
    async def remind(order_id: int, words: WordsIn, by: Operator) -> WorkOrderOut:
        """Urge its owner on (督办)."""
        return WorkOrderOut.model_validate(await orders.remind(order_id, words.text, by=by))

    @router.post("/{order_id}/classify", responses=refusals)
    async def classify(order_id: int, to: Classification, by: Operator) -> WorkOrderOut:
        """Set what it is about and how urgent it is."""
        return WorkOrderOut.model_validate(
            await orders.classify(order_id, to.category, to.priority, by=by, reason=to.reason)
        )

    @router.post("/{order_id}/resolve", responses=refusals)
    async def resolve(order_id: int, given: ResultIn, by: Operator) -> WorkOrderOut:
        """Give its result (办结)."""
        return WorkOrderOut.model_validate(
            await orders.finish(order_id, WorkOrderEvent.RESOLVE, given.result, by=by)
        )

    @router.post("/{order_id}/close", responses=refusals)
    async def close(order_id: int, given: ResultIn, by: Operator) -> WorkOrderOut:
        """Close it (归档), with a result or what was resolved."""
        return WorkOrderOut.model_validate(
            await orders.finish(order_id, WorkOrderEvent.CLOSE, given.result, by=by)
        )

    @router.post("/{order_id}/{event}", responses=refusals)
    async def move(
        order_id: int, event: Literal["wait", "reopen", "cancel"], words: WordsIn, by: Operator
    ) -> WorkOrderOut:
        """Let it wait, reopen or cancel it, with the reason."""
        return WorkOrderOut.model_validate(
            await orders.move(order_id, WorkOrderEvent(event), words.text, by=by)
        )


def read_month(text: str) -> Month:
    """Read a month as 2026-03. Raises InvalidInput."""
    year, _, number = text.partition("-")
    try:
        return Month(int(year), int(number))
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no month: write it as 2026-03") from error
