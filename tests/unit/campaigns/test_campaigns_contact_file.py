from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from campaigns.contact_file import ContactLine, open_contacts
from campaigns.errors import InvalidInput, Problem


def read(
    path: Path,
) -> tuple[tuple[str, ...], list[tuple[int, str, dict[str, str]]], list[Problem]]:
    with open_contacts(path) as file:
        lines = list(file.lines)
    good = [
        (line.row, line.number, line.attributes) for line in lines if isinstance(line, ContactLine)
    ]
    return file.columns, good, [line for line in lines if isinstance(line, Problem)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "contacts.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_reads_chinese_headers_in_every_usual_encoding(path: Path, encoding: str) -> None:
    text = (
        "姓名,手机号码,截止日期,办理业务\n张三,138 0013 8000,3月15日,增值税\n李四,0771-5552366,,\n"
    )
    path.write_text(text, encoding=encoding)
    columns, good, problems = read(path)
    assert columns == ("name", "截止日期", "办理业务")
    assert good == [
        (2, "8613800138000", {"name": "张三", "截止日期": "3月15日", "办理业务": "增值税"}),
        (3, "867715552366", {"name": "李四", "截止日期": "", "办理业务": ""}),
    ]
    assert problems == []


@pytest.mark.parametrize(
    "header", ["手机号码", "电话", "联系电话", "号码", "Phone", " phone number "]
)
def test_finds_the_number_column(path: Path, header: str) -> None:
    path.write_text(f"{header}\n13800138000\n")
    assert [number for _, number, _ in read(path)[1]] == ["8613800138000"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
def test_finds_the_delimiter(path: Path, delimiter: str) -> None:
    path.write_text(f"电话{delimiter}称呼\n13800138000{delimiter}王女士\n")
    assert read(path)[1][0][2] == {"name": "王女士"}


def test_the_mobile_is_preferred_and_the_other_number_kept(path: Path) -> None:
    path.write_text("电话,手机,纳税人名称\n0771-5552366,13800138000,某公司\n")
    assert read(path)[1] == [(2, "8613800138000", {"电话": "0771-5552366", "name": "某公司"})]


def test_headers_become_names_for_placeholders(path: Path) -> None:
    path.write_text("电话,办理日期（年）,2025年 金额,\n13800138000,2026,5,x\n")
    assert read(path)[0] == ("办理日期_年", "_2025年_金额")


def test_bad_rows_are_named_with_row_and_column(path: Path) -> None:
    path.write_text(
        "姓名,电话\n张三,13800138000\n,\n李四,12366\n王五,13800138000\n赵六,138,x\n"
        f"{'长' * 501},13800138001\n钱七,13800138002\n"
    )
    _, good, problems = read(path)
    assert [row for row, _, _ in good] == [2, 8]
    assert [(p.row, p.column) for p in problems] == [
        (4, "电话"),
        (5, "电话"),
        (6, None),
        (7, "姓名"),
    ]
    assert "same number as in row 2" in problems[1].message


def test_reads_xlsx_with_numbers_and_dates_as_excel_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["手机", "姓名", "日期", "金额"])
    sheet.write_number(1, 0, 13800138000)
    sheet.write_string(1, 1, "张三")
    sheet.write_datetime(1, 2, datetime(2026, 3, 15), day)
    sheet.write_number(1, 3, 12.5)
    sheet.write_string(3, 0, "13800138001")
    book.close()
    columns, good, problems = read(path)
    assert columns == ("name", "日期", "金额")
    assert good == [
        (
            2,
            "8613800138000",
            {"name": "张三", "日期": date(2026, 3, 15).isoformat(), "金额": "12.5"},
        ),
        (4, "8613800138001", {"name": "", "日期": "", "金额": ""}),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        ("姓名,地址\n张三,南宁\n".encode(), "no column holds the phone number"),
        ("电话,姓名,姓名\n".encode(), "two columns"),
        ("电话,姓名,name\n".encode(), "two columns"),
        (b"PK\x03\x04 not really a zip", "open it and save it"),
        (b"\xd0\xcf\x11\xe0 old excel", "xls"),
        (b"\xff\xff\xff\xff\x80", "neither UTF-8 nor GB18030"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(path: Path, content: bytes, why: str) -> None:
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=why):
        read(path)


def test_control_characters_are_dropped(path: Path) -> None:
    path.write_text('电话,姓名\n13800138000,"张\n三\u200b"\n')
    assert read(path)[1][0][2] == {"name": "张 三"}


def test_a_damaged_xlsx_is_refused_and_other_errors_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_column(0, 0, ["手机", *(f"138{n:08d}" for n in range(500))])
    book.close()
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:2000]
    with zipfile.ZipFile(path, "w") as target:
        for name, data in parts.items():
            target.writestr(name, data)
    with pytest.raises(InvalidInput, match="open it and save it"):
        read(path)
    path.write_bytes(whole)
    with pytest.raises(KeyError, match="ours"), open_contacts(path):
        raise KeyError("ours")
