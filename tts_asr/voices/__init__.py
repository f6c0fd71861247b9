"""Voices: which engine this installation speaks with, and loading it."""

from __future__ import annotations

import structlog

from tts_asr.errors import ModelUnavailable
from tts_asr.models import Models, ProgressCallback
from tts_asr.models.catalogue import KOKORO, KOKORO_MANDARIN
from tts_asr.ports import Synthesizer
from tts_asr.settings import SpeechSettings

_log = structlog.get_logger(__name__)


def fetch_voices(settings: SpeechSettings, progress: ProgressCallback | None = None) -> str:
    """Fetch what the voice engine needs: for set-up. Returns one sentence saying which engine
    will speak and why; raises ModelUnavailable when the settings insist on Kokoro."""
    if settings.voice_engine == "espeak":
        return "espeak, because the settings ask for it"
    models = Models(settings)
    try:
        models.ensure(KOKORO.name, progress)
        models.ensure(KOKORO_MANDARIN.name, progress)
    except ModelUnavailable as unavailable:
        if settings.voice_engine == "kokoro":
            raise
        return f"espeak, robotic, because {unavailable}"
    return f"kokoro, voice {settings.voice}: its model is here"


def load_synthesizer(settings: SpeechSettings) -> Synthesizer:
    """The voice engine, whose model is loaded with its first words. Logs which one and why.

    Raises ModelUnavailable when the settings insist on Kokoro and it cannot be had, and
    VoiceUnavailable when there is no engine at all.
    """
    reason = fetch_voices(settings)
    _log.info("voice_loaded", reason=reason)
    if not reason.startswith("kokoro"):
        from tts_asr.voices.espeak import EspeakSynthesizer

        return EspeakSynthesizer()
    from tts_asr.voices.kokoro import KokoroSynthesizer

    models = Models(settings)
    return KokoroSynthesizer(
        model=models.ensure(KOKORO.name),
        styles=models.ensure(KOKORO_MANDARIN.name),
        cache_folder=settings.cache_dir,
    )
