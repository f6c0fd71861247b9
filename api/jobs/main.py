"""The worker process for long jobs: `python -m api.jobs.main`."""

from __future__ import annotations

import asyncio
import sys

import structlog

from api.jobs.prompt_rendering import PromptRendering
from api.jobs.queue import connector
from api.jobs.worker import take_over_stalled, work, worker_app
from api.settings import ServiceSettings
from api.use_cases import open_use_cases
from campaigns import log
from campaigns.errors import CampaignError
from campaigns.heartbeat import beating
from campaigns.store.location import database_url
from dialogs.prompts import segments_of
from tts_asr.errors import SpeechError
from tts_asr.prompt_cache import PromptCache
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer


def main() -> int:
    """Do jobs until SIGTERM; returns 1 when the database or the voice cannot be had."""
    settings = ServiceSettings()
    log.configure("jobs", settings.log_level)
    try:
        asyncio.run(_run(settings, SpeechSettings()))
    except (CampaignError, SpeechError) as error:
        structlog.get_logger().error("jobs_failed", reason=str(error))
        return 1
    return 0


async def _run(settings: ServiceSettings, speech: SpeechSettings) -> None:
    synthesizer = await asyncio.to_thread(load_synthesizer, speech)
    prompts = PromptCache(speech.data_dir / "prompts", synthesizer)
    async with beating(settings.heartbeat_file), open_use_cases(settings) as use_cases:
        rendering = PromptRendering(
            use_cases.campaigns, prompts, segments_of, speech.voice, settings.render_threads
        )
        app = worker_app(connector(database_url(settings)), rendering.run, use_cases.exports.write)
        async with app.open_async():
            await take_over_stalled(app)
            structlog.get_logger().info("ready", voice=synthesizer.name)
            await work(app, settings.job_workers)


if __name__ == "__main__":
    sys.exit(main())
