from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from campaigns.export_file import open_export
from campaigns.export_table import label_of, value_text
from campaigns.questionnaire.file import parse
from campaigns.questionnaire.model import Option, Question, QuestionType
from tests.fakes.running_campaign import QUESTIONNAIRE

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
