"""Kamailio as the proxy and registrar before a callee: Record-Route, digest, OPTIONS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.peers.ports import free_port

needs_kamailio = pytest.mark.skipif(
    shutil.which("kamailio") is None, reason="Kamailio is absent: apt-get install kamailio"
)
REALM = "trunk.example"
PASSWORD = "secret"
_READY_WITHIN_S = 15.0

_CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("rr", "enable_full_lr", 1)
modparam("registrar", "default_expires", {expires})
modparam("registrar", "max_expires", {expires})
event_route[core:worker-one-init] {{
    xlog("L_ERR", "SEEN ready\\n");
}}
request_route {{
    if (is_method("OPTIONS")) {{
        sl_send_reply("{options_code}", "From Kamailio");
        exit;
    }}
    if (has_totag()) {{
        if (loose_route()) {{
            xlog("L_ERR", "SEEN routed $rm\\n");
            t_relay();
        }} else {{
            xlog("L_ERR", "SEEN strayed $rm\\n");
            if (!is_method("ACK")) sl_send_reply("404", "No Route Set");
        }}
        exit;
    }}
    if (is_method("CANCEL")) {{
        xlog("L_ERR", "SEEN cancel $rm\\n");
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (is_method("ACK")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("{realm}", "{password}", "0")) {{
            www_challenge("{realm}", "0");
            exit;
        }}
        xlog("L_ERR", "SEEN register $tU $hdr(Expires) $hdr(Contact)\\n");
        save("location");
        exit;
    }}
    xlog("L_ERR", "SEEN $rm $Rp $pr\\n");
    remove_hf("Route");
    record_route();
    $du = "sip:127.0.0.1:{next_hop}";
    t_relay();
}}
"""


class Kamailio:
    """One Kamailio on UDP and TCP that relays calls to a port of loopback, staying on their path.

    Every user may register with `PASSWORD` in `REALM`.
    """

    def __init__(
        self, folder: Path, *, next_hop: int = 9, expires: int = 60, options_code: int = 200
    ) -> None:
        self.port = free_port()
        self._folder = folder / f"kamailio-{self.port}"
        self._folder.mkdir()
        self._config = self._folder / "kamailio.cfg"
        self._config.write_text(
            _CONFIG.format(
                port=self.port,
                expires=expires,
                options_code=options_code,
                realm=REALM,
                password=PASSWORD,
                next_hop=next_hop,
            )
        )
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.seen: list[str] = []
        """What it saw, in order: `INVITE …`, `routed BYE`, `register …`."""
        self._said: list[str] = []

    async def __aenter__(self) -> Kamailio:
        self._process = await asyncio.create_subprocess_exec(
            "kamailio", "-DD", "-E", "-f", str(self._config), "-Y", str(self._folder),
            "-m", "16", "-M", "4",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(), name="kamailio-log")
        try:
            await self.wait_seen("ready", _READY_WITHIN_S)
        except TimeoutError:
            await self.__aexit__()
            raise RuntimeError("Kamailio did not start:\n" + "".join(self._said[-10:])) from None
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._reading is not None
        # All at once: a main process told to stop while it still forks leaves children behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await self._reading

    def registrations(self) -> list[str]:
        """Return the registrations it accepted."""
        return [line for line in self.seen if line.startswith("register ")]

    async def wait_seen(self, start: str, within_s: float = 8.0, *, matching: str = "") -> str:
        """Wait for a line of `seen` that begins so and holds `matching`, and return it."""
        async with asyncio.timeout(within_s):
            while True:
                for line in self.seen:
                    if line.startswith(start) and matching in line:
                        return line
                await self.wait_more()

    async def wait_more(self) -> None:
        """Wait until it sees something more."""
        self._changed.clear()
        await self._changed.wait()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for raw in self._process.stderr:
            line = raw.decode(errors="replace")
            self._said.append(line)
            _, mark, seen = line.partition("SEEN ")
            if mark:
                self.seen.append(seen.strip())
                self._changed.set()
