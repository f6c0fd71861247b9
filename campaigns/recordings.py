"""Recordings of calls, sealed a second at a time as they come in.

A file is the magic `OBREC1`, then chunks: length (4 bytes, big endian) and the sealed PCM. A
chunk's place in the file is bound into its seal, so chunks cannot be moved, left out or mixed
between calls unseen. A crash costs at most the last second.
"""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from uuid import UUID

from campaigns.errors import CampaignError, NotFound
from campaigns.vault import Vault

RATE = 8000
CHANNELS = 2
_MAGIC = b"OBREC1"
_CHUNK_BYTES = RATE * CHANNELS * 2
_LENGTH = struct.Struct(">I")


class BadRecording(CampaignError):
    """A recording cannot be read."""

    code = "bad_recording"


class RecordingWriter:
    """Writes one call: s16le stereo PCM at 8000 Hz, left the person, right the bot."""

    def __init__(self, path: Path, relative: str, attempt_id: UUID, vault: Vault) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file: BinaryIO = path.open("xb")
        path.chmod(0o600)
        self._file.write(_MAGIC)
        self._relative = relative
        self._attempt_id = attempt_id
        self._vault = vault
        self._pending = bytearray()
        self._chunks = 0

    def append(self, stereo_pcm: bytes) -> None:
        """Add PCM; every full second is sealed and handed to the system at once."""
        self._pending += stereo_pcm
        while len(self._pending) >= _CHUNK_BYTES:
            self._seal(bytes(self._pending[:_CHUNK_BYTES]))
            del self._pending[:_CHUNK_BYTES]

    def close(self) -> str:
        """Seal the rest and return the path relative to the recordings folder. Idempotent."""
        if not self._file.closed:
            if self._pending:
                self._seal(bytes(self._pending))
                self._pending.clear()
            self._file.close()
        return self._relative

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _seal(self, pcm: bytes) -> None:
        sealed = self._vault.seal(pcm, _purpose(self._attempt_id, self._chunks))
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._file.flush()
        self._chunks += 1


class Recordings:
    """The folder of sealed recordings."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def open(self, attempt_id: UUID) -> RecordingWriter:
        """Begin the recording of an attempt. Raises FileExistsError when it has one."""
        relative = f"{attempt_id.hex[:2]}/{attempt_id}.obrec"
        return RecordingWriter(self._folder / relative, relative, attempt_id, self._vault)

    def read(self, relative: str) -> bytes:
        """Return the recording as a WAV file; one cut short by a crash as far as it goes.

        Raises NotFound, BadRecording, and VaultError when it was tampered with.
        """
        path = (self._folder / relative).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            raise NotFound(f"there is no recording {relative}")
        return _wav(self._pcm(path.read_bytes(), UUID(path.stem)))

    def _pcm(self, data: bytes, attempt_id: UUID) -> bytes:
        if not data.startswith(_MAGIC):
            raise BadRecording(f"the file of attempt {attempt_id} is not a recording")
        pcm, position, chunk = bytearray(), len(_MAGIC), 0
        while position + _LENGTH.size <= len(data):
            (length,) = _LENGTH.unpack_from(data, position)
            position += _LENGTH.size
            if position + length > len(data):
                break
            sealed = data[position : position + length]
            pcm += self._vault.open(sealed, _purpose(attempt_id, chunk))
            position += length
            chunk += 1
        return bytes(pcm)


def _purpose(attempt_id: UUID, chunk: int) -> str:
    return f"recording:{attempt_id}:{chunk}"


def _wav(pcm: bytes) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(CHANNELS)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
    return target.getvalue()
