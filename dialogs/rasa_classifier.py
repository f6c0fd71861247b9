"""Rasa's classifier in a process of its own, without its server: for simulations and checks."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from dialogs.conversation import Intent
from dialogs.rasa_training import PROJECT_FILES, model_path, python_environment
from dialogs.settings import DialogueSettings

_LOADING_S = 90.0
_ANSWER_S = 10.0


class ClassifierFailed(RuntimeError):
    """The classifier did not start or answer; the message says what to do."""


def trained_model(settings: DialogueSettings) -> Path | None:
    """Return the model of the present inputs, else the one trained last; None where there is no
    model, or no environment of Rasa to run it in."""
    if not settings.rasa_python.exists():
        return None
    wanted = model_path(settings)
    if wanted.exists():
        return wanted
    trained = wanted.parent.glob("*.tar.gz")
    return max(trained, key=lambda model: model.stat().st_mtime, default=None)


def is_current(settings: DialogueSettings, model: Path) -> bool:
    """Return whether a model was trained with the present inputs."""
    return model == model_path(settings)


class RasaClassifier:
    """Ranks intents with a trained model. Use as a context manager; blocks."""

    def __init__(self, settings: DialogueSettings, model: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own environment's Python
            (
                str(settings.rasa_python.absolute()),
                str(PROJECT_FILES / "evaluate.py"),
                str(model.absolute()),
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env=python_environment(),
        )
        self._limit_s = _LOADING_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def rank(self, text: str) -> tuple[Intent, ...]:
        """Return the intents of a text, the likeliest first. Raises ClassifierFailed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(self._limit_s, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(" ".join(text.split()).lstrip("/ ") + "\n")
            self._process.stdin.flush()
            line = "?"
            while line and not line.startswith("{"):
                line = self._process.stdout.readline()
        except OSError as error:
            raise ClassifierFailed("Rasa's classifier ended: run `make setup`") from error
        finally:
            watchdog.cancel()
        if not line:
            raise ClassifierFailed("Rasa's classifier does not answer: run `make setup`")
        self._limit_s = _ANSWER_S
        return tuple(Intent(name, confidence) for name, confidence in json.loads(line)["ranking"])
