from __future__ import annotations

import json
from pathlib import Path

import pytest

from campaigns.errors import InvalidInput
from campaigns.questionnaire.attributes import needed_attributes
from campaigns.questionnaire.document_map import fold
from campaigns.questionnaire.file import from_document, parse, to_document
from campaigns.questionnaire.model import CampaignKind, QuestionType

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))

GOOD = """\
format: outbound-questionnaire/1
id: short-survey
title: 简短问卷
kind: questionnaire
opening: >-
  {name}您好，本通话由人工智能合成语音播报，
  通话将被录音。
identity: 我是智能语音助手。
closing: 再见。
questions:
  - id: used
    type: yes_no
    text: 请问您用过吗？
  - id: channel
    type: single_choice
    when: used and 区域 == '青秀区'
    text: 您用哪一种？
    options:
      - {value: web, label: 网页, words: [电脑]}
      - {value: app, label: 手机}
  - id: score
    type: rating
    min: 0
    max: 10
    text: 您打几分？
"""


def problems_of(text: str) -> dict[int | None, str]:
    with pytest.raises(InvalidInput) as caught:
        parse(text)
    return {problem.line: problem.message for problem in caught.value.problems}


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_reads_every_field() -> None:
    questionnaire = parse(GOOD)
    assert questionnaire.kind is CampaignKind.QUESTIONNAIRE
    assert questionnaire.opening == "{name}您好，本通话由人工智能合成语音播报，通话将被录音。"
    channel = questionnaire.question("channel")
    assert channel.type is QuestionType.SINGLE_CHOICE
    assert [(o.value, o.label, o.words) for o in channel.options] == [
        ("web", "网页", ("电脑",)),
        ("app", "手机", ()),
    ]
    assert (questionnaire.question("score").minimum, channel.ask_limit) == (0, 3)
    assert needed_attributes(questionnaire) == {
        "name": "opening",
        "区域": "`when` of question channel",
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_read_and_survive_the_way_to_data_and_back(path: Path) -> None:
    questionnaire = parse(path.read_text())
    assert from_document(to_document(questionnaire)) == questionnaire


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("outbound-questionnaire/1", "outbound-questionnaire/3", 1, "did you mean outbound-"),
        ("id: short-survey", "id: Short Survey", 2, "small letters"),
        ("title: 简短问卷", "titel: 简短问卷", 3, "unknown key titel; did you mean title?"),
        ("kind: questionnaire", "kind: questionaire", 4, "did you mean questionnaire?"),
        ("人工智能", "机器", 5, "人工智能 (or AI)"),
        ("合成", "模拟", 5, "合成 (or 生成)"),
        ("录音", "保存", 5, "录音"),
        ("{name}您好", "{score}您好", 5, "{score} is not answered yet"),
        ("{name}您好", "{name您好", 5, "a brace is not closed"),
        ("{name}您好", "{first name}您好", 5, "no placeholder"),
        ("identity: 我是智能语音助手。", "identity:", 8, "identity is missing"),
        ("closing: 再见。", "closing: 12366", 9, "must be text"),
        ("type: yes_no", "type: yesno", 12, "did you mean yes_no?"),
        ("id: channel", "id: used", 14, "used by an earlier question"),
        ("id: channel", "id: 渠道", 14, "letter first"),
        ("when: used and", "when: score > 3 and", 16, "score is not answered yet"),
        ("when: used and 区域 == '青秀区'", "when: used and and", 16, "cannot be read"),
        ("value: app", "value: web", 20, "two options have the value web"),
        ("label: 手机", "label: 网页", 20, "two options have the label 网页"),
        ("words: [电脑]", "words: 电脑", 19, "list of texts"),
        ("min: 0", "min: 10", 23, "less than max"),
        ("min: 0", "min: 0.5", 23, "whole number"),
        ("    max: 10\n", "", 21, "a rating needs max"),
        ("type: rating", "type: text", 23, "min belongs to rating"),
        ("type: rating", "type: rating\n    required: maybe", 23, "true or false"),
        ("type: rating", "type: rating\n    ask_limit: 0", 23, "from 1 to 10"),
        ("type: yes_no", "type: note\n    confirm: true", 13, "does not apply"),
        ("type: yes_no", "type: yes_no\n    options: [{value: a, label: b}]", 13, "options belong"),
    ],
)
def test_names_the_line_and_the_mistake(old: str, new: str, line: int, message: str) -> None:
    assert message in problems_of(replaced(old, new))[line]


def test_finds_all_mistakes_in_one_pass() -> None:
    text = (
        replaced("type: rating", "type: ratng")
        .replace("录音", "保存")
        .replace("id: used", "id: Used")
    )
    assert sorted(line or 0 for line in problems_of(text)) == [5, 11, 22]


def test_one_mistake_is_told_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(replaced("text: 您打几分？", "text: 10"))
    assert [problem.line for problem in caught.value.problems] == [25]


def test_a_choice_without_options_is_refused() -> None:
    assert "at least one entry" in problems_of(replaced("type: yes_no", "type: single_choice"))[11]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: [", 1), ("a: 1\na: 2", 2), ("a: b: c", 1)],
)
def test_broken_yaml_names_the_line(text: str, line: int) -> None:
    assert line in problems_of(text)


@pytest.mark.parametrize("text", ["", "just words", "- a list", "\x00", "x" * 1_000_001])
def test_what_is_no_questionnaire_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(text)


def test_json_is_read_too() -> None:
    document = to_document(parse(GOOD))
    assert parse(json.dumps(document, ensure_ascii=False)) == parse(GOOD)


def test_folding_keeps_blanks_between_latin_words_only() -> None:
    assert fold("您好，\n  本通话由 AI  Voice 播报") == "您好，本通话由AI Voice播报"
