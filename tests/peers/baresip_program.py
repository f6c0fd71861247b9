"""The `baresip` program as the far end: a softphone nobody here wrote, playing a recording."""

from __future__ import annotations

import asyncio
import contextlib
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
        await self._wait_ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.communicate()

    async def _wait_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        said: list[str] = []
        async with asyncio.timeout(10):
            async for line in self._process.stdout:
                said.append(line.decode(errors="replace"))
                if "baresip is ready" in said[-1]:
                    return
        raise RuntimeError("the baresip program did not start:\n" + "".join(said[-10:]))
