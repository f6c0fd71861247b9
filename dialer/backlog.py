"""Entries that wait on disk for the store: sealed lines in a file that only its worker writes.

Each worker holds a lock on its own file; files whose worker is gone are taken over by the next
worker that starts. Methods block on the disk: call them in a thread.
"""

from __future__ import annotations

import base64
import fcntl
import os
from collections import deque
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import structlog

from campaigns.vault import Vault, VaultError
from dialer.journal_entry import JournalEntry

log = structlog.get_logger(__name__)

_PURPOSE = "dialer-journal"
_SUFFIX = ".journal"


class Backlog:
    """A first-in first-out queue of entries that survives the process."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault
        self._waiting: deque[JournalEntry] = deque()
        self._file: BinaryIO | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def open(self) -> None:
        """Make this worker's file and take over what dead workers left."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        left = sorted(self._folder.glob(f"*{_SUFFIX}"))
        self._file = self._locked(self._folder / f"{uuid4()}{_SUFFIX}")
        for path in left:
            self._take_over(path)

    def append(self, entry: JournalEntry) -> None:
        """Keep an entry; it is on the disk when this returns."""
        self._write(self._own_file(), entry)
        self._waiting.append(entry)

    def first(self) -> JournalEntry | None:
        """Return the entry that has waited longest."""
        return self._waiting[0] if self._waiting else None

    def drop_first(self) -> None:
        """Forget the first entry; the file is emptied when nothing is left."""
        self._waiting.popleft()
        if not self._waiting:
            file = self._own_file()
            file.truncate(0)
            os.fsync(file.fileno())

    def set_aside(self, entry: JournalEntry) -> None:
        """Keep an entry that the store refuses where a person can look at it."""
        with (self._folder / "refused").open("ab") as file:
            self._write(file, entry)

    def close(self) -> None:
        """Release the file; remove it when nothing waits in it."""
        if self._file is None:
            return
        if not self._waiting:
            Path(self._file.name).unlink(missing_ok=True)
        self._file.close()
        self._file = None

    def _take_over(self, path: Path) -> None:
        try:
            file = self._locked(path)
        except BlockingIOError:
            return  # its worker is alive
        with file:
            file.seek(0)
            for number, line in enumerate(file.read().splitlines(), start=1):
                try:
                    sealed = base64.b64decode(line, validate=True)
                    self.append(JournalEntry.from_json(self._vault.open(sealed, _PURPOSE)))
                except (VaultError, ValueError):
                    # The last line may be half written when the power failed.
                    log.error("journal_line_unreadable", line=number)
            path.unlink()

    def _locked(self, path: Path) -> BinaryIO:
        file = path.open("ab+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise
        path.chmod(0o600)
        return file

    def _write(self, file: BinaryIO, entry: JournalEntry) -> None:
        file.write(base64.b64encode(self._vault.seal(entry.to_json(), _PURPOSE)) + b"\n")
        file.flush()
        os.fsync(file.fileno())

    def _own_file(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("the backlog has not been opened")
        return self._file
