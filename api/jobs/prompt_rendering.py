"""Renders every prompt of a campaign before its first call, then lets it run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from uuid import UUID

import structlog

from campaigns.campaign import CampaignState
from campaigns.campaign_book import CampaignBook
from campaigns.errors import Conflict
from campaigns.questionnaire.model import Questionnaire
from tts_asr.errors import SpeechError
from tts_asr.ports import Clip

_log = structlog.get_logger(__name__)

_REPORT_EVERY_S = 1.0

Segments = Callable[[Questionnaire, Mapping[str, str]], tuple[str, ...]]


class PromptStore(Protocol):
    """Where rendered prompts are kept (`tts_asr.prompt_cache.PromptCache`)."""

    def find(self, text: str, voice: str, speed: float = 1.0) -> Clip | None: ...

    def render(self, text: str, voice: str, speed: float = 1.0) -> Clip: ...


class PromptRendering:
    """Renders with `threads` threads in `voice`, unless the campaign names its own.

    Rendering again costs nothing where the prompt is kept already, so a job that was cut short
    goes on where it stopped.
    """

    def __init__(
        self, campaigns: CampaignBook, prompts: PromptStore, segments: Segments, voice: str,
        threads: int,
    ) -> None:  # fmt: skip
        self._campaigns = campaigns
        self._prompts = prompts
        self._segments = segments
        self._voice = voice
        self._threads = threads

    async def run(self, campaign_id: UUID) -> None:
        """Render a campaign's prompts and let it run; what cannot be said fails the campaign with
        the reason. Does nothing unless the campaign is being prepared."""
        campaign = await self._campaigns.get(campaign_id)
        if campaign.state is not CampaignState.PREPARING:
            return
        texts = await self._texts(campaign_id)
        voice = campaign.voice or self._voice
        try:
            await self._render_all(campaign_id, texts, voice)
            await self._campaigns.ready(campaign_id)
            _log.info("prompts_ready", campaign_id=str(campaign_id), prompts=len(texts))
        except Conflict:  # cancelled meanwhile
            _log.info("prompts_not_needed", campaign_id=str(campaign_id))
        except (SpeechError, OSError) as error:
            _log.warning("prompts_failed", campaign_id=str(campaign_id), reason=str(error))
            await self._campaigns.fail(campaign_id, f"the prompts could not be made: {error}")

    async def _texts(self, campaign_id: UUID) -> tuple[str, ...]:
        texts: dict[str, None] = {}
        async for script in self._campaigns.scripts(campaign_id):
            texts.update(dict.fromkeys(self._segments(script.questionnaire, script.variables)))
        return tuple(texts)

    async def _render_all(self, campaign_id: UUID, texts: tuple[str, ...], voice: str) -> None:
        ready, reported = 0, 0.0
        with ThreadPoolExecutor(self._threads, thread_name_prefix="render") as pool:
            loop = asyncio.get_running_loop()
            for batch in _batches(texts, self._threads):
                work = (loop.run_in_executor(pool, self._ensure, text, voice) for text in batch)
                await asyncio.gather(*work)
                ready += len(batch)
                if time.monotonic() - reported >= _REPORT_EVERY_S or ready == len(texts):
                    await self._campaigns.prompts(campaign_id, total=len(texts), ready=ready)
                    reported = time.monotonic()

    def _ensure(self, text: str, voice: str) -> None:
        if self._prompts.find(text, voice) is None:
            self._prompts.render(text, voice)


def _batches(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (texts[start : start + size] for start in range(0, len(texts), size))
