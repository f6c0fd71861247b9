"""The models on this machine: found, fetched and checked."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from tts_asr.errors import ModelUnavailable
from tts_asr.models.catalogue import MODELS, Model, NodePackage, Release, Wheels
from tts_asr.models.fetching import SourceFailed, fetch_from_origin, fetch_from_place
from tts_asr.models.progress import FetchProgress, ProgressCallback, silent
from tts_asr.models.verification import is_verified, mark_verified, verify
from tts_asr.settings import RELEASES, SpeechSettings

__all__ = ["FetchProgress", "ModelState", "Models", "ProgressCallback"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelState:
    """One known model and whether it is on this machine (`folder` is then where)."""

    name: str
    kind: str
    title: str
    licence: str
    size_bytes: int
    folder: Path | None

    @property
    def ready(self) -> bool:
        """Whether it can be used now."""
        return self.folder is not None


class Models:
    """The models' folder, `<cache_dir>/models`; safe to use from several processes at once."""

    def __init__(self, settings: SpeechSettings, catalogue: tuple[Model, ...] = MODELS) -> None:
        self._root = settings.cache_dir / "models"
        self._places = settings.model_sources
        self._catalogue = {model.name: model for model in catalogue}

    def list(self) -> tuple[ModelState, ...]:
        """Every known model; looks at no source and no network."""
        return tuple(
            ModelState(
                name=model.name,
                kind=model.kind,
                title=model.title,
                licence=model.licence,
                size_bytes=model.size,
                folder=self.find(model.name),
            )
            for model in self._catalogue.values()
        )

    def find(self, name: str) -> Path | None:
        """The model's folder when it is complete on this machine; never touches the network."""
        model = self._known(name)
        folder = self._root / name
        if is_verified(folder, model):
            return folder
        if any(not (folder / file.path).is_file() for file in model.files):
            return None
        if verify(folder, model):
            return None
        mark_verified(folder, model)
        return folder

    def ensure(self, name: str, progress: ProgressCallback | None = None) -> Path:
        """The model's folder, fetching what is missing from the sources in their order.

        Raises ModelUnavailable, naming each source and why it failed.
        """
        if folder := self.find(name):
            return folder
        model = self._known(name)
        folder = self._root / name
        with self._lock(name):
            # Another process may have fetched it while this one waited.
            if found := self.find(name):
                return found
            for path in verify(folder, model):
                (folder / path).unlink(missing_ok=True)
            self._fetch(model, folder, progress or silent)
        return folder

    def _fetch(self, model: Model, folder: Path, progress: ProgressCallback) -> None:
        def step(doing: str, done: int) -> None:
            progress(FetchProgress(model.name, doing, done, model.size))

        failures = []
        for source, place in self._sources(model):
            try:
                if isinstance(place, str):
                    fetch_from_place(place, model, folder, step)
                else:
                    fetch_from_origin(place, model, folder, step)
                self._accept(model, folder, source)
            except SourceFailed as failure:
                _log.debug("model_source_failed", model=model.name, reason=str(failure))
                failures.append(str(failure))
            else:
                step("ready", model.size)
                return
        raise ModelUnavailable(
            f"the model {model.name} could not be had: {'; '.join(failures)}. "
            f"Put its files into {folder}, or name a folder or URL in OUTBOUND_MODEL_SOURCES."
        )

    def _accept(self, model: Model, folder: Path, source: str) -> None:
        wrong = verify(folder, model)
        if wrong:
            for path in wrong:
                (folder / path).unlink(missing_ok=True)
            shutil.rmtree(folder / ".parts", ignore_errors=True)
            raise SourceFailed(f"{source}: missing or wrong SHA-256: {', '.join(wrong)}")
        shutil.rmtree(folder / ".parts", ignore_errors=True)
        mark_verified(folder, model)
        _log.info("model_ready", model=model.name, source=source, folder=str(folder))

    def _sources(self, model: Model) -> Iterator[tuple[str, str | Release | Wheels | NodePackage]]:
        for place in self._places:
            if place == RELEASES:
                yield from ((o.url, o) for o in model.origins if isinstance(o, Release))
            else:
                yield place, place
        for origin in model.origins:
            if isinstance(origin, Wheels):
                yield "package index", origin
            elif isinstance(origin, NodePackage):
                yield "npm", origin

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        self._root.mkdir(parents=True, exist_ok=True)
        (self._root / name).mkdir(exist_ok=True)
        with (self._root / f".{name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _known(self, name: str) -> Model:
        if model := self._catalogue.get(name):
            return model
        raise ModelUnavailable(f"no model is called {name!r}; known: {', '.join(self._catalogue)}")
