from __future__ import annotations

import io
import os
import wave
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from campaigns.errors import NotFound
from campaigns.recordings import BadRecording, Recordings
from campaigns.vault import Vault, VaultError

SECOND = 8000 * 2 * 2


@pytest.fixture
def recordings(tmp_path: Path, vault: Vault) -> Recordings:
    return Recordings(tmp_path, vault)


def samples(wav: bytes) -> bytes:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        return file.readframes(file.getnframes())


def record(recordings: Recordings, pcm: bytes, attempt: UUID | None = None) -> str:
    with recordings.open(attempt or uuid4()) as writer:
        for at in range(0, len(pcm), 640):
            writer.append(pcm[at : at + 640])
    return writer.close()


def test_what_was_recorded_is_read_back(recordings: Recordings) -> None:
    pcm = os.urandom(2 * SECOND + 1280)
    assert samples(recordings.read(record(recordings, pcm))) == pcm


def test_an_empty_call_has_an_empty_recording(recordings: Recordings) -> None:
    assert samples(recordings.read(record(recordings, b""))) == b""


def test_the_sound_is_not_on_the_disk_in_clear(recordings: Recordings, tmp_path: Path) -> None:
    relative = record(recordings, b"\x11\x22\x33\x44" * 8000)
    assert b"\x11\x22\x33\x44" * 4 not in (tmp_path / relative).read_bytes()
    assert (tmp_path / relative).stat().st_mode & 0o077 == 0


def test_a_crash_costs_at_most_the_last_second(recordings: Recordings, tmp_path: Path) -> None:
    pcm = os.urandom(3 * SECOND)
    attempt = uuid4()
    writer = recordings.open(attempt)
    writer.append(pcm[: 2 * SECOND + 640])
    (found,) = tmp_path.rglob("*.obrec")
    relative = str(found.relative_to(tmp_path))
    assert samples(recordings.read(relative)) == pcm[: 2 * SECOND]
    writer.close()
    found.write_bytes(found.read_bytes()[:-7])
    assert samples(recordings.read(relative)) == pcm[: 2 * SECOND]


def test_chunks_cannot_be_moved_or_changed(recordings: Recordings, tmp_path: Path) -> None:
    relative = record(recordings, os.urandom(2 * SECOND))
    path = tmp_path / relative
    whole = path.read_bytes()
    chunk = (len(whole) - 6) // 2
    path.write_bytes(whole[:6] + whole[6 + chunk :] + whole[6 : 6 + chunk])
    with pytest.raises(VaultError):
        recordings.read(relative)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(VaultError):
        recordings.read(relative)
    path.write_bytes(b"RIFF....")
    with pytest.raises(BadRecording):
        recordings.read(relative)


def test_an_attempt_has_one_recording(recordings: Recordings) -> None:
    attempt = uuid4()
    record(recordings, b"\0" * 640, attempt)
    with pytest.raises(FileExistsError):
        recordings.open(attempt)


@pytest.mark.parametrize("relative", ["../key", "/etc/passwd", "ab/none.obrec", "."])
def test_nothing_outside_the_folder_is_read(recordings: Recordings, relative: str) -> None:
    with pytest.raises(NotFound):
        recordings.read(relative)
