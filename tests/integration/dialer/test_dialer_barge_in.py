"""The bot is silent at the far end at once; with real speech: `python -m bench.barge_in`."""

from __future__ import annotations

from statistics import median

from bench.barge_in import measure, tones


async def test_the_far_end_hears_nothing_of_the_bot_100_ms_after_it_was_interrupted() -> None:
    silenced = await measure(tones(), calls=3, seed=1)
    assert len(silenced) == 3
    assert median(each.after_decision_ms for each in silenced) <= 100
    # Half a second may be a back-channel while its words are not known.
    assert median(each.silent_ms for each in silenced) <= 500 + 200 + 100
