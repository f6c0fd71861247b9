"""Rasa's own environment (Python 3.10): install it, train the model, run the server.

`python -m dialogs.rasa_environment install|train|run`. Rasa 3.6 pins SQLAlchemy 1.4 and pydantic
1.10 and is reached over HTTP only. TensorFlow is left out (see dialogs/rasa/components).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from campaigns.store.location import database_url, tracker_url
from dialogs.rasa_training import PROJECT_FILES, Progress, TrainingFailed, python_environment, train
from dialogs.settings import DialogueSettings

HEALTH_PATH = "/webhooks/rest/"
"""Answers 200 once the model is loaded."""
_LOOPBACK = "127.0.0.1"
_INSTALL_TIMEOUT_S = 1800.0

Command = tuple[tuple[str, ...], Mapping[str, str]]


class EnvironmentMissing(RuntimeError):
    """Rasa's environment cannot be made or used; the message says what to do."""


def install(settings: DialogueSettings, progress: Progress = print) -> None:
    """Make or repair Rasa's environment. Does nothing when it is complete. Raises
    EnvironmentMissing."""
    folder = settings.rasa_python.parent.parent
    stamp = folder / "installed"
    wanted = _requirements_digest()
    if settings.rasa_python.exists() and stamp.exists() and stamp.read_text() == wanted:
        progress("Rasa's environment is ready")
        return
    python = find_python310(settings)
    progress(f"making Rasa's environment in {folder.name} with {python}")
    _run([str(python), "-m", "venv", "--without-pip", str(folder)])
    progress("installing Rasa (about 140 packages, 0.6 GB)")
    lock = str(PROJECT_FILES / "requirements.txt")
    target = ("--python", str(settings.rasa_python))
    _run((_uv(), "pip", "install", *target, "--no-deps", "--requirement", lock))
    progress("compiling it to bytecode, so that it starts twice as fast")
    site_packages = next((folder / "lib").glob("python3.10/site-packages"))
    compile_all = [str(settings.rasa_python), "-m", "compileall", "-q", "-j", "0"]
    # A few packages ship files for other Python versions, which do not compile: no harm.
    _run([*compile_all, str(site_packages)], check=False)
    stamp.write_text(wanted)
    progress("Rasa's environment is ready")


def find_python310(settings: DialogueSettings) -> Path:
    """Return a Python 3.10. Raises EnvironmentMissing with what to do."""
    for candidate in _candidates(settings):
        if candidate.exists() and _version(candidate) == "3.10":
            return candidate
    raise EnvironmentMissing(
        "Rasa needs Python 3.10 and none was found: install it (`pyenv install 3.10` or "
        "`apt-get install python3.10-venv`) or point OUTBOUND_PYTHON310 at one"
    )


def run_command() -> Command:
    """Return the command that runs the server, for a supervisor: it looks up the database when
    it starts and then becomes Rasa."""
    return (sys.executable, "-m", "dialogs.rasa_environment", "run"), {}


def server_command(settings: DialogueSettings, model: Path, tracker: str = "") -> Command:
    """Return Rasa's own command and environment. `tracker` is the URL of the PostgreSQL database
    that keeps the conversations; without one a restart forgets them (tests only)."""
    endpoints = "endpoints.yml" if tracker else "endpoints_in_memory.yml"
    port = urlsplit(str(settings.rasa_url)).port or 80
    arguments = (
        *(str(settings.rasa_python.absolute()), "-m", "rasa", "run"),
        *("--model", str(model.absolute())),
        *("--endpoints", str(PROJECT_FILES / endpoints)),
        *("--credentials", str(PROJECT_FILES / "credentials.yml")),
        *("--interface", _LOOPBACK, "--port", str(port)),
    )
    environment = {
        **python_environment(),
        "OUTBOUND_ACTIONS_URL": f"http://{_LOOPBACK}:{settings.actions_port}/webhook",
    }
    if tracker:
        # Rasa's SQLAlchemy 1.4 knows the database by psycopg2, its default driver.
        url = make_url(tracker).set(drivername="postgresql")
        environment["OUTBOUND_RASA_TRACKER_URL"] = url.render_as_string(hide_password=False)
    return arguments, environment


def _run_server(settings: DialogueSettings) -> None:
    model = train(settings)
    tracker = settings.rasa_tracker_url or tracker_url(database_url(settings))
    arguments, environment = server_command(settings, model, tracker)
    sys.stdout.flush()
    folder = settings.rasa_dir.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    os.execve(arguments[0], arguments, dict(environment))  # noqa: S606 - no shell is wanted


def _candidates(settings: DialogueSettings) -> Iterator[Path]:
    if settings.python310:
        yield Path(settings.python310)
    if on_path := shutil.which("python3.10"):
        yield Path(on_path)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted((root / "versions").glob("3.10*/bin/python"), reverse=True)


def _version(python: Path) -> str:
    """Return major.minor; a pyenv shim without its version answers nothing."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(  # noqa: S603
            [str(python), "-c", code], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise EnvironmentMissing("uv is missing: run `python -m pip install uv`")
    return found


def _requirements_digest() -> str:
    return hashlib.sha256((PROJECT_FILES / "requirements.txt").read_bytes()).hexdigest()


def _run(command: Sequence[str], *, check: bool = True) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, timeout=_INSTALL_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentMissing(f"{command[0]} took too long: try again") from error
    if check and done.returncode:
        raise EnvironmentMissing(f"this failed, its own words are above: {' '.join(command)}")


def main() -> None:
    """Carry out the command of the command line."""
    parser = argparse.ArgumentParser(description="Rasa's own environment")
    parser.add_argument("command", choices=("install", "train", "run"))
    command = parser.parse_args().command
    settings = DialogueSettings()
    try:
        if command == "install":
            install(settings)
        elif command == "train":
            train(settings)
        else:
            _run_server(settings)
    except (EnvironmentMissing, TrainingFailed) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
