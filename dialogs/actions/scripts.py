"""Scripts kept at hand: each is loaded once a call."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from campaigns.script import Script
from dialogs.script import ScriptSource


class CachedScripts:
    """A script source that remembers the scripts of the last `size` calls."""

    def __init__(self, source: ScriptSource, size: int = 1024) -> None:
        self._source = source
        self._size = size
        self._scripts: OrderedDict[UUID, Script] = OrderedDict()

    async def load(self, attempt_id: UUID) -> Script:
        """Return the script. Raises NotFound when there is no such attempt."""
        script = self._scripts.get(attempt_id)
        if script is None:
            script = await self._source.load(attempt_id)
        self._scripts[attempt_id] = script
        self._scripts.move_to_end(attempt_id)
        while len(self._scripts) > self._size:
            self._scripts.popitem(last=False)
        return script
