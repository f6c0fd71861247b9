"""The `baresip` program as the far end: a softphone nobody here wrote, playing a recording."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from pathlib import Path

import pytest

from tests.peers.ports import free_port, free_range

_MODULES = Path("/usr/lib/baresip/modules")

needs_baresip_program = pytest.mark.skipif(
    shutil.which("baresip") is None or not (_MODULES / "aufile.so").exists(),
    reason="the baresip program is absent: apt-get install baresip-core",
)


class BaresipProgram:
    """One softphone with one number that answers at once and plays a WAV file (8 kHz mono).

    `encryption` is its name of the media encryption it demands (srtp-mand, dtls_srtp), `codecs`
    its names of what it takes, `certificate` a PEM file (certificate and key) for TLS on the
    port after `port`.
    """

    def __init__(
        self,
        number: str,
        recording: Path,
        folder: Path,
        *,
        codecs: str = "pcma",
        encryption: str = "",
        certificate: Path | None = None,
    ) -> None:
        self.port = free_port()
        self.tls_port = self.port + 1
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._said: list[str] = []
        self._changed = asyncio.Event()
        first, last = free_range(20)
        settings = {
            "sip_listen": f"127.0.0.1:{self.port}",
            "net_interface": "127.0.0.1",
            "module_path": str(_MODULES),
            "audio_source": f"aufile,{recording}",
            "audio_player": "aufile,/dev/null",
            "audio_alert": "aufile,/dev/null",
            "ausrc_srate": "8000",
            "auplay_srate": "8000",
            "opus_stereo": "no",
            "opus_sprop_stereo": "no",
            "rtp_ports": f"{first}-{last}",
        }
        if certificate is not None:
            settings["sip_certificate"] = str(certificate)
        names = ["g711", "g722", "opus", "srtp", "dtls_srtp", "aufile"]
        modules = [f"module\t{name}.so" for name in names] + ["module_app\taccount.so"]
        lines = [f"{name}\t{value}" for name, value in settings.items()] + modules
        (folder / "config").write_text("\n".join(lines) + "\n")
        encrypted = f";mediaenc={encryption}" if encryption else ""
        account = f"<sip:{number}@127.0.0.1:{self.port}>;regint=0;answermode=auto"
        (folder / "accounts").write_text(f"{account};audio_codecs={codecs}{encrypted}\n")
        (folder / "contacts").touch()

    async def __aenter__(self) -> BaresipProgram:
        self._process = await asyncio.create_subprocess_exec(
            "baresip", "-f", str(self._folder), "-t", "180",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(), name="baresip-program")
        try:
            await self._wait_ready()
        except TimeoutError:
            await self.__aexit__()
            said = "".join(self._said[-10:])
            raise RuntimeError(f"the baresip program did not start:\n{said}") from None
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._reading is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    def keys(self) -> str:
        """Return the digits it has received as RFC 4733 events."""
        said = "".join(self._said)
        return "".join(re.findall(r"received event: '(.)' \(end=1\)", said))

    async def wait_keys(self, count: int) -> str:
        """Wait for so many digits and return them."""
        async with asyncio.timeout(8):
            while len(self.keys()) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.keys()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._said.append(line.decode(errors="replace"))
            self._changed.set()

    async def _wait_ready(self) -> None:
        async with asyncio.timeout(10):
            while not any("baresip is ready" in line for line in self._said):
                self._changed.clear()
                await self._changed.wait()
