"""One whole service for all end-to-end tests of a session."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bench.service import Service
from dialogs.settings import DialogueSettings
from tts_asr.errors import SpeechError
from tts_asr.recognizers import choose_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voices import fetch_voices


def require_all(settings: SpeechSettings) -> None:
    """Skip the test, with the reason, where something the whole service needs is absent."""
    if not DialogueSettings().rasa_python.exists():
        pytest.skip("Rasa's environment is absent: python -m dialogs.rasa_environment install")
    try:
        choose_recognizer(settings)
        voice = fetch_voices(settings)
    except SpeechError as error:
        pytest.skip(f"the speech models are absent ({error}): outbound models fetch")
    if not voice.startswith("kokoro") and shutil.which("espeak-ng") is None:
        pytest.skip("no voice is here: outbound models fetch")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service() -> AsyncIterator[Service]:
    """The service with its own database, Rasa and dialer; what takes long is cached."""
    settings = SpeechSettings()
    require_all(settings)
    async with Service(settings.cache_dir / "e2e") as running:
        yield running
