"""Reports of inbound calls: taken in any order, late and twice, each with a verdict."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.call_backs.inbound_call import InboundCall
from campaigns.call_backs.inbound_record import InboundRecord, SealedCall, seal
from campaigns.call_backs.reception import Verdict, judge
from campaigns.clock import Clock
from campaigns.errors import Problem
from campaigns.store.database import Database
from campaigns.store.inbound_tables import InboundCallRow
from campaigns.vault import Vault

_BATCH = 1000
_REPORTED = 1000
_LOCK = 0x696E626F756E64  # "inbound": reports are taken in one at a time
_REACH = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of the records. `problems` names the refused ones, `notices` accepted ones
    that overlap another call of the same number in the same system; the first thousand each."""

    added: int
    corrected: int
    unchanged: int
    refused: int
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]


class InboundCalls:
    """Take in what the hotline's switches report."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def add(self, records: Iterable[InboundRecord | Problem]) -> Reception:
        """Take in records; adding the same ones again changes nothing.

        Bad records are refused one by one; problems found before are counted with them. Records
        are stored a thousand at a time, so that what came before a failure is kept.
        """
        tally = _Tally()
        waiting = iter(records)
        while batch := await asyncio.to_thread(self._next_batch, waiting, self._clock.now()):
            for each in batch:
                if isinstance(each, Problem):
                    tally.refuse(each)
            good = [each for each in batch if isinstance(each, SealedCall)]
            async with self._database.transaction() as session:
                await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
                await _take_in(session, good, tally)
        return tally.reception()

    def _next_batch(
        self, records: Iterator[InboundRecord | Problem], now: datetime
    ) -> list[SealedCall | Problem]:
        return [
            each if isinstance(each, Problem) else seal(each, self._vault, now)
            for each in islice(records, _BATCH)
        ]


class _Tally:
    """Counts verdicts and keeps the first reports."""

    def __init__(self) -> None:
        self._verdicts = Counter[Verdict]()
        self._refused = 0
        self._problems: list[Problem] = []
        self._notices: list[Problem] = []

    def note(self, verdict: Verdict, row: int | None) -> None:
        if verdict is Verdict.CONTRADICTED:
            self.refuse(
                Problem("the same call was reported otherwise: give it a higher revision", row=row)
            )
        else:
            self._verdicts[verdict] += 1

    def refuse(self, problem: Problem) -> None:
        self._refused += 1
        if len(self._problems) < _REPORTED:
            self._problems.append(problem)

    def overlap(self, row: int | None) -> None:
        if len(self._notices) < _REPORTED:
            message = "overlaps another call of this number: right only if the line has channels"
            self._notices.append(Problem(message, row=row))

    def reception(self) -> Reception:
        return Reception(
            added=self._verdicts[Verdict.ADDED],
            corrected=self._verdicts[Verdict.CORRECTED],
            unchanged=self._verdicts[Verdict.UNCHANGED],
            refused=self._refused,
            problems=tuple(self._problems),
            notices=tuple(self._notices),
        )


async def _take_in(session: AsyncSession, arriving: Sequence[SealedCall], tally: _Tally) -> None:
    if not arriving:
        return
    known = await _known(session, arriving)
    beside = await _beside(session, arriving)
    changed: dict[tuple[str, str], SealedCall] = {}
    for each in arriving:
        verdict = judge(known.get(each.call.identity), each.call)
        tally.note(verdict, each.row)
        if verdict in (Verdict.ADDED, Verdict.CORRECTED):
            known[each.call.identity] = each.call
            changed[each.call.identity] = each
            if _overlaps(each.call, beside):
                tally.overlap(each.row)
    await _write(session, list(changed.values()))


async def _known(
    session: AsyncSession, arriving: Sequence[SealedCall]
) -> dict[tuple[str, str], InboundCall]:
    identity = tuple_(InboundCallRow.source, InboundCallRow.switch_call_id)
    found = await read_calls(session, identity.in_({each.call.identity for each in arriving}))
    return {call.identity: call for call in found}


_Neighbours = defaultdict[bytes, dict[tuple[str, str], InboundCall]]


async def _beside(session: AsyncSession, arriving: Sequence[SealedCall]) -> _Neighbours:
    """Return the calls of the same numbers that may overlap the arriving ones."""
    calls = [each.call for each in arriving if each.call.caller and each.call.transferred_at]
    neighbours: _Neighbours = defaultdict(dict)
    times = [call.transferred_at for call in calls if call.transferred_at]
    if not times:
        return neighbours
    found = await read_calls(
        session,
        InboundCallRow.number_index.in_({call.caller for call in calls}),
        InboundCallRow.transferred_at.between(min(times) - _REACH, max(times) + _REACH),
    )
    for call in found:
        if call.caller:
            neighbours[call.caller][call.identity] = call
    return neighbours


def _overlaps(call: InboundCall, beside: _Neighbours) -> bool:
    if call.caller is None or call.ended_at is None:
        return False
    others = beside[call.caller]
    others[call.identity] = call
    return any(
        other.source == call.source
        and other.identity != call.identity
        and other.ended_at is not None
        and other.overlaps(call)
        for other in others.values()
    )


async def _write(session: AsyncSession, calls: Sequence[SealedCall]) -> None:
    if not calls:
        return
    statement = insert(InboundCallRow)
    identity = ("source", "switch_call_id")
    newer = {
        column.name: column
        for column in statement.excluded
        if column.name not in (*identity, "id", "received_at")
    }
    statement = statement.on_conflict_do_update(
        index_elements=identity, set_={**newer, "received_at": func.now()}
    )
    await session.execute(statement, [_values(each) for each in calls])


def _values(each: SealedCall) -> dict[str, Any]:
    call = each.call
    return {
        "source": call.source,
        "switch_call_id": call.switch_call_id,
        "revision": call.revision,
        "withheld": call.caller is None,
        "number_sealed": each.number_sealed,
        "number_index": call.caller,
        "number_masked": call.number_masked,
        "transferred_at": call.transferred_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
    }


async def read_calls(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[InboundCall]:
    """Return the calls that meet all conditions."""
    row = InboundCallRow
    found = await session.execute(
        select(
            row.source,
            row.switch_call_id,
            row.number_index,
            row.number_masked,
            row.transferred_at,
            row.answered_at,
            row.ended_at,
            row.revision,
        ).where(*conditions)
    )
    return [InboundCall(*values) for values in found]
