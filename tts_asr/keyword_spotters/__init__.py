"""Keyword spotting: fixed phrases found in running speech while it is spoken."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from tts_asr.keyword_spotters.sherpa import SherpaKeywordSpotter
from tts_asr.keyword_spotters.syllables import SyllableSpotter
from tts_asr.keyword_spotters.together import SpottersTogether
from tts_asr.models import Models
from tts_asr.models.catalogue import STREAMING_MANDARIN
from tts_asr.ports import KeywordSpotter, Recognizer
from tts_asr.settings import SpeechSettings

_log = structlog.get_logger(__name__)


def load_keyword_spotter(
    settings: SpeechSettings, recognizer: Recognizer, phrases: Sequence[str]
) -> KeywordSpotter | None:
    """Load what finds these phrases; None, said plainly, where the streaming model is not on
    this machine (nothing is fetched: the recogniser's loading has tried)."""
    folder = Models(settings).find(STREAMING_MANDARIN.name)
    if folder is None:
        _log.warning(
            "keyword_spotter_missing",
            reason="the streaming model is not on this machine: only tones are recognised before "
            "the answer, and only beeps after it (outbound models fetch tries to get it)",
        )
        return None
    spotters: list[KeywordSpotter] = [SherpaKeywordSpotter(folder, phrases)]
    if recognizer.streaming:
        spotters.append(SyllableSpotter(recognizer, phrases))
    _log.info("keyword_spotter_loaded", spotters=[each.name for each in spotters])
    return SpottersTogether(spotters)
