"""Recognisers: which one this installation uses, and loading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from tts_asr.errors import ModelUnavailable
from tts_asr.models import Models, ProgressCallback
from tts_asr.models.catalogue import STREAMING_MANDARIN, WHISPER_BASE
from tts_asr.ports import Recognizer
from tts_asr.settings import SpeechSettings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RecognizerChoice:
    """Which recogniser is used, from which model folder, and why: one sentence for people."""

    name: str
    folder: Path
    reason: str


def choose_recognizer(
    settings: SpeechSettings, progress: ProgressCallback | None = None
) -> RecognizerChoice:
    """Decide which recogniser to use, fetching its model if need be.

    A recogniser whose model is on this machine is taken without asking any source; so after
    set-up a start touches no network. Raises ModelUnavailable.
    """
    models = Models(settings)
    if settings.recognizer == "whisper":
        folder = models.ensure(WHISPER_BASE.name, progress)
        return RecognizerChoice("whisper", folder, "whisper, because the settings ask for it")
    if settings.recognizer == "sherpa":
        folder = models.ensure(STREAMING_MANDARIN.name, progress)
        return RecognizerChoice("sherpa", folder, "sherpa, because the settings ask for it")
    return _best(models, progress)


def fetch_recognizer(
    settings: SpeechSettings, progress: ProgressCallback | None = None
) -> RecognizerChoice:
    """Fetch the model of the recogniser to be used, trying anew for the best one.

    Raises ModelUnavailable.
    """
    if settings.recognizer == "auto":
        return _fetch_best(Models(settings), progress)
    return choose_recognizer(settings, progress)


def load_recognizer(settings: SpeechSettings) -> Recognizer:
    """Load the recogniser that is used; takes 1–3 s. Logs which one and why."""
    choice = choose_recognizer(settings)
    _log.info("recognizer_loaded", recognizer=choice.name, reason=choice.reason)
    if choice.name == "whisper":
        from tts_asr.recognizers.whisper import WhisperRecognizer

        return WhisperRecognizer(choice.folder, threads=settings.recognizer_threads)
    from tts_asr.recognizers.sherpa import SherpaRecognizer

    return SherpaRecognizer(choice.folder)


def _best(models: Models, progress: ProgressCallback | None) -> RecognizerChoice:
    if folder := models.find(STREAMING_MANDARIN.name):
        return _streaming(folder)
    if folder := models.find(WHISPER_BASE.name):
        why = "the streaming model is not on this machine (outbound models fetch tries to get it)"
        return _fallback(folder, why)
    return _fetch_best(models, progress)


def _fetch_best(models: Models, progress: ProgressCallback | None) -> RecognizerChoice:
    try:
        return _streaming(models.ensure(STREAMING_MANDARIN.name, progress))
    except ModelUnavailable as unavailable:
        return _fallback(models.ensure(WHISPER_BASE.name, progress), str(unavailable))


def _streaming(folder: Path) -> RecognizerChoice:
    return RecognizerChoice("sherpa", folder, "sherpa, the streaming recogniser: its model is here")


def _fallback(folder: Path, why: str) -> RecognizerChoice:
    return RecognizerChoice(
        "whisper", folder, f"whisper, slower (about 2 s for each reply), because {why}"
    )
