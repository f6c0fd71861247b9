"""A short-lived environment with one of the libraries we compare ourselves with."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

PACKAGES = {"pyvoip": ("pyVoIP", "pyVoIP==1.6.8"), "rfcvoip": ("rfcvoip", "rfcvoip==2.10.3")}
"""By the name on the command line: the module and what is installed for it."""
_SCRIPT = Path(__file__).with_name("peer_load.py")


class PeerUnavailable(Exception):
    """The library could not be installed: the package index is out of reach."""


class PeerEnvironment:
    """Use as `with`; `command` runs the load with this library."""

    def __init__(self, name: str) -> None:
        self.module, self._package = PACKAGES[name]
        self._folder = tempfile.TemporaryDirectory(prefix=f"outbound-bench-{name}-")

    async def __aenter__(self) -> PeerEnvironment:
        folder = Path(self._folder.name)
        try:
            await _run(sys.executable, "-m", "venv", str(folder))
            await _run(str(folder / "bin" / "pip"), "install", "--quiet", self._package)
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._folder.cleanup()

    def command(self) -> tuple[str, ...]:
        """Return how to start its load."""
        return (str(Path(self._folder.name) / "bin" / "python"), str(_SCRIPT), self.module)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise PeerUnavailable(errors.decode()[-300:])
