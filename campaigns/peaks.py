"""The installation's peaks: import, add, remove and read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.errors import InvalidInput, NotFound
from campaigns.peak import Peak, check, read_peaks, read_span, span_text
from campaigns.questionnaire.model import CampaignKind
from campaigns.store.calendar_tables import PeakRow
from campaigns.store.database import Database
from campaigns.store.reopening import look_again


@dataclass(frozen=True, slots=True)
class StoredPeak:
    """A peak with its id."""

    id: int
    peak: Peak
    created_by: str


class Peaks:
    """Periods of little or no outbound calling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def import_text(self, text: str, by: str) -> tuple[StoredPeak, ...]:
        """Add the peaks of a CSV text (`campaigns.peak.read_peaks`). Raises InvalidInput."""
        return await self.add(read_peaks(text), by)

    async def add(self, peaks: Sequence[Peak], by: str) -> tuple[StoredPeak, ...]:
        """Add peaks; they hold from the next call on. Raises InvalidInput."""
        for peak in peaks:
            try:
                check(peak)
            except ValueError as error:
                raise InvalidInput(str(error)) from error
        async with self._database.transaction() as session:
            added = [
                PeakRow(
                    first=peak.first,
                    last=peak.last,
                    kinds=sorted(kind.value for kind in peak.kinds),
                    hours=[span_text(span) for span in peak.hours],
                    note=peak.note,
                    created_by=by,
                )
                for peak in peaks
            ]
            session.add_all(added)
            await session.flush()
            return tuple(_stored(row) for row in added)

    async def remove(self, peak_id: int) -> None:
        """Forget a peak. Raises NotFound."""
        async with self._database.transaction() as session:
            row = await session.get(PeakRow, peak_id)
            if row is None:
                raise NotFound(f"there is no peak {peak_id}")
            await session.delete(row)
            await look_again(session)

    async def list(self) -> tuple[StoredPeak, ...]:
        """Return all peaks, the first one first."""
        async with self._database.transaction() as session:
            found = await session.scalars(select(PeakRow).order_by(PeakRow.first, PeakRow.id))
            return tuple(_stored(row) for row in found)


async def read_peaks_of(
    session: AsyncSession, kind: CampaignKind, first: date, last: date
) -> tuple[Peak, ...]:
    """Return the peaks that hold for a kind of campaign on some of these days."""
    found = await session.scalars(
        select(PeakRow).where(PeakRow.last >= first, PeakRow.first <= last)
    )
    peaks = (_stored(row).peak for row in found)
    return tuple(peak for peak in peaks if peak.holds_for(kind))


def _stored(row: PeakRow) -> StoredPeak:
    peak = Peak(
        first=row.first,
        last=row.last,
        kinds=frozenset(CampaignKind(kind) for kind in row.kinds),
        hours=tuple(read_span(span) for span in row.hours),
        note=row.note,
    )
    return StoredPeak(row.id, peak, row.created_by)
