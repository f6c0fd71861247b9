"""The ear with the real detector and recogniser, on real telephone recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from campaigns.questionnaire.model import Question, QuestionType
from dialer.ports import FRAME_BYTES, FRAME_S
from dialer.turns.ear import Ear
from dialer.turns.utterance import Expectation, Words
from dialogs.understanding import is_whole_answer
from tests.peers import recordings
from tts_asr.errors import SpeechError
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voice_activity import VoiceActivity

GRADE = Question("grade", QuestionType.SATISFACTION, "请问您满意吗？")

pytestmark = recordings.needs_recordings


@pytest.fixture(scope="module")
def recognition() -> Iterator[RecognitionPool]:
    try:
        recognizer = load_recognizer(SpeechSettings())
    except SpeechError as error:
        pytest.skip(f"no recogniser: {error}")
    if not recognizer.streaming:
        pytest.skip("the streaming model is absent: outbound models fetch")
    with RecognitionPool(recognizer, 1) as pool:
        yield pool


def on_a_quiet_line(word: str) -> bytes:
    """Return the recording with a second of line noise before and two after it."""
    noise = np.random.default_rng(1).normal(0, 8, 3 * 8000).astype("<i2").tobytes()
    return noise[:16000] + recordings.word(word) + noise[16000:]


async def heard(pool: RecognitionPool, word: str) -> list[Words]:
    """Feed the recording in real time; return what was understood."""
    got: list[Words] = []
    ear = Ear(VoiceActivity(), pool, got.append)
    ear.expect(Expectation((), lambda text, sounds: is_whole_answer(GRADE, text, sounds)))
    pcm = on_a_quiet_line(word)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for index in range(len(pcm) // FRAME_BYTES):
        at = began + (index + 1) * FRAME_S
        await asyncio.sleep(max(0.0, at - loop.time()))
        ear.hear(pcm[index * FRAME_BYTES :][:FRAME_BYTES], index * FRAME_S, at)
    await ear.close()
    return got


@pytest.mark.parametrize(("word", "sounds"), [("满意", "man yi"), ("不满", "bu man")])
async def test_a_spoken_answer_is_one_utterance_with_its_span(
    recognition: RecognitionPool, word: str, sounds: str
) -> None:
    (words,) = await heard(recognition, word)
    assert " ".join(words.syllables) == sounds
    assert 1.0 <= words.start_s < words.end_s <= 2.6
    assert 0.3 <= words.end_s - words.start_s <= 1.3
