"""Checking a model's files against their SHA-256, and remembering that it was done."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tts_asr.models.catalogue import Model, ModelFile

_MARK = ".verified.json"


def matches(path: Path, expected: ModelFile) -> bool:
    """Whether the file is there with the expected size and SHA-256."""
    if not path.is_file() or path.stat().st_size != expected.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == expected.sha256


def verify(folder: Path, model: Model) -> tuple[str, ...]:
    """Hash every file of the model in `folder`; return the paths that are missing or wrong."""
    return tuple(file.path for file in model.files if not matches(folder / file.path, file))


def mark_verified(folder: Path, model: Model) -> None:
    """Remember that the files in `folder`, as they are now, have the right checksums."""
    (folder / _MARK).write_text(json.dumps(_stamps(folder, model)), encoding="utf-8")


def is_verified(folder: Path, model: Model) -> bool:
    """Whether the files are those that were verified: same checksum asked for, size and time.

    Reads no file's contents, so that a start costs nothing; a file that was touched is hashed
    again by `verify`.
    """
    try:
        seen = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        return bool(seen == _stamps(folder, model))
    except (OSError, ValueError):
        return False


def _stamps(folder: Path, model: Model) -> dict[str, list[str | int]]:
    stamps: dict[str, list[str | int]] = {}
    for file in model.files:
        status = (folder / file.path).stat()
        stamps[file.path] = [file.sha256, status.st_size, status.st_mtime_ns]
    return stamps
