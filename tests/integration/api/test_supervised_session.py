"""A session of the service: work while it is up, an early end by a signal, a program given up."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import psutil
import pytest

from api.settings import ServiceSettings
from api.supervisor.child import ProgramFailed
from api.supervisor.program import LineReady, Program
from api.supervisor.restart import RestartPolicy
from api.supervisor.service import service_programs
from api.supervisor.session import supervise
from api.supervisor.supervisor import Supervisor

READY = LineReady(re.compile("^ready", re.MULTILINE))


def supervisor(folder: Path, code: str = "import time; time.sleep(60)") -> Supervisor:
    command = (sys.executable, "-c", f"print('ready', flush=True); {code}")
    policy = RestartPolicy(limit=0)
    return Supervisor([Program("worker", command, READY)], folder, policy=policy)


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "ready" in " ".join(child.cmdline())
    ]


async def test_returns_what_the_work_returns_and_stops_everything(tmp_path: Path) -> None:
    async def work() -> str:
        assert len(children()) == 1
        return "done"

    assert await supervise(supervisor(tmp_path), work) == "done"
    assert children() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    async def work() -> str:
        os.kill(os.getpid(), number)
        await asyncio.sleep(60)
        return "never"

    assert await supervise(supervisor(tmp_path), work) is None
    assert children() == []


async def test_a_signal_during_the_start_ends_it_too(tmp_path: Path) -> None:
    slow = Program("slow", (sys.executable, "-c", "import time; time.sleep(60)"), READY)

    async def work() -> None:
        pytest.fail("it never starts")

    asyncio.get_running_loop().call_later(0.5, os.kill, os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(20):
        assert await supervise(Supervisor([slow], tmp_path), work) is None


async def test_a_program_given_up_ends_the_work(tmp_path: Path) -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    with pytest.raises(ProgramFailed, match="given up"):
        await supervise(supervisor(tmp_path, "import time; time.sleep(0.5)"), work)
    assert cancelled.is_set()


def test_the_service_needs_no_database_process_for_a_server_of_ones_own() -> None:
    rasa = (("rasa",), {})
    embedded = service_programs(ServiceSettings(database_url=""), rasa)
    own = service_programs(ServiceSettings(database_url="postgresql://h/d"), rasa)
    assert next(each.name for each in embedded if each not in own) == "database"
    assert "database" not in {name for each in own for name in (each.name, *each.needs)}
    for programs in (embedded, own):
        started: set[str] = set()
        for program in programs:
            assert set(program.needs) <= started
            started.add(program.name)
