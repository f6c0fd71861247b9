"""Segments: what can be rendered ahead, and what is personal."""

from dataclasses import replace

from dialogs.phrases import STANDARD
from dialogs.prompts import fill, opening_parts, segments_of
from tests.fakes.talk import CALLBACK, SURVEY


def test_sentences_are_segments_and_only_clauses_with_names_are_personal() -> None:
    text = "{name}您好，这里是12366热线。您的期限是{deadline}，请您留意。\n  谢谢！"
    assert fill(text, {"name": "王女士", "deadline": "十五号"}) == (
        "王女士您好，",
        "这里是12366热线。",
        "您的期限是十五号，",
        "请您留意。",
        "谢谢！",
    )


def test_a_missing_attribute_is_left_out() -> None:
    assert fill("{name}您好，再见。", {}) == ("您好，", "再见。")
    assert fill("{name}。", {}) == ()


def test_the_opening_is_parted_behind_the_ai_and_recording_notice() -> None:
    notice, rest = opening_parts("您好。本通话由人工智能合成语音播报。通话将被录音。耽误您。", {})
    assert notice[-1] == "通话将被录音。"
    assert rest == ("耽误您。",)


def test_segments_differ_between_contacts_only_where_their_attributes_are_spoken() -> None:
    one = set(segments_of(CALLBACK, {"name": "王女士"}))
    other = set(segments_of(CALLBACK, {"name": "李先生"}))
    assert one - other == {"王女士您好，"}
    assert len(segments_of(CALLBACK, {})) == len(set(segments_of(CALLBACK, {})))


def test_what_pipes_in_an_answer_is_not_rendered_ahead() -> None:
    segments = segments_of(SURVEY, {})
    assert not any("您打几分" in each for each in segments)
    assert "手机应用" in segments
    assert "4分" in segments


def test_replaced_wordings_are_rendered_instead_of_the_standard_ones() -> None:
    segments = segments_of(replace(CALLBACK, phrases={"silence_1": "喂，在吗？"}), {})
    assert "喂，在吗？" in segments
    assert STANDARD["silence_1"] not in segments
