"""The dialogue engine over Rasa's REST channel."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
import structlog

from dialogs.ports import DialogueError, Reply, TurnInput
from dialogs.wire import read_reply, request_of

TURN_TIMEOUT_S = 0.8
RETRY_TIMEOUT_S = 3.0
"""The person has been asked to wait meanwhile."""
_PATH = "/webhooks/rest/webhook"
_CONNECTIONS = 200

_log = structlog.get_logger(__name__)


class RasaEngine:
    """Asks Rasa, for at most 0.8 s; one more patient try carries the same turn number, so that a
    turn answered twice is walked once. Use as an async context manager, or call `aclose`."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = TURN_TIMEOUT_S,
        retry_timeout_s: float = RETRY_TIMEOUT_S,
        retry_after_s: float = TURN_TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retry_after_s = retry_after_s
        self._timeouts_s = (timeout_s, max(timeout_s, retry_timeout_s))
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            timeout=timeout_s,
            transport=transport,
            trust_env=False,
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=50),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections to Rasa."""
        await self._client.aclose()

    async def start(self, attempt_id: UUID) -> Reply:
        """Open the conversation. Raises DialogueError."""
        return await self._turn(attempt_id, 0, None)

    async def turn(self, attempt_id: UUID, number: int, heard: TurnInput) -> Reply:
        """Answer turn `number`. Raises DialogueError after two tries."""
        return await self._turn(attempt_id, number, heard)

    async def _turn(self, attempt_id: UUID, number: int, heard: TurnInput | None) -> Reply:
        body = request_of(attempt_id, number, heard)
        clock = asyncio.get_running_loop().time
        began = clock()
        for attempt, timeout_s in enumerate(self._timeouts_s, start=1):
            try:
                return read_reply(await self._ask(body, timeout_s), number)
            except (httpx.HTTPError, ValueError) as error:
                reason = str(error) or type(error).__name__
                _log.warning(
                    "dialogue turn failed",
                    attempt_id=str(attempt_id), turn=number, attempt=attempt, reason=reason,
                )  # fmt: skip
            if attempt < len(self._timeouts_s):
                # Who refused at once may be starting again: it is not asked again at once.
                await asyncio.sleep(max(0.0, began + self._retry_after_s - clock()))
        raise DialogueError(f"Rasa did not answer turn {number}: {reason}", retryable=True)

    async def _ask(self, body: dict[str, Any], timeout_s: float) -> Any:
        answer = await self._client.post(_PATH, json=body, timeout=timeout_s)
        answer.raise_for_status()
        return answer.json()
