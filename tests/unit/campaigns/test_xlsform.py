"""XLSForms become questionnaires, and what cannot is told by row and column."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import InvalidInput
from campaigns.questionnaire.condition import evaluate, names
from campaigns.questionnaire.file import parse
from campaigns.questionnaire.model import QuestionType as Type
from campaigns.questionnaire.xlsform.expression import Names, NotTranslated, translate
from campaigns.questionnaire.xlsform.form import ImportedForm, import_form

SURVEY = [
    ["type", "name", "label::中文 (zh)", "label::English (en)", "hint", "required", "relevant",
     "constraint", "constraint_message", "calculation", "choice_filter", "parameters"],
    ["start", "start"],
    ["note", "hello", "您好", "Hello"],
    ["select_one yes_no", "Visited", "您最近来过吗？是还是否？", "?", "来过就说是。", "yes"],
    ["begin_group", "visit", "", "", "", "", "${Visited} = 'yes'"],
    ["select_one city", "city", "哪个城市？南宁还是桂林？", "", "", "yes"],
    ["select_one office", "office", "哪个大厅？", "", "", "", "", "", "", "", "city=${city}"],
    ["select_multiple business", "business", "办了什么？申报、发票", "", "", "true()", "", "", "",
     "", "", "randomize=true"],
    ["integer", "minutes", "用了几分钟？", "", "", "yes", "selected(${business}, 'filing')",
     ". > 0 and . <= 600", "请说一到六百。"],
    ["calculate", "hours", "", "", "", "", "", "", "", "round(${minutes} div 60, 1)"],
    ["end_group"],
    ["text", "why", "为什么等了${hours}小时？", "", "", "",
     "${hours} > 1 or not(selected(${business}, 'filing'))"],
    ["range", "score", "打几分？", "", "", "", "", "", "", "", "", "start=0 end=10 step=1"],
]  # fmt: skip
CHOICES = [
    ["list_name", "name", "label::中文 (zh)", "city"],
    ["yes_no", "yes", "是"],
    ["yes_no", "no", "否"],
    ["city", "nn", "南宁"],
    ["city", "gl", "桂林"],
    ["office", "qx", "青秀大厅", "nn"],
    ["office", "xs", "象山大厅", "gl"],
    ["business", "filing", "申报"],
    ["business", "invoice", "发票"],
]
SETTINGS = [["form_title", "form_id", "default_language"], ["大厅调查", "Hall Survey", "中文 (zh)"]]


def workbook(
    folder: Path,
    survey: list[list[Any]] = SURVEY,
    choices: list[list[Any]] = CHOICES,
    settings: list[list[Any]] = SETTINGS,
) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "form.xlsx"
    book.save(path)
    return path


def problems(path: Path, **options: Any) -> dict[tuple[int | None, str | None], str]:
    with pytest.raises(InvalidInput) as caught:
        import_form(path, **options)
    return {(each.row, each.column): each.message for each in caught.value.problems}


def imported(folder: Path, *rows: list[Any], **options: Any) -> ImportedForm:
    return import_form(workbook(folder, [SURVEY[0], *rows]), **options)


def test_a_form_with_all_we_have_is_taken_over(tmp_path: Path) -> None:
    form = import_form(workbook(tmp_path))
    found = form.questionnaire
    assert (found.id, found.title) == ("hall-survey", "大厅调查")
    assert parse(form.text) == found
    assert [(each.id, each.type) for each in found.questions] == [
        ("hello", Type.NOTE), ("visited", Type.SINGLE_CHOICE), ("city", Type.SINGLE_CHOICE),
        ("office", Type.SINGLE_CHOICE), ("business", Type.MULTIPLE_CHOICE),
        ("minutes", Type.NUMBER), ("why", Type.TEXT), ("score", Type.RATING),
    ]  # fmt: skip
    assert found.question("visited").text == "您最近来过吗？是还是否？"
    assert found.question("visited").explain == "来过就说是。"
    assert found.group("visit").when == "visited == 'yes'"
    assert [each.group for each in found.questions[2:7]] == ["visit"] * 4 + [None]
    assert [option.when for option in found.question("office").options] == [
        "'nn' == city", "'gl' == city",
    ]  # fmt: skip
    business, minutes = found.question("business"), found.question("minutes")
    assert business.shuffle
    assert business.required
    assert minutes.when == "'filing' in business"
    assert minutes.constraint == "value > 0 and value <= 600"
    assert minutes.constraint_message == "请说一到六百。"
    assert found.computed == {"hours": "round(minutes / 60, 1)"}
    why = found.question("why")
    assert why.text == "为什么等了{hours}小时？"
    assert why.when == "hours > 1 or not ('filing' in business)"
    assert not why.required
    assert (found.question("score").minimum, found.question("score").maximum) == (0, 10)


def test_what_is_changed_is_told(tmp_path: Path) -> None:
    warnings = {(each.row, each.column): each.message for each in import_form(
        workbook(tmp_path)
    ).warnings}  # fmt: skip
    assert "call's own record" in warnings[2, "type"]
    assert "visited" in warnings[4, "name"]
    assert "standard text" in warnings[2, "opening"]


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (["geopoint", "where", "在哪里？"], "type", "geopoint cannot be asked"),
        (["begin_repeat", "each", "每个"], "type", "for_each"),
        (["select_one nowhere", "a", "哪个？"], "type", "has no two choices"),
        (["select_one city or_other", "a", "哪个？"], "type", "or_other"),
        (["text", "", "说什么？"], "name", "is missing"),
        (["text", "a", ""], "label", "is missing"),
        (["text", "a", "${later}吗？"], "label::中文 (zh)", ""),
        (["text", "a", "吗？", "", "", "", "${later} = 1"], "relevant", "not answered yet"),
        (["text", "a", "吗？", "", "", "", "${nobody} = 1"], "relevant", "no question of the form"),
        (["text", "a", "吗？", "", "", "", "today() > 1"], "relevant", "today() is not known"),
        (["text", "a", "吗？", "", "", "", "(1 = 1"], "relevant", "is missing"),
        (["integer", "a", "几？", "", "", "", "", "regex(., '^1')"], "constraint", "regex()"),
        (["calculate", "a", "", "", "", "", "", "", "", ""], "calculation", "needs a name"),
        (["end_group"], "type", "closes no group"),
        (["begin_group", "g", ""], "type", "is not closed"),
        (["range", "a", "几？", "", "", "", "", "", "", "", "", "start=0 end=1 step=0.5"],
         "parameters", "steps of 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_told_by_its_cell(
    tmp_path: Path, row: list[Any], column: str, message: str
) -> None:
    path = workbook(tmp_path, [SURVEY[0], row, ["text", "later", "后来呢？"]])
    found = problems(path)
    if message:
        assert message in found[2, column]
    else:
        assert any(at == 2 for at, _ in found)


def test_questions_the_telephone_has_not_can_be_left_out(tmp_path: Path) -> None:
    rows = [["image", "photo", "拍照"], ["text", "a", "说什么？"]]
    form = imported(tmp_path, *rows, skip_unsupported=True)
    assert [each.id for each in form.questionnaire.questions] == ["a"]
    rows[1] += ["", "", "", "${photo} != ''"]
    path = workbook(tmp_path, [SURVEY[0], *rows])
    assert "was left out" in problems(path, skip_unsupported=True)[3, "relevant"]


def test_a_zip_bomb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (60 << 20))
    with pytest.raises(InvalidInput, match="unpacks to 60 MB"):
        import_form(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        import_form(path)


def test_too_many_rows_and_too_long_cells_are_refused(tmp_path: Path) -> None:
    many = [["text", f"q{number}", "吗？"] for number in range(5001)]
    with pytest.raises(InvalidInput, match="more than 5000 rows"):
        import_form(workbook(tmp_path, [SURVEY[0], *many]))
    with pytest.raises(InvalidInput, match="row 2: a cell is longer"):
        import_form(workbook(tmp_path, [SURVEY[0], ["text", "a", "长" * 5001]]))
    with pytest.raises(InvalidInput, match="no sheet `survey`"):
        import_form(workbook(tmp_path, []))


NAMES = Names({"a": "a", "B": "b", "many": "many"}, frozenset({"many"}), {"city": "nn"})


@pytest.mark.parametrize(
    ("xpath", "ours"),
    [
        ("${a} = 1 and ${B} != 'x'", "a == 1 and b != 'x'"),
        ("selected(${a}, 'x')", "a == 'x'"),
        ("selected(${many}, 'x')", "'x' in many"),
        ("count-selected(${many}) >= 2", "count(many) >= 2"),
        ("if(${a} > 1, 2, -3)", "choose(a > 1, 2, -3)"),
        ("coalesce(${a}, 0) + 1", "choose(answered(a), a, 0) + 1"),
        ("${a} = ''", "not answered(a)"),
        ("'' != ${a}", "answered(a)"),
        ("not(${a} = 1 or true())", "not (a == 1 or True)"),
        ("(${a} + 2) * 3 div 4 mod 5", "(a + 2) * 3 / 4 % 5"),
        (".>=0 and .<=10", "value >= 0 and value <= 10"),
        ("city = ${a}", "'nn' == a"),
        ("${a} = “x”", "a == 'x'"),
        ("number(${a}) > 1.5", "a > 1.5"),
    ],
)
def test_expressions(xpath: str, ours: str) -> None:
    assert translate(xpath, NAMES) == ours
    names(ours)


@given(st.text(alphabet="${aB} =<>!'().,+-*1selctdnorif", max_size=40))
def test_any_text_is_translated_to_a_condition_or_refused(xpath: str) -> None:
    with contextlib.suppress(NotTranslated, InvalidInput):
        assert evaluate(translate(xpath, NAMES), {"a": 1, "b": "x", "many": ["x"]}) in {True, False}


@pytest.mark.parametrize("xpath", ["(" * 400 + "1" + ")" * 400, "1 + " * 200 + "1", "not(" * 100])
def test_what_is_too_long_or_deep_is_refused(xpath: str) -> None:
    with pytest.raises(NotTranslated, match="too long"):
        translate(xpath, NAMES)
