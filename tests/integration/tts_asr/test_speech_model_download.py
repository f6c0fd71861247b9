"""Models come from a server that speaks HTTP: whole, in pieces, and from an archive."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tts_asr.errors import ModelUnavailable
from tts_asr.models import Models
from tts_asr.models.catalogue import Model, ModelFile, Release
from tts_asr.settings import SpeechSettings

_CONTENT = bytes(range(256)) * 4000
_FILE = ModelFile("model.onnx", hashlib.sha256(_CONTENT).hexdigest(), len(_CONTENT))


class _Server(ThreadingHTTPServer):
    """Serves `files` by path, with ranges; notes each request's range."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(found[1]) if wanted and (found := re.match(r"bytes=(\d+)-", wanted)) else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _models(cache: Path, *sources: str, origins: tuple[Release, ...] = ()) -> Models:
    model = Model("small", "recognizer", "", "", (_FILE,), origins)
    return Models(SpeechSettings(cache_dir=cache, model_sources=sources), (model,))


def test_fetches_from_a_url_base(server: _Server, tmp_path: Path) -> None:
    server.files["/m/small/model.onnx"] = _CONTENT
    folder = _models(tmp_path, server.url + "/m").ensure("small")
    assert (folder / "model.onnx").read_bytes() == _CONTENT


def test_goes_on_where_it_stopped(server: _Server, tmp_path: Path) -> None:
    server.files["/small/model.onnx"] = _CONTENT
    part = tmp_path / "models" / "small" / ".parts" / "model.onnx"
    part.parent.mkdir(parents=True)
    part.write_bytes(_CONTENT[:1000])
    folder = _models(tmp_path, server.url).ensure("small")
    assert (folder / "model.onnx").read_bytes() == _CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_wrong_file_is_refused_and_not_kept(server: _Server, tmp_path: Path) -> None:
    server.files["/small/model.onnx"] = b"not the model"
    with pytest.raises(ModelUnavailable, match="SHA-256 is wrong"):
        _models(tmp_path, server.url).ensure("small")
    server.files["/small/model.onnx"] = _CONTENT
    assert _models(tmp_path, server.url).ensure("small").is_dir()


def test_fetches_from_a_release_archive_then_its_mirror(server: _Server, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:bz2") as tar:
        member = tarfile.TarInfo("release-2024/model.onnx")
        member.size = len(_CONTENT)
        tar.addfile(member, io.BytesIO(_CONTENT))
    server.files["/release.tar.bz2"] = packed.getvalue()
    origins = (Release(server.url + "/gone/"), Release(server.url + "/release.tar.bz2"))
    folder = _models(tmp_path, "releases", origins=origins).ensure("small")
    assert (folder / "model.onnx").read_bytes() == _CONTENT


def test_an_unreachable_release_fails_in_one_line(tmp_path: Path) -> None:
    origins = (Release("http://127.0.0.1:9/small.tar.bz2"),)
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9/small\.tar\.bz2: not reachable"):
        _models(tmp_path, "releases", origins=origins).ensure("small")
