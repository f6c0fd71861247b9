"""Every keyword spotter keeps the port's promises on synthesised announcements and real speech."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.recordings import audio_folder, recordings
from tests.peers import g711, progress_tones
from tts_asr.errors import SpeechError
from tts_asr.keyword_spotters import load_keyword_spotter
from tts_asr.keyword_spotters.sherpa import SherpaKeywordSpotter
from tts_asr.keyword_spotters.syllables import SyllableSpotter
from tts_asr.models import Models
from tts_asr.models.catalogue import STREAMING_MANDARIN
from tts_asr.ports import KeywordSpotter, Synthesizer
from tts_asr.recognizers import load_recognizer
from tts_asr.recognizers.scripted import ScriptedRecognizer
from tts_asr.settings import SpeechSettings
from tts_asr.telephone_clip import for_telephone
from tts_asr.voices import load_synthesizer

PHRASES = ("号码不存在", "已停机", "已关机", "无法接通", "正在通话", "无人接听", "后留言")


@pytest.fixture(scope="module")
def folder() -> Path:
    found = Models(SpeechSettings()).find(STREAMING_MANDARIN.name)
    if found is None:
        pytest.skip("the streaming model is absent: outbound models fetch")
    return found


@pytest.fixture(scope="module", params=["sherpa", "syllables", "together"])
def spotter(request: pytest.FixtureRequest, folder: Path) -> KeywordSpotter:
    if request.param == "sherpa":
        return SherpaKeywordSpotter(folder, PHRASES)
    recognizer = load_recognizer(SpeechSettings.model_validate({"recognizer": "sherpa"}))
    if request.param == "syllables":
        return SyllableSpotter(recognizer, PHRASES)
    both = load_keyword_spotter(SpeechSettings(), recognizer, PHRASES)
    assert both is not None
    return both


@pytest.fixture(scope="module")
def voice() -> Synthesizer:
    try:
        return load_synthesizer(SpeechSettings.model_validate({"voice_engine": "kokoro"}))
    except SpeechError as error:
        pytest.skip(f"kokoro: {error}")


_RENDERED: dict[str, bytes] = {}


def announced(voice: Synthesizer, text: str) -> bytes:
    """Return the text as it comes off a telephone line."""
    if text not in _RENDERED:
        pcm = for_telephone(voice.synthesize(text, voice.voices[-1])).pcm
        _RENDERED[text] = g711.decode(g711.encode(progress_tones.noisy(pcm, 25.0)))
    return _RENDERED[text]


def found(spotter: KeywordSpotter, pcm: bytes) -> list[str]:
    stream = spotter.open()
    told = [each for at in range(0, len(pcm), 1600) for each in stream.feed(pcm[at : at + 1600])]
    return [keyword.phrase for keyword in (*told, *stream.finish())]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("您拨打的号码不存在。", "号码不存在"),
        ("您拨打的电话无法接通。", "无法接通"),
        ("您拨打的电话无人接听。", "无人接听"),
    ],
)
def test_a_phrase_of_an_announcement_is_found_once_and_no_other(
    spotter: KeywordSpotter, voice: Synthesizer, text: str, phrase: str
) -> None:
    assert found(spotter, announced(voice, text)) == [phrase]


def test_nothing_is_found_in_silence_tones_and_music(spotter: KeywordSpotter) -> None:
    assert found(spotter, progress_tones.silence(3.0)) == []
    assert found(spotter, progress_tones.tone("busy", 5.0)) == []
    assert found(spotter, progress_tones.music(8.0)) == []


def test_nothing_is_found_in_what_people_say(spotter: KeywordSpotter) -> None:
    folder = audio_folder()
    if folder is None:
        pytest.skip("no recordings: set OUTBOUND_TEST_AUDIO to a folder with transcripts.tsv")
    told = {recording.name: found(spotter, recording.pcm) for recording in recordings(folder)}
    assert {name: phrases for name, phrases in told.items() if phrases} == {}


def test_without_the_model_there_is_no_spotter(tmp_path: Path) -> None:
    settings = SpeechSettings(cache_dir=tmp_path, model_sources=(str(tmp_path / "none"),))
    assert load_keyword_spotter(settings, ScriptedRecognizer([]), PHRASES) is None
