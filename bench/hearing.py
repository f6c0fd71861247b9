"""A recording heard as in a call, faster than real time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from campaigns.questionnaire.model import Questionnaire, QuestionType
from dialer.ports import FRAME_BYTES, FRAME_S, SAMPLE_RATE
from dialer.turns.ear import Ear
from dialer.turns.utterance import Expectation, Words
from dialogs.conversation.asking import listen
from dialogs.ports import Heard, Reading
from dialogs.understanding import is_whole_answer
from dialogs.understanding.expected import expected_phrases
from tts_asr.ports import RecognitionStream, Recognizer, Transcript
from tts_asr.voice_activity import VoiceActivity

_BEFORE_S, _AFTER_S = 0.6, 1.6
_LINE_NOISE = 8
_STEPS = 6
"""So often the loop runs behind each frame: enough for an utterance to do all it has to do."""


class _At:
    """A recognition stream whose work is done at once, where the caller stands."""

    def __init__(self, stream: RecognitionStream) -> None:
        self._stream = stream

    async def feed(self, pcm: bytes) -> Transcript:
        return self._stream.feed(pcm)

    async def finish(self) -> Transcript:
        return self._stream.finish()


class _Recognition:
    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer

    def open(self, hints: Sequence[str] = ()) -> _At:
        return _At(self._recognizer.open(hints))


async def hear(pcm: bytes, asked: Questionnaire, recognizer: Recognizer) -> Heard | None:
    """Return the turn a call would have heard after the only question of `asked`: the first
    utterance, None when there was none. Line noise is put around the recording."""
    question = asked.questions[0]
    got: list[Words] = []
    ear = Ear(VoiceActivity(), _Recognition(recognizer), got.append)

    def is_whole(text: str, syllables: tuple[str, ...]) -> bool:
        return is_whole_answer(question, text, syllables)

    free_text = question.type is QuestionType.TEXT
    hints = (*listen(question).hints, *expected_phrases(question))
    ear.expect(Expectation(hints, is_whole, free_text))
    line = _on_a_line(pcm)
    for index in range(len(line) // FRAME_BYTES):
        start_s = round(index * FRAME_S, 2)
        ear.hear(line[index * FRAME_BYTES :][:FRAME_BYTES], start_s, start_s + FRAME_S)
        for _ in range(_STEPS):
            await asyncio.sleep(0)
    await ear.cut(2.0)
    await ear.close()
    if not got:
        return None
    words = got[0]
    return Heard(
        words.text,
        words.syllables,
        words.confidence,
        words.start_s,
        words.end_s,
        readings=tuple(
            Reading(each.syllables, each.tones, each.probability) for each in words.readings
        ),
    )


def _on_a_line(pcm: bytes) -> bytes:
    noise = np.random.default_rng(1).normal(0, _LINE_NOISE, round(2.2 * SAMPLE_RATE))
    line = noise.astype("<i2").tobytes()
    before = round(_BEFORE_S * SAMPLE_RATE) * 2
    after = round(_AFTER_S * SAMPLE_RATE) * 2
    return line[:before] + pcm + line[-after:]
