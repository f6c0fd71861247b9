"""Every voice keeps the port's promises, and what it says can be understood on the telephone."""

from __future__ import annotations

import pytest

from bench.recordings import edits
from tests.fakes.voice import HummingVoice
from tests.peers import g711
from tts_asr.audio import level_dbfs, samples_of
from tts_asr.errors import ModelUnavailable, UnspeakableText, VoiceUnavailable
from tts_asr.normalization import speakable
from tts_asr.pinyin import syllables_of
from tts_asr.ports import Synthesizer
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.telephone_clip import for_telephone
from tts_asr.voices import load_synthesizer

_REAL: dict[str, Synthesizer] = {}


def _real(engine: str) -> Synthesizer:
    if engine not in _REAL:
        try:
            settings = SpeechSettings.model_validate({"voice_engine": engine})
            _REAL[engine] = load_synthesizer(settings)
        except (ModelUnavailable, VoiceUnavailable) as unavailable:
            pytest.skip(f"{engine}: {unavailable}")
    return _REAL[engine]


@pytest.fixture(params=["humming", "espeak", "kokoro"])
def voice(request: pytest.FixtureRequest) -> Synthesizer:
    return HummingVoice() if request.param == "humming" else _real(request.param)


def test_speaks(voice: Synthesizer) -> None:
    clip = voice.synthesize("您好", voice.voices[0])
    assert clip.rate >= 8000
    assert len(clip.pcm) % 2 == 0
    assert 0.3 < clip.seconds < 4.0
    assert level_dbfs(samples_of(clip.pcm)) > -50.0


def test_faster_is_shorter(voice: Synthesizer) -> None:
    slow = voice.synthesize("感谢您的配合", voice.voices[0], 0.8)
    fast = voice.synthesize("感谢您的配合", voice.voices[0], 1.3)
    assert fast.seconds < slow.seconds


def test_says_what_it_is(voice: Synthesizer) -> None:
    assert voice.name
    assert voice.version
    assert voice.voices


@pytest.mark.parametrize("engine", ["espeak", "kokoro"])
def test_nothing_to_say_is_refused(engine: str) -> None:
    voice = _real(engine)
    with pytest.raises(UnspeakableText):
        voice.synthesize("……", voice.voices[0])


def test_kokoro_refuses_a_voice_it_does_not_have() -> None:
    with pytest.raises(VoiceUnavailable, match="zf_xiaoxiao"):
        _real("kokoro").synthesize("您好", "somebody")


def test_each_way_of_speaking_is_different() -> None:
    kokoro = _real("kokoro")
    woman = kokoro.synthesize("您好", "zf_xiaoxiao")
    assert woman == kokoro.synthesize("您好", "zf_xiaoxiao")
    assert woman != kokoro.synthesize("您好", "zm_yunxi")


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("zf_xiaoxiao", "这里是南宁税务12366纳税服务热线，通话将被录音。"),
        ("zf_xiaoxiao", "请问您对我们的服务满意吗？"),
        ("zm_yunxi", "没有解决，等待时间太长了。"),
    ],
)
def test_kokoro_is_understood_through_the_telephone(speaker: str, text: str) -> None:
    try:
        recognizer = load_recognizer(SpeechSettings.model_validate({"recognizer": "sherpa"}))
    except ModelUnavailable as unavailable:
        pytest.skip(str(unavailable))
    clip = for_telephone(_real("kokoro").synthesize(text, speaker))
    stream = recognizer.open()
    stream.feed(bytes(3200) + g711.decode(g711.encode(clip.pcm)) + bytes(3200))
    wanted = syllables_of(speakable(text))
    assert edits(wanted, stream.finish().syllables) / len(wanted) < 0.15
