"""A measured process: run to its end, its figures read from its last line."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any


async def run_load(*command: str, within_s: float) -> dict[str, Any]:
    """Run a load process and return the figures on its last line."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(within_s):
            output, errors = await process.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return {"failed": f"did not end within {within_s:.0f} s"}
    try:
        return dict(json.loads(output.splitlines()[-1]))
    except (IndexError, ValueError):
        return {"failed": errors.decode()[-500:]}
