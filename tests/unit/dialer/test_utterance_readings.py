from dialer.turns.utterance import joined
from tts_asr.ports import Reading


def _reading(syllable: str, tone: str, probability: float) -> Reading:
    return Reading((syllable,), tone, probability)


def test_parts_said_one_after_the_other_multiply() -> None:
    ways = joined(
        [(_reading("san", "1", 0.75), _reading("fan", "1", 0.25)), (_reading("fen", "1", 1.0),)]
    )
    assert [(way.syllables, way.tones, way.probability) for way in ways] == [
        (("san", "fen"), "11", 0.75),
        (("fan", "fen"), "11", 0.25),
    ]


def test_a_part_without_readings_leaves_none() -> None:
    assert joined([(_reading("san", "1", 1.0),), ()]) == ()
    assert joined([]) == ()


def test_no_more_than_sixteen_are_kept() -> None:
    part = tuple(_reading("a", str(tone), 0.2) for tone in range(1, 6))
    assert len(joined([part, part])) == 16
