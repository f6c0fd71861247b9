"""Training of Rasa's model: once for each state of its inputs, kept in the data folder."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dialogs.settings import PROJECT, DialogueSettings
from dialogs.understanding import confusion, pinyin
from dialogs.understanding.lexicon import words

PROJECT_FILES = PROJECT / "dialogs" / "rasa"
_INPUTS = ("config.yml", "domain.yml", "requirements.txt", "components", "data")
_TIMEOUT_S = 1200.0
_TIMES_HEARD = 4
_NOISE = 1.3
"""Mishearings are this much more frequent than measured: unseen voices are worse."""
_FRAMED = 0.4
_BEFORE = tuple(
    pinyin.syllables_of(each)
    for each in words("嗯 啊 那个 哎呀 我觉得 你好 呃 不好意思 哦 喂 就是")
)
_BEHIND = tuple(pinyin.syllables_of(each) for each in words("啊 吧 呢 哦 嘛 了 谢谢 呀 啦 好吗 嘞"))
_EXAMPLE = re.compile(r"^    - (.+)$")

Progress = Callable[[str], None]


class TrainingFailed(RuntimeError):
    """Rasa could not be trained; the message ends with Rasa's own last words."""


def model_path(settings: DialogueSettings) -> Path:
    """Return where the model of the present inputs is, or will be."""
    return settings.rasa_dir / "models" / f"{_digest()}.tar.gz"


def train(settings: DialogueSettings, progress: Progress = print) -> Path:
    """Return the trained model, training it if these inputs were never trained.

    Takes about a minute. Raises TrainingFailed.
    """
    model = model_path(settings)
    if model.exists():
        progress(f"dialogue model {model.stem[:12]} is ready")
        return model
    if not settings.rasa_python.exists():
        raise TrainingFailed(
            "Rasa's environment is missing: run `python -m dialogs.rasa_environment install`"
        )
    progress("training the dialogue model")
    build = settings.rasa_dir / f"build-{os.getpid()}"
    try:
        _stage(build)
        _run_training(settings, build, model.stem.removesuffix(".tar"))
        model.parent.mkdir(parents=True, exist_ok=True)
        (build / "out" / model.name).replace(model)
    finally:
        shutil.rmtree(build, ignore_errors=True)
    progress(f"dialogue model {model.stem[:12]} trained")
    return model


def python_environment() -> dict[str, str]:
    """Return the environment for Rasa's processes: our components, no telemetry, no cache."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return {
        **kept,
        "PYTHONPATH": str(PROJECT_FILES),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",
    }


def as_heard(examples: str) -> str:
    """Return a file of examples in which each also stands as the recogniser may hear it said:
    toneless pinyin with what people put around a remark and what is misheard on a telephone line.
    The same every time."""
    lines: list[str] = []
    for line in examples.splitlines():
        lines.append(line)
        example = _EXAMPLE.match(line)
        if example and (syllables := pinyin.syllables_of(example.group(1))):
            pick = random.Random(example.group(1))  # noqa: S311 - nothing is secret here
            lines += [f"    - {_heard(syllables, pick)}" for _ in range(_TIMES_HEARD)]
    return "\n".join(lines) + "\n"


def _heard(syllables: Sequence[str], pick: random.Random) -> str:
    before = pick.choice(_BEFORE) if pick.random() < _FRAMED else ()
    behind = pick.choice(_BEHIND) if pick.random() < _FRAMED else ()
    return " ".join(confusion.heard_as((*before, *syllables, *behind), pick, _NOISE))


def _digest() -> str:
    digest = hashlib.sha256(Path(pinyin.__file__).read_bytes())
    digest.update(Path(confusion.__file__).read_bytes())
    digest.update(Path(__file__).read_bytes())
    for path in _input_files():
        digest.update(path.relative_to(PROJECT_FILES).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _input_files() -> Iterator[Path]:
    for name in _INPUTS:
        path = PROJECT_FILES / name
        if path.is_file():
            yield path
            continue
        yield from sorted(
            each for each in path.rglob("*") if each.is_file() and "__pycache__" not in each.parts
        )


def _stage(build: Path) -> None:
    shutil.rmtree(build, ignore_errors=True)
    (build / "data").mkdir(parents=True)
    for name in ("config.yml", "domain.yml"):
        shutil.copy(PROJECT_FILES / name, build / name)
    shutil.copy(PROJECT_FILES / "data" / "rules.yml", build / "data" / "rules.yml")
    for path in (PROJECT_FILES / "data" / "nlu").glob("*.yml"):
        (build / "data" / path.name).write_text(as_heard(path.read_text("utf-8")), "utf-8")


def _run_training(settings: DialogueSettings, build: Path, name: str) -> None:
    command = [str(settings.rasa_python.absolute()), "-m", "rasa", "train", "--data", "data"]
    command += ["--config", "config.yml", "--domain", "domain.yml", "--out", "out"]
    command += ["--fixed-model-name", name]
    try:
        done = subprocess.run(  # noqa: S603 - our own environment's Python
            command,
            cwd=build,
            env=python_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TrainingFailed(f"training took longer than {_TIMEOUT_S:.0f} s") from error
    if done.returncode or not (build / "out" / f"{name}.tar.gz").exists():
        raise TrainingFailed(f"Rasa could not be trained:\n{done.stdout[-3000:]}")
