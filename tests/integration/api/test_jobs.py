"""The job worker on a real queue: prompts, exports, failures and jobs cut short."""

from __future__ import annotations

import asyncio
from uuid import UUID

import psycopg
import pytest
from procrastinate import App

from api.jobs.prompt_rendering import PromptRendering
from api.jobs.queue import connector
from api.jobs.worker import take_over_stalled, worker_app
from api.use_cases import UseCases
from campaigns.campaign import CampaignState
from dialogs.prompts import segments_of
from tests.integration.api.conftest import queued_tasks, rehearsal_campaign
from tts_asr.errors import UnspeakableText
from tts_asr.ports import Clip

VOICE = "zf_xiaoxiao"


class MemoryPrompts:
    """Keeps prompts in memory; `unspeakable` texts cannot be rendered."""

    def __init__(self, unspeakable: str | None = None) -> None:
        self.kept: dict[tuple[str, str], Clip] = {}
        self.rendered: list[str] = []
        self._unspeakable = unspeakable

    def find(self, text: str, voice: str, speed: float = 1.0) -> Clip | None:
        return self.kept.get((text, voice))

    def render(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        if self._unspeakable and self._unspeakable in text:
            raise UnspeakableText(f"nothing to say in {text!r}")
        self.rendered.append(text)
        self.kept[text, voice] = Clip(b"\0\0", 8000)
        return self.kept[text, voice]


def rendering(use_cases: UseCases, prompts: MemoryPrompts) -> PromptRendering:
    return PromptRendering(use_cases.campaigns, prompts, segments_of, VOICE, threads=2)


async def work_once(app: App) -> None:
    async with asyncio.timeout(30):
        await app.run_worker_async(wait=False, install_signal_handlers=False)


@pytest.fixture
async def launched(use_cases: UseCases) -> UUID:
    campaign_id = await rehearsal_campaign(use_cases)
    await use_cases.launch(campaign_id)
    return campaign_id


async def test_renders_every_prompt_once_and_lets_the_campaign_run(
    use_cases: UseCases, database_url: str, launched: UUID
) -> None:
    prompts = MemoryPrompts()
    async with worker_app(
        connector(database_url), rendering(use_cases, prompts).run, use_cases.exports.write
    ).open_async() as app:
        await work_once(app)

    campaign = await use_cases.campaigns.get(launched)
    assert campaign.state is CampaignState.RUNNING
    assert campaign.prompts_total == campaign.prompts_ready == len(prompts.kept)
    assert len(prompts.rendered) == len(set(prompts.rendered))
    async for script in use_cases.campaigns.scripts(launched):
        for text in segments_of(script.questionnaire, script.variables):
            assert prompts.find(text, VOICE)


async def test_rendering_again_renders_nothing(use_cases: UseCases, launched: UUID) -> None:
    prompts = MemoryPrompts()
    await rendering(use_cases, prompts).run(launched)
    first = len(prompts.rendered)
    await rendering(use_cases, prompts).run(launched)
    assert len(prompts.rendered) == first > 0


async def test_what_cannot_be_said_fails_the_campaign_with_the_reason(
    use_cases: UseCases, launched: UUID
) -> None:
    await rendering(use_cases, MemoryPrompts(unspeakable="解决")).run(launched)
    campaign = await use_cases.campaigns.get(launched)
    assert campaign.state is CampaignState.FAILED
    assert "解决" in (campaign.failure or "")


async def test_a_campaign_cancelled_while_rendering_stays_cancelled(
    use_cases: UseCases, launched: UUID
) -> None:
    class Cancelling(MemoryPrompts):
        def render(self, text: str, voice: str, speed: float = 1.0) -> Clip:
            if not self.rendered:
                asyncio.run_coroutine_threadsafe(use_cases.campaigns.cancel(launched), loop).result(
                    10
                )
            return super().render(text, voice, speed)

    loop = asyncio.get_running_loop()
    await rendering(use_cases, Cancelling()).run(launched)
    assert (await use_cases.campaigns.get(launched)).state is CampaignState.CANCELLED


async def test_writes_the_export_that_was_asked_for(
    use_cases: UseCases, database_url: str, launched: UUID
) -> None:
    export = await use_cases.start_export(launched, "xlsx")
    async with worker_app(
        connector(database_url), rendering(use_cases, MemoryPrompts()).run, use_cases.exports.write
    ).open_async() as app:
        await work_once(app)
    done = await use_cases.finished_export(export.id, 5)
    assert done.rows == 8
    assert (await use_cases.exports.path(done.id)).read_bytes()[:2] == b"PK"


def _worker_died(database_url: str) -> None:
    """Make every job one that a dead worker was at."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
        )
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', "
            "worker_id = (SELECT id FROM procrastinate_workers)"
        )


@pytest.mark.parametrize("queued_again", [False, True])
async def test_takes_over_the_job_of_a_dead_worker(
    use_cases: UseCases, database_url: str, launched: UUID, queued_again: bool
) -> None:
    _worker_died(database_url)
    if queued_again:
        await use_cases.jobs.render_prompts(launched)
    prompts = MemoryPrompts()
    async with worker_app(
        connector(database_url), rendering(use_cases, prompts).run, use_cases.exports.write
    ).open_async() as app:
        assert await take_over_stalled(app) == 1
        assert await queued_tasks(database_url) == ["render_prompts"]
        await work_once(app)
    assert (await use_cases.campaigns.get(launched)).state is CampaignState.RUNNING


async def test_launching_twice_queues_once(
    use_cases: UseCases, database_url: str, launched: UUID
) -> None:
    await use_cases.jobs.render_prompts(launched)
    assert await queued_tasks(database_url) == ["render_prompts"]
