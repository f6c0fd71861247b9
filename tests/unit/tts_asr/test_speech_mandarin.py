"""Words and names are read as people in Nanning read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tts_asr.voices.kokoro import pieces_of
from tts_asr.voices.mandarin import Mandarin


@pytest.fixture(scope="module")
def mandarin(tmp_path_factory: pytest.TempPathFactory) -> Mandarin:
    return Mandarin(Path(tmp_path_factory.mktemp("words")))


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("等待时间太长", "deng3 dai4 shi2 jian1 tai4 chang2"),
        ("重复一遍", "chong2 fu4 yi2 bian4"),
        ("银行", "yin2 hang2"),
        ("不行", "bu4 xing2"),
        ("还没有解决", "hai2 mei2 you3 jie3 jue2"),
        ("还是不满意", "hai2 shi4 bu4 man3 yi4"),
        ("税率", "shui4 lv4"),
        ("会计", "kuai4 ji4"),
        ("单女士您好", "shan4 nv3 shi4 nin2 hao3"),
        ("曾先生", "zeng1 xian1 sheng1"),
        ("简单", "jian3 dan1"),
        ("曾经", "ceng2 jing1"),
    ],
)
def test_readings(mandarin: Mandarin, text: str, readings: str) -> None:
    assert " ".join(mandarin.readings(text)) == readings


def test_phonemes_carry_tones_pauses_and_letters(mandarin: Mandarin) -> None:
    phonemes = mandarin.phonemes("您好，AI。")
    assert "↗" in phonemes
    assert "↓" in phonemes
    assert phonemes.endswith(", ˈA ˈI.")


def test_nothing_to_say_has_no_phonemes(mandarin: Mandarin) -> None:
    assert mandarin.phonemes("……《》 ") in ("", "…")


def test_long_sentences_are_cut_at_commas_and_nothing_is_lost() -> None:
    sentence = "这里是纳税服务热线，" * 12 + "再见。"
    pieces = list(pieces_of("您好。" + sentence))
    assert pieces[0] == "您好。"
    assert "".join(pieces) == "您好。" + sentence
    assert max(map(len, pieces)) <= 60
