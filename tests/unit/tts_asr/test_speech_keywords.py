"""Keyword spotting without models: phrases as tokens, and phrases in syllables."""

from __future__ import annotations

import pytest

from tests.peers.sound import tone
from tts_asr.keyword_spotters.sherpa import tokens_of
from tts_asr.keyword_spotters.syllables import SyllableSpotter, where
from tts_asr.keyword_spotters.together import SpottersTogether
from tts_asr.pinyin import syllables_of
from tts_asr.recognizers.scripted import ScriptedRecognizer


@pytest.mark.parametrize(
    ("phrase", "tokens"),
    [
        ("空号", "k ōng h ào"),
        ("已关机", "y ǐ g uān j ī"),
        ("无人接听", "w ú r én j iē t īng"),
        ("欠费", "q iàn f èi"),
        ("语音信箱", "y ǔ y īn x ìn x iāng"),
    ],
)
def test_a_phrase_as_the_models_tokens(phrase: str, tokens: str) -> None:
    assert " ".join(tokens_of(phrase)) == tokens


def score(phrase: str, heard: str) -> float:
    return where(syllables_of(phrase), syllables_of(heard)).score


@pytest.mark.parametrize(
    ("phrase", "heard"),
    [
        ("无法接通", "您拨打的用户暂时无法接通请稍后"),
        ("不在服务区", "用户不在胡务区"),
        ("通信助理", "我是冬信助理"),
        ("请在滴声后留言", "请在提升后留言"),
    ],
)
def test_a_phrase_is_found_where_it_is_a_little_blurred(phrase: str, heard: str) -> None:
    assert score(phrase, heard) > 0.0


@pytest.mark.parametrize(
    ("phrase", "heard"),
    [
        ("已停机", "已关机"),
        ("用户已停机", "用户已启用"),
        ("用户忙", "用户名"),
        ("是空号", "是空调"),
        ("无人接听", "无法接通"),
        ("正在通话中", "正在为您接通"),
        ("号码不存在", "欢迎致电广西建筑公司"),
    ],
)
def test_another_phrase_is_not_taken_for_it(phrase: str, heard: str) -> None:
    assert score(phrase, heard) == 0.0


def test_the_place_of_a_phrase_is_where_it_ends() -> None:
    assert where(("b", "c"), ("a", "b", "c", "d")).score == 1.0
    assert where(("b", "c"), ("a", "b", "c", "d")).end == 3


def spoken(text: str) -> bytes:
    """Sound as long as a scripted recogniser needs to hear the text."""
    return tone(300.0, 0.2 * len(text) + 0.05)


def found(text: str, *phrases: str) -> list[str]:
    stream = SyllableSpotter(ScriptedRecognizer([text]), phrases).open()
    sound = spoken(text)
    told = [
        each for at in range(0, len(sound), 1600) for each in stream.feed(sound[at : at + 1600])
    ]
    return [each.phrase for each in (*told, *stream.finish())]


def test_each_phrase_is_told_once_while_it_is_spoken() -> None:
    assert found("您拨打的号码不存在请核对", "号码不存在", "无法接通") == ["号码不存在"]


def test_of_two_phrases_that_sound_alike_the_better_is_told() -> None:
    assert found("暂时无法接听您的电话", "无法接通", "无法接听") == ["无法接听"]


def test_several_spotters_tell_a_phrase_once() -> None:
    spotters = [SyllableSpotter(ScriptedRecognizer(["电话已关机"]), ["已关机"]) for _ in range(2)]
    stream = SpottersTogether(spotters).open()
    told = [*stream.feed(spoken("电话已关机")), *stream.finish()]
    assert [each.phrase for each in told] == ["已关机"]
