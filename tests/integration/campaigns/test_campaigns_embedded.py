from __future__ import annotations

import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from campaigns.settings import CoreSettings
from campaigns.store.embedded import EmbeddedServer
from campaigns.store.location import NoDatabase, database_url, tracker_url, url_file


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="outbound-embedded-") as name:
        yield Path(name)


def _pid(folder: Path) -> int:
    return int((folder / "postgres/cluster/postmaster.pid").read_text().split("\n")[0])


def test_survives_kill_9_and_a_second_start_takes_it_over(folder: Path) -> None:
    server = EmbeddedServer(folder)
    try:
        url = server.start()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (x int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        psutil.Process(_pid(folder)).send_signal(signal.SIGKILL)
        psutil.wait_procs([psutil.Process(_pid(folder))] if psutil.pid_exists(_pid(folder)) else [])
        assert not server.running()

        again = server.start()
        with psycopg.connect(again) as connection:
            assert connection.execute("SELECT x FROM kept").fetchone() == (7,)
        assert EmbeddedServer(folder).start() == again
        with psycopg.connect(tracker_url(again)) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("rasa",)
    finally:
        server.stop()
    assert not server.running()


def test_a_pid_file_naming_another_process_does_not_block_the_start(folder: Path) -> None:
    server = EmbeddedServer(folder, durable=False)
    try:
        server.start()
        pid_file = folder / "postgres/cluster/postmaster.pid"
        stale = pid_file.read_text().split("\n")
        server.stop()
        pid_file.write_text("\n".join([str(os.getpid()), *stale[1:]]))
        assert not server.running()
        server.start()
        assert server.running()
    finally:
        server.stop()


def test_the_address_is_a_secret_file_and_gone_after_the_stop(folder: Path) -> None:
    settings = CoreSettings(data_dir=folder, database_url="")
    server = EmbeddedServer(folder, durable=False)
    try:
        url = server.start()
        assert database_url(settings) == url
        assert stat.S_IMODE(url_file(folder).stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url.replace(url.split(":")[2].split("@")[0], "wrong"))
    finally:
        server.stop()
    with pytest.raises(NoDatabase, match="outbound up"):
        database_url(settings)


def test_ones_own_server_wins(folder: Path) -> None:
    settings = CoreSettings(data_dir=folder, database_url="postgresql://own/db")
    assert database_url(settings) == "postgresql://own/db"
