"""Recognised tokens become syllables, syllables become the characters that were meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_asr.lexicon import phrases
from tts_asr.pinyin import Token, join_tokens, syllables_of, toneless
from tts_asr.pinyin_text import PinyinText


def _tokens(text: str) -> list[Token]:
    return [Token(part, index * 0.1) for index, part in enumerate(text.split())]


@pytest.mark.parametrize(
    ("tokens", "syllables"),
    [
        ("m ǎn y ì", ["man", "yi"]),
        ("èr sh í", ["er", "shi"]),
        ("n ǚ sh ì", ["nv", "shi"]),
        ("l üè", ["lve"]),
        ("b ù m", ["bu"]),
        ("n", []),
        ("", []),
    ],
)
def test_initials_and_finals_join(tokens: str, syllables: list[str]) -> None:
    assert [s.pinyin for s in join_tokens(_tokens(tokens))] == syllables


def test_a_syllable_ends_where_the_next_begins() -> None:
    first, second = join_tokens(
        [Token("m", 0.4), Token("ǎn", 0.64), Token("y", 0.8), Token("ì", 0.84)]
    )
    assert (first.start_s, first.end_s) == (0.4, 0.8)
    assert (second.start_s, second.end_s) == (0.8, 1.04)


def test_a_long_pause_does_not_stretch_a_syllable() -> None:
    first, _ = join_tokens([Token("èr", 1.0), Token("èr", 9.0)])
    assert first.end_s == 1.6


def test_tones_go_and_umlaut_is_v() -> None:
    assert toneless("ǎn") == "an"
    assert toneless("ǜ") == "v"
    assert syllables_of("绿，女2A！") == ("lv", "nv")


def test_every_phrase_is_written_one_character_a_syllable() -> None:
    writer = PinyinText()
    spoken = {phrase: syllables_of(phrase) for phrase in phrases()}
    assert {
        phrase for phrase, syllables in spoken.items() if len(syllables) != len(phrase)
    } == set()
    unlike = {
        p for p, syllables in spoken.items() if syllables_of(writer.write(syllables)) != syllables
    }
    assert unlike == set()


@pytest.mark.parametrize(
    "sentence",
    [
        "等待时间太长了",
        "非常不满意",
        "没有解决",
        "转人工服务",
        "发票开不出来",
        "八分",
        "说得太快听不清楚",
    ],
)
def test_what_people_say_is_written_right(sentence: str) -> None:
    assert PinyinText().write(syllables_of(sentence)) == sentence


@pytest.mark.parametrize(("syllable", "character"), [("shi", "十"), ("dui", "对"), ("er", "二")])
def test_one_syllable_alone_is_an_answer(syllable: str, character: str) -> None:
    assert PinyinText().write([syllable]) == character


def test_hints_come_first() -> None:
    assert PinyinText().write(["shi"]) == "十"
    assert PinyinText(["是"]).write(["shi"]) == "是"
    assert PinyinText(["水务局"]).write(["shui", "wu", "ju"]) == "水务局"
    assert PinyinText().write(["shui", "wu", "ju"]) == "税务局"


_SYLLABLES = st.sampled_from(
    ["man", "yi", "bu", "shi", "xyz", "A", "lve", "nv", "dui", "ng", "qing", "zhuan", "fei"]
)


@settings(deadline=None)  # the first example loads the word model
@given(st.lists(_SYLLABLES, max_size=8))
def test_always_one_entry_for_each_syllable(heard: list[str]) -> None:
    assert len(PinyinText(["不满意"]).characters(heard)) == len(heard)
