"""The database process: killed PostgreSQL comes back where everybody looks for it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from api.supervisor.program import Program
from api.supervisor.restart import RestartPolicy
from api.supervisor.service import READY_ENTRY
from api.supervisor.supervisor import Supervisor
from campaigns.store.location import url_file


@pytest.fixture
def database(tmp_path: Path) -> Supervisor:
    program = Program(
        name="database",
        command=(sys.executable, "-m", "api.database.main"),
        environment={"OUTBOUND_DATA_DIR": str(tmp_path), "OUTBOUND_DATABASE_URL": ""},
        ready=READY_ENTRY,
        ready_within_s=90,
        stop_within_s=40,
    )
    return Supervisor([program], tmp_path / "logs", policy=RestartPolicy(first_s=0.1))


def postmaster(folder: Path) -> psutil.Process:
    pid_file = folder / "postgres" / "cluster" / "postmaster.pid"
    return psutil.Process(int(pid_file.read_text().split()[0]))


async def until(condition: Callable[[], bool], within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while True:
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.1)


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return connection.execute("SELECT count(*) FROM campaigns").fetchone() == (0,)
    except psycopg.OperationalError:
        return False


async def test_a_killed_server_comes_back_at_the_same_address(
    database: Supervisor, tmp_path: Path
) -> None:
    await database.start()
    try:
        url = url_file(tmp_path).read_text()
        assert answers(url)
        first = postmaster(tmp_path)
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: not answers(url))
        await until(lambda: answers(url) and url_file(tmp_path).exists())
        second = postmaster(tmp_path)
        assert second.pid != first.pid
        assert url_file(tmp_path).read_text() == url
    finally:
        await database.stop()
    assert not answers(url)
    assert not url_file(tmp_path).exists()
