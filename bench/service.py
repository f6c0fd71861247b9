"""A whole service of its own, for measurements and end-to-end tests: `outbound up`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.peers.ports import free_port, free_range

_START_WITHIN_S = 420.0
_STOP_WITHIN_S = 60.0
_KEPT = ("rasa", "prompts")
_CALLER_NUMBER = "12366"
_UP = b"the service is up"
_OUTBOUND = Path(sys.executable).with_name("outbound")


class ServiceFailed(Exception):
    """The service did not come up, or a command of it failed; the message ends with its output."""


class Service:
    """Runs in `folder`; what was trained and rendered there before is used again, the rest is
    new each time. Use as `async with`."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        first, last = free_range(400)
        api_port = free_port(socket.SOCK_STREAM)
        self.url = f"http://127.0.0.1:{api_port}"
        self.environment = {
            **os.environ,
            "OUTBOUND_DATA_DIR": str(folder),
            "OUTBOUND_DATABASE_URL": "",
            "OUTBOUND_API_HOST": "127.0.0.1",
            "OUTBOUND_API_PORT": str(api_port),
            "OUTBOUND_RASA_URL": f"http://127.0.0.1:{free_port(socket.SOCK_STREAM)}",
            "OUTBOUND_ACTIONS_PORT": str(free_port(socket.SOCK_STREAM)),
            "OUTBOUND_SIP_PORT": str(free_port()),
            "OUTBOUND_RTP_PORTS": f"{first}-{last}",
            **(settings or {}),
        }
        self._process: asyncio.subprocess.Process | None = None
        self._client: httpx.AsyncClient | None = None
        self._output: list[str] = []
        self._reader: asyncio.Task[None] | None = None
        self._up = asyncio.Event()

    async def __aenter__(self) -> Service:
        await asyncio.to_thread(_clear, self.folder)
        await self._run(sys.executable, "-m", "dialogs.rasa_environment", "train")
        self._process = await asyncio.create_subprocess_exec(
            str(_OUTBOUND),
            "up",
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read())
        try:
            await self._wait_up()
            await self.command("caller-id", "add", _CALLER_NUMBER, "--name", "南宁税务")
            await self.command("caller-id", "verify", _CALLER_NUMBER)
            made = json.loads(await self.command("key", "make", "measurement", "--json"))
            self._client = httpx.AsyncClient(
                base_url=f"{self.url}/api/v1", headers={"X-API-Key": made["key"]}, timeout=30.0
            )
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.aclose()
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(_STOP_WITHIN_S):
                    await self._process.wait()
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                await self._process.wait()
        if self._reader is not None:
            await self._reader

    async def command(self, *arguments: str) -> str:
        """Run a command of `outbound` on this service and return its standard output."""
        return await self._run(str(_OUTBOUND), *arguments)

    async def _run(self, *command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            output, errors = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if process.returncode:
            raise ServiceFailed(f"{' '.join(command)}:\n{errors.decode()}")
        return output.decode()

    async def get(self, path: str) -> Any:
        """Return the JSON at a path under /api/v1."""
        return await self._ask("GET", path)

    async def put(self, path: str, **content: Any) -> Any:
        """Put to a path under /api/v1 and return the JSON answered."""
        return await self._ask("PUT", path, **content)

    async def post(self, path: str, **content: Any) -> Any:
        """Post to a path under /api/v1 (httpx's keywords) and return the JSON answered."""
        return await self._ask("POST", path, **content)

    async def launch(
        self,
        questionnaire: str,
        contacts: str,
        trunk_port: int,
        *,
        name: str = "peers",
        max_calls: int = 1,
        max_attempts: int = 1,
        ring_timeout_s: int = 20,
    ) -> str:
        """Launch a campaign at a rehearsal trunk on this machine; return its id.

        `questionnaire` is the file's text, `contacts` that of a CSV file, `name` is given to
        trunk, contact list and campaign.
        """
        await self._ask(
            "PUT",
            f"/trunks/{name}",
            json={
                "host": "127.0.0.1",
                "port": trunk_port,
                "max_calls": max_calls,
                "rehearsal": True,
                "options_every_s": 0,  # peers that wait for one call know nothing of pings
            },
        )
        added = await self.post(
            "/questionnaires",
            content=questionnaire.encode(),
            headers={"Content-Type": "application/yaml"},
        )
        people = await self.post(
            "/contact-lists",
            data={"name": name},
            files={"file": (f"{name}.csv", contacts.encode(), "text/csv")},
        )
        campaign = await self.post(
            "/campaigns",
            json={
                "name": name,
                "questionnaire_id": added["id"],
                "contact_list_id": people["id"],
                "caller_number": _CALLER_NUMBER,
                "trunk": name,
                "max_attempts": max_attempts,
                "ring_timeout_s": ring_timeout_s,
            },
        )
        await self.post(f"/campaigns/{campaign['id']}/launch")
        return str(campaign["id"])

    async def prepared(self, campaign_id: str, within_s: float) -> None:
        """Wait until a campaign's prompts are rendered. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                campaign = (await self.get(f"/campaigns/{campaign_id}"))["campaign"]
                if campaign["state"] != "preparing":
                    return
                done, total = campaign["prompts_ready"], campaign["prompts_total"]
                print(f"  rendering prompts: {done}/{total}", file=sys.stderr, flush=True)
                await asyncio.sleep(5.0)

    async def finished(self, campaign_id: str, within_s: float) -> dict[str, Any]:
        """Wait until a campaign is over and return its status. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                status: dict[str, Any] = await self.get(f"/campaigns/{campaign_id}")
                if status["campaign"]["state"] in ("finished", "cancelled", "failed"):
                    return status
                await asyncio.sleep(1.0)

    async def _ask(self, method: str, path: str, **content: Any) -> Any:
        assert self._client is not None
        answer = await self._client.request(method, path, **content)
        if answer.is_error:
            raise ServiceFailed(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._output.append(line.decode(errors="replace"))
            print(f"  {self._output[-1].rstrip()}", file=sys.stderr, flush=True)
            if _UP in line:
                self._up.set()

    async def _wait_up(self) -> None:
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        up = asyncio.create_task(self._up.wait())
        await asyncio.wait(
            {ended, up}, timeout=_START_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
        )
        for task in (ended, up):
            task.cancel()
        await asyncio.gather(ended, up, return_exceptions=True)
        if not self._up.is_set():
            raise ServiceFailed("the service did not come up:\n" + "".join(self._output[-20:]))


def _clear(folder: Path) -> None:
    """Remove what an earlier run left, except what takes long to make again."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in folder.iterdir():
        if item.name in _KEPT:
            continue
        if item.is_dir():
            shutil.rmtree(item)
        else:
            item.unlink()
