"""Every recogniser keeps the port's promises: the scripted one and each real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import Recording, audio_folder, edits, recordings
from tts_asr.audio import pcm_of
from tts_asr.errors import ModelUnavailable, RecognitionClosed
from tts_asr.models import Models
from tts_asr.models.catalogue import STREAMING_MANDARIN, WHISPER_BASE
from tts_asr.ports import Recognizer, Transcript
from tts_asr.recognizers import choose_recognizer, fetch_recognizer, load_recognizer
from tts_asr.recognizers.scripted import ScriptedRecognizer
from tts_asr.settings import SpeechSettings

_CLEAR = ("满意", "不满", "可以", "没有", "人工", "不行", "不用", "再见", "谢谢", "需要")
_REAL: dict[str, Recognizer] = {}


def _real(engine: str) -> Recognizer:
    if engine not in _REAL:
        try:
            settings = SpeechSettings.model_validate({"recognizer": engine})
            _REAL[engine] = load_recognizer(settings)
        except ModelUnavailable as unavailable:
            pytest.skip(f"{engine}: {unavailable}")
    return _REAL[engine]


Hearing = Callable[[str], Recognizer]


@pytest.fixture(params=["scripted", "sherpa", "whisper"])
def hearing(request: pytest.FixtureRequest) -> Hearing:
    """A recogniser that can hear the text that is going to be played."""
    if request.param == "scripted":
        return lambda text: ScriptedRecognizer([text])
    recognizer = _real(request.param)
    return lambda _: recognizer


@pytest.fixture(scope="module")
def spoken() -> dict[str, Recording]:
    folder = audio_folder()
    if folder is None:
        pytest.skip("no recordings: set OUTBOUND_TEST_AUDIO to a folder with transcripts.tsv")
    return {recording.name: recording for recording in recordings(folder)}


def _play(recognizer: Recognizer, pcm: bytes, *hints: str) -> tuple[list[Transcript], Transcript]:
    stream = recognizer.open(hints)
    partials = [stream.feed(pcm[at : at + 320]) for at in range(0, len(pcm), 320)]
    return partials, stream.finish()


def test_hears_a_word(hearing: Hearing, spoken: dict[str, Recording]) -> None:
    partials, heard = _play(hearing("满意"), spoken["满意"].pcm, "满意", "不满意")
    assert heard.text == "满意"
    assert heard.syllables == ("man", "yi")
    assert heard.final
    assert not any(partial.final for partial in partials)
    assert 0.3 < heard.confidence <= 1.0


def test_words_lie_inside_the_audio_in_order(
    hearing: Hearing, spoken: dict[str, Recording]
) -> None:
    recording = spoken["没有"]
    _, heard = _play(hearing("没有"), recording.pcm, "没有", "有")
    assert "".join(word.text for word in heard.words) == heard.text
    times = [time for word in heard.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 0.0 <= times[0] < times[-1] <= recording.seconds + 0.3


def test_partials_come_before_the_end_where_it_streams(
    hearing: Hearing, spoken: dict[str, Recording]
) -> None:
    recognizer = hearing("满意")
    partials, heard = _play(recognizer, spoken["满意"].pcm + bytes(8000), "满意")
    assert (partials[-1].syllables == heard.syllables) is recognizer.streaming


@pytest.mark.parametrize("noise_dbfs", [None, -55.0, -40.0])
@pytest.mark.parametrize("seconds", [1, 5])
def test_hears_nothing_in_silence(hearing: Hearing, noise_dbfs: float | None, seconds: int) -> None:
    pcm = bytes(16000 * seconds)
    if noise_dbfs is not None:
        noise = np.random.default_rng(3).standard_normal(8000 * seconds) * 10 ** (noise_dbfs / 20)
        pcm = pcm_of(noise.astype(np.float32))
    _, heard = _play(hearing("满意"), pcm, "满意", "不满意")
    assert (heard.text, heard.syllables, heard.words) == ("", (), ())
    assert heard.final
    assert heard.confidence == 0.0


def test_an_utterance_without_audio_is_empty(hearing: Hearing) -> None:
    heard = hearing("满意").open().finish()
    assert (heard.text, heard.final) == ("", True)


def test_finished_is_finished(hearing: Hearing) -> None:
    stream = hearing("满意").open()
    stream.feed(bytes(320))
    assert stream.finish() == stream.finish()
    with pytest.raises(RecognitionClosed):
        stream.feed(bytes(320))


def test_two_calls_do_not_hear_each_other(spoken: dict[str, Recording]) -> None:
    recognizer = _real("sherpa")
    first, second = recognizer.open(), recognizer.open()
    one, two = spoken["满意"].pcm, spoken["人工"].pcm
    for at in range(0, max(len(one), len(two)), 320):
        first.feed(one[at : at + 320])
        second.feed(two[at : at + 320])
    assert first.finish().syllables == ("man", "yi")
    assert second.finish().syllables == ("ren", "gong")


@pytest.mark.parametrize("word", _CLEAR)
def test_clear_words_come_out_right(spoken: dict[str, Recording], word: str) -> None:
    if word not in spoken:
        pytest.skip(f"no recording of {word}")
    _, heard = _play(_real("sherpa"), spoken[word].pcm)
    assert heard.syllables == spoken[word].syllables
    assert heard.text == word


def test_most_short_words_come_out_right(spoken: dict[str, Recording]) -> None:
    recognizer = _real("sherpa")
    words = [recording for recording in spoken.values() if recording.kind == "words"]
    wrong = sum(edits(w.syllables, _play(recognizer, w.pcm)[1].syllables) for w in words)
    assert wrong / sum(len(word.syllables) for word in words) < 0.1


def _only(model: str, tmp_path: Path) -> SpeechSettings:
    """An installation that has this model and no source for another."""
    folder = Models(SpeechSettings()).find(model)
    if folder is None:
        pytest.skip(f"the model {model} is not on this machine")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / model).symlink_to(folder)
    return SpeechSettings(cache_dir=tmp_path, model_sources=())


def test_the_streaming_model_is_preferred(tmp_path: Path) -> None:
    choice = choose_recognizer(_only(STREAMING_MANDARIN.name, tmp_path))
    assert (choice.name, choice.folder.name) == ("sherpa", STREAMING_MANDARIN.name)


def test_without_it_whisper_is_used_and_says_so(tmp_path: Path) -> None:
    choice = choose_recognizer(_only(WHISPER_BASE.name, tmp_path))
    assert choice.name == "whisper"
    assert "the streaming model is not on this machine" in choice.reason


def test_fetching_tries_for_the_streaming_model_though_whisper_is_there(tmp_path: Path) -> None:
    streaming = Models(SpeechSettings()).find(STREAMING_MANDARIN.name)
    if streaming is None:
        pytest.skip(f"the model {STREAMING_MANDARIN.name} is not on this machine")
    settings = _only(WHISPER_BASE.name, tmp_path)
    settings = settings.model_copy(update={"model_sources": (str(streaming.parent),)})
    assert choose_recognizer(settings).name == "whisper"
    assert fetch_recognizer(settings).name == "sherpa"
    assert choose_recognizer(settings).name == "sherpa"


def test_insisting_on_a_model_that_cannot_be_had_is_an_error(tmp_path: Path) -> None:
    settings = _only(WHISPER_BASE.name, tmp_path).model_copy(update={"recognizer": "sherpa"})
    with pytest.raises(ModelUnavailable, match=STREAMING_MANDARIN.name):
        choose_recognizer(settings)


def test_other_ways_to_hear_a_word_are_told_with_their_tones(
    spoken: dict[str, Recording],
) -> None:
    _, heard = _play(_real("sherpa"), spoken["三"].pcm)
    assert heard.readings[0].syllables == heard.syllables
    assert len(heard.readings) > 1
    assert 0.9 < sum(reading.probability for reading in heard.readings) <= 1.001
    assert all(len(each.tones) == len(each.syllables) for each in heard.readings)
    assert ("san",) in [reading.syllables for reading in heard.readings]
