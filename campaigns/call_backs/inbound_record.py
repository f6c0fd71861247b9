"""An inbound call record as it arrives, and the check that it is possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaigns.call_backs.inbound_call import InboundCall
from campaigns.errors import Problem
from campaigns.phone_number import BadNumber, mask, normalise
from campaigns.store import rows
from campaigns.vault import Vault

_CLOCK_SKEW = timedelta(minutes=5)
_LONGEST = timedelta(hours=24)
_LONGEST_NAME = 200
_HIGHEST_REVISION = 2**31 - 1


@dataclass(frozen=True, slots=True)
class InboundRecord:
    """One row of a switch's report. A withheld caller has no number, whatever the row says;
    `row` is where it stood in its file or list."""

    source: str
    switch_call_id: str
    number: str = field(default="", repr=False)
    withheld: bool = False
    transferred_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 0
    row: int | None = None


@dataclass(frozen=True, slots=True)
class SealedCall:
    """A possible call with its number sealed."""

    call: InboundCall
    number_sealed: bytes | None
    row: int | None


def seal(record: InboundRecord, vault: Vault, now: datetime) -> SealedCall | Problem:
    """Return the call a record tells of, or what is wrong with it."""
    wrong = _wrong_name(record) or _wrong_times(record, now)
    if wrong:
        return Problem(wrong, row=record.row)
    if record.withheld:
        return SealedCall(_call(record, None, ""), None, record.row)
    try:
        number = normalise(record.number)
    except BadNumber as error:
        return Problem(f"{error}; mark a hidden number as withheld", row=record.row)
    sealed = vault.seal(number.encode(), rows.NUMBER_PURPOSE)
    return SealedCall(_call(record, vault.index(number), mask(number)), sealed, record.row)


def _call(record: InboundRecord, caller: bytes | None, masked: str) -> InboundCall:
    return InboundCall(
        source=record.source,
        switch_call_id=record.switch_call_id,
        caller=caller,
        number_masked=masked,
        transferred_at=record.transferred_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        revision=record.revision,
    )


def _wrong_name(record: InboundRecord) -> str:
    for name, value in (("source", record.source), ("call id", record.switch_call_id)):
        if not value.strip() or len(value) > _LONGEST_NAME or "\x00" in value:
            return f"the {name} is missing, longer than {_LONGEST_NAME} characters or not text"
    if not 0 <= record.revision <= _HIGHEST_REVISION:
        return "the revision is a whole number from 0 on"
    return ""


def _wrong_times(record: InboundRecord, now: datetime) -> str:
    times = [
        moment
        for moment in (record.transferred_at, record.answered_at, record.ended_at)
        if moment is not None
    ]
    if any(moment.tzinfo is None for moment in times):
        return "a time has no time zone"
    if record.transferred_at is None and (record.answered_at or not record.ended_at):
        return "a call needs the time of its transfer to an agent, or its end if there was none"
    if times != sorted(times):
        return "the times are impossible: transfer, answer and end come in this order"
    if times[-1] > now + _CLOCK_SKEW:
        return "the call lies in the future: check the clock of the switch"
    if times[-1] - times[0] > _LONGEST:
        return "a call longer than 24 hours is impossible"
    return ""
