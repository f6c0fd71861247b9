"""Real speech, loud and soft, is noticed soon after it begins; the pause before it is not."""

from __future__ import annotations

import numpy as np
import pytest

from bench.recordings import Recording, audio_folder, recordings
from tts_asr.audio import pcm_of, samples_of
from tts_asr.voice_activity import SpeechSpans, VoiceActivity


@pytest.fixture(scope="module")
def words() -> list[Recording]:
    folder = audio_folder()
    if folder is None:
        pytest.skip("no recordings: set OUTBOUND_TEST_AUDIO to a folder with transcripts.tsv")
    return [recording for recording in recordings(folder) if recording.kind == "words"]


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.1])
def test_every_word_is_noticed(words: list[Recording], gain: float) -> None:
    softer = {w.text: pcm_of(samples_of(w.pcm) * np.float32(gain)) for w in words}
    assert [text for text, pcm in softer.items() if SpeechSpans().around(pcm) is None] == []


def test_a_word_after_a_pause_is_noticed_within_120_ms(words: list[Recording]) -> None:
    late = {}
    for word in words:
        samples = samples_of(word.pcm)
        onset = int(np.flatnonzero(np.abs(samples) > 0.2 * np.abs(samples).max())[0])
        activity = VoiceActivity()
        pcm = bytes(32000) + word.pcm
        frames = [pcm[at : at + 320] for at in range(0, len(pcm) - 319, 320)]
        noticed = [i for i, frame in enumerate(frames) if activity.feed(frame) > 0.5]
        assert noticed, word.text
        late[word.text] = (noticed[0] + 1) * 0.02 - 2.0 - onset / 8000
    assert np.median(list(late.values())) < 0.12
    assert max(late.values()) < 0.4, late
