from __future__ import annotations

import csv
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from campaigns.answer import Answer
from campaigns.export_file import open_export
from campaigns.export_table import ExportTable, TaskFacts, label_of, value_text
from campaigns.questionnaire.file import parse
from campaigns.questionnaire.model import Option, Question, QuestionType
from tests.fakes.running_campaign import QUESTIONNAIRE

SURVEY = parse((Path(__file__).parents[3] / "examples" / "service_quality.yaml").read_text("utf-8"))
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "{=1}", "http://example.org", "plain"]


def test_csv_is_excels_and_runs_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    file = open_export(path, "csv", parse(QUESTIONNAIRE))
    file.write([["文本", "数"], *([text, -3] for text in EVIL)])
    file.close()
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))
    assert rows[0] == ["文本", "数"]
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in EVIL[:5]] + EVIL[5:]
    assert {row[1] for row in rows[1:]} == {"-3"}


def test_xlsx_keeps_texts_as_texts_and_explains_the_questions(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    file = open_export(path, "xlsx", parse(QUESTIONNAIRE))
    file.write([["文本", "数"], *([text, -3] for text in EVIL)])
    file.write([["more", None]])
    file.close()
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["attempts", "questions"]
    cells = [row[0] for row in book["attempts"].iter_rows()]
    assert [cell.value for cell in cells] == ["文本", *EVIL, "more"]
    assert {cell.data_type for cell in cells} == {"s"}
    assert book["attempts"]["B2"].value == -3
    assert [cell.value for cell in book["questions"][4]][3] == "web=网页；app=手机"


@pytest.mark.parametrize(
    ("value", "cell"),
    [(True, 1), (False, 0), (None, None), (5, 5), (2.5, 2.5), (["a", "b"], "a;b"), ("x", "x")],
)
def test_values_are_one_cell(value: object, cell: object) -> None:
    assert value_text(value) == cell


@pytest.mark.parametrize(
    ("type_", "value", "label"),
    [
        (QuestionType.SATISFACTION, 5, "非常满意"),
        (QuestionType.SATISFACTION, 1, "非常不满意"),
        (QuestionType.YES_NO, False, "否"),
        (QuestionType.SINGLE_CHOICE, "a", "甲"),
        (QuestionType.MULTIPLE_CHOICE, ["a", "b"], "甲；乙"),
        (QuestionType.NUMBER, 3, None),
        (QuestionType.YES_NO, None, None),
    ],
)
def test_labels_say_what_a_value_means(type_: QuestionType, value: object, label: str) -> None:
    options = (Option("a", "甲"), Option("b", "乙")) if "choice" in type_.value else ()
    assert label_of(Question("q", type_, "?", options), value) == label


def test_loops_and_what_is_computed_have_columns_of_their_own(tmp_path: Path) -> None:
    table = ExportTable(SURVEY, ZoneInfo("Asia/Shanghai"))
    header = table.header()
    assert {"rate.filing", "rate.filing_words", "trouble.other", "average", "wording"} <= set(
        header
    )
    answers = {
        "rate.filing": Answer("rate.filing", 3, "三分", 0.9, "speech", 1.0, 2.0),
        "average": Answer("average", 3, "", 1.0, "computed"),
        "wording": Answer("wording", ["recommend_a"], "", 1.0, "computed"),
        "unhappy": Answer("unhappy", True, "", 1.0, "computed"),
    }
    row = table.row(TaskFacts(1, "138****0000", "done", None, None), None, answers)
    line = dict(zip(header, row, strict=True))
    assert (line["rate.filing"], line["rate.filing_words"]) == (3, "三分")
    assert (line["average"], line["wording"], line["unhappy"]) == (3, "recommend_a", 1)
    assert line["rate.social"] is None
    path = tmp_path / "out.xlsx"
    open_export(path, "xlsx", SURVEY).close()
    sheet = openpyxl.load_workbook(path)["questions"]
    explained = {row[0].value: (row[1].value, row[2].value) for row in sheet.iter_rows()}
    assert explained["average"] == ("computed", "round(mean(rate), 1)")
    assert explained["wording"] == ("drawn", None)
