"""Watches the trunks: pings each when its turn comes and keeps what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from campaigns.attempt import TrunkAddress
from campaigns.errors import CampaignError
from campaigns.ports import TrunkPings
from campaigns.trunk_health import Health
from dialer.trunks.options_ping import Pong

log = structlog.get_logger(__name__)

_LOOK_S = 5.0
_STORE_WAIT_S = 10.0

Ping = Callable[[TrunkAddress], Awaitable[Pong]]


class TrunkWatch:
    """`run` until cancelled. Several dialers share the work: a trunk is pinged by one of them."""

    def __init__(self, pings: TrunkPings, ping: Ping) -> None:
        self._pings = pings
        self._ping = ping

    async def run(self) -> None:
        """Look for trunks whose turn it is, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Ping the trunks whose turn it is, all at the same time."""
        try:
            async with asyncio.timeout(_STORE_WAIT_S):
                due = await self._pings.claim_due()
        except (CampaignError, OSError, TimeoutError) as error:
            log.warning("trunks_not_pinged", error=str(error))
            return
        await asyncio.gather(*(self._look_at(address) for address in due))

    async def _look_at(self, address: TrunkAddress) -> None:
        try:
            await self._keep(address)
        except (CampaignError, OSError, TimeoutError) as error:
            log.warning("ping_not_kept", trunk=address.name, error=str(error))

    async def _keep(self, address: TrunkAddress) -> None:
        pong = await self._ping(address)
        detail = f"{pong.code} {pong.reason}" if pong.code is not None else pong.reason
        async with asyncio.timeout(_STORE_WAIT_S):
            changed = await self._pings.note(
                address.name, alive=pong.alive, detail=detail, took_s=pong.took_s
            )
        if changed is Health.DOWN:
            log.error(
                "trunk_down",
                trunk=address.name,
                answer=detail,
                do="ask its provider; if it does not answer OPTIONS by design, set "
                "--options-every 0",
            )
        elif changed is not None:
            log.info("trunk_up", trunk=address.name, answer=detail)
