import math
from collections.abc import Sequence

import numpy as np
import pytest

from tts_asr.recognizers.beam_search import BeamSearch
from tts_asr.recognizers.zipformer import Row

NAMES = ("<blk>", "<sos>", "<unk>", "f", "s", "ān")


def _row(**probabilities: float) -> Row:
    rest = 1.0 - sum(probabilities.values())
    return np.array(
        [max(1e-9, probabilities.get(name, rest if name == "<blk>" else 0.0)) for name in NAMES]
    )


def _heard(rows: Sequence[Row], width: int = 4) -> list[tuple[str, float]]:
    def log_probs(row: Row, contexts: Sequence[tuple[int, int]]) -> Row:
        return np.log(np.repeat(row[np.newaxis], len(contexts), axis=0)).astype(np.float32)

    search = BeamSearch(log_probs, width=width)
    for row in rows:
        search.feed(row)
    return [
        (" ".join(token.text for token in path.heard(NAMES)), math.exp(path.log_prob))
        for path in search.paths
    ]


def test_the_second_best_is_told_with_its_probability() -> None:
    heard = _heard([_row(f=0.6, s=0.4), _row(ān=1.0)])
    assert [words for words, _ in heard[:2]] == ["f ān", "s ān"]
    assert [share for _, share in heard[:2]] == pytest.approx([0.6, 0.4], abs=1e-3)


def test_paths_that_meet_add_up() -> None:
    heard = dict(_heard([_row(f=0.5), _row(f=0.5)]))
    assert heard["f"] == pytest.approx(0.5, abs=1e-3)
    assert heard[""] == pytest.approx(0.25, abs=1e-3)


def test_the_width_bounds_the_paths() -> None:
    assert len(_heard([_row(f=0.3, s=0.3)] * 5, width=3)) == 3


def test_tokens_know_when_they_began() -> None:
    def log_probs(row: Row, contexts: Sequence[tuple[int, int]]) -> Row:
        return np.log(np.repeat(row[np.newaxis], len(contexts), axis=0)).astype(np.float32)

    search = BeamSearch(log_probs)
    for row in (_row(), _row(s=1.0), _row(), _row(ān=1.0)):
        search.feed(row)
    assert [(token.text, token.at_s) for token in search.paths[0].heard(NAMES)] == [
        ("s", 0.04),
        ("ān", 0.12),
    ]
