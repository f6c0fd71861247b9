"""One run of the main job on rehearsal callees: launch, follow, collect, judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from api.errors import ApiError
from api.rehearsal.callee_journal import CalleeLine, read_journal
from api.rehearsal.display import CallLine
from api.rehearsal.verdict import CallResult, Finding, judge
from api.use_cases import UseCases
from campaigns.campaign import CampaignState
from campaigns.campaign_status import CampaignStatus
from campaigns.errors import CampaignError
from campaigns.questionnaire.model import Questionnaire, QuestionType

_POLL_S = 0.5
_EXPORT_TIMEOUT_S = 60.0
_LAST_LINES_S = 10.0
_STUCK = (CampaignState.FAILED, CampaignState.PAUSED, CampaignState.CANCELLED)


class RehearsalStuck(ApiError):
    """The campaign stopped by itself or did not end in time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rehearsal came to."""

    lines: tuple[CallLine, ...]
    findings: tuple[Finding, ...]
    exports: tuple[Path, ...]


async def run_rehearsal(
    do: UseCases, campaign_id: UUID, timeout_s: float, show: Callable[[str], None]
) -> None:
    """Launch a rehearsal campaign and follow it to its end; cut short, it is cancelled.

    Raises RehearsalStuck.
    """
    await do.launch(campaign_id)
    try:
        async with asyncio.timeout(timeout_s):
            await _follow(do, campaign_id, show)
    except TimeoutError as error:
        await _cancel(do, campaign_id)
        raise RehearsalStuck(f"the campaign did not end within {timeout_s:g} s") from error
    except asyncio.CancelledError:
        await _cancel(do, campaign_id)
        raise


async def _follow(do: UseCases, campaign_id: UUID, show: Callable[[str], None]) -> None:
    while True:
        status = await do.campaigns.status(campaign_id)
        show(progress_line(status))
        if status.campaign.state is CampaignState.FINISHED:
            return
        if status.campaign.state in _STUCK:
            state, reason = status.campaign.state, status.campaign.failure
            raise RehearsalStuck(f"the campaign is {state}: {reason or 'by request'}")
        await asyncio.sleep(_POLL_S)


async def _cancel(do: UseCases, campaign_id: UUID) -> None:
    with suppress(CampaignError):  # it has ended meanwhile, or the database is away
        await do.campaigns.cancel(campaign_id)


async def collect(
    do: UseCases, campaign_id: UUID, journal: Path, questionnaire: Questionnaire
) -> Outcome:
    """Read what came of the calls, write the exports and judge by the callees' own log."""
    campaign = await do.campaigns.get(campaign_id)
    attempts = await do.results.attempts(campaign_id, limit=1000)
    callees = await _journal_of(journal, campaign.launched_at, len(attempts))
    personas = {line.number_masked: line.persona for line in callees}
    lines = []
    for attempt in attempts:
        given = await do.results.answers(attempt.id)
        # A callee says the same in each round of a loop; what is computed nobody said.
        answers = {
            each.question_id.partition(".")[0]: each.value
            for each in given
            if each.source != "computed"
        }
        result = CallResult(attempt.number_masked, attempt.disposition, answers)
        persona = personas.get(attempt.number_masked)
        lines.append(CallLine(result, persona, tuple(attempt.replies_ms)))
    findings = judge([line.result for line in lines], callees, question_types(questionnaire))
    return Outcome(tuple(lines), findings, await _export(do, campaign_id))


def question_types(questionnaire: Questionnaire) -> dict[str, QuestionType]:
    """Return the types of the questions that take an answer, by id."""
    return {
        question.id: question.type
        for question in questionnaire.questions
        if question.type is not QuestionType.NOTE
    }


def progress_line(status: CampaignStatus) -> str:
    """Say in one line how far a campaign is."""
    campaign = status.campaign
    if campaign.state is CampaignState.PREPARING:
        return f"rendering prompts: {campaign.prompts_ready} of {campaign.prompts_total or '…'}"
    ended = ", ".join(f"{count} {name}" for name, count in sorted(status.dispositions.items()))
    done, total = sum(status.dispositions.values()), sum(status.tasks.values())
    return f"{campaign.state}: {done} of {total} calls ended{f' ({ended})' if ended else ''}"


async def _journal_of(journal: Path, since: datetime | None, calls: int) -> Sequence[CalleeLine]:
    """Read the callees' log of a campaign once they have written down as many calls as were
    placed; what they write down later is not waited for."""
    give_up_at = time.monotonic() + _LAST_LINES_S
    while True:
        lines = [
            line
            for line in await asyncio.to_thread(read_journal, journal)
            if since is None or line.at >= since
        ]
        if len(lines) >= calls or time.monotonic() > give_up_at:
            return lines
        await asyncio.sleep(_POLL_S)


async def _export(do: UseCases, campaign_id: UUID) -> tuple[Path, ...]:
    paths = []
    for file_format in ("csv", "xlsx"):
        started = await do.start_export(campaign_id, file_format)
        done = await do.finished_export(started.id, _EXPORT_TIMEOUT_S)
        paths.append(await do.exports.path(done.id))
    return tuple(paths)
