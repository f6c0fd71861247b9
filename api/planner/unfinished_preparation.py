"""Queues the preparation of campaigns again whose job was lost: a launch is never forgotten."""

from __future__ import annotations

from api.jobs.queue import JobQueue
from campaigns.campaign import CampaignState
from campaigns.campaign_book import CampaignBook

_MOST = 10_000


class UnfinishedPreparation:
    """Asks for the prompts of every campaign being prepared; what waits already is not queued
    twice, and what runs already finds nothing left to do."""

    def __init__(self, campaigns: CampaignBook, jobs: JobQueue) -> None:
        self._campaigns = campaigns
        self._jobs = jobs

    async def run(self) -> None:
        """Queue what is missing."""
        for campaign in await self._campaigns.list(limit=_MOST):
            if campaign.state is CampaignState.PREPARING:
                await self._jobs.render_prompts(campaign.id)
