"""`outbound check` and `outbound talk`: no service is needed."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app

EXAMPLES = Path(__file__).parents[3] / "examples"
CALLBACK = EXAMPLES / "satisfaction_callback.yaml"
QUALITY = EXAMPLES / "service_quality.yaml"


def outbound(tmp_path: Path, *arguments: str, said: str = "") -> Result:
    settings = {"OUTBOUND_DATA_DIR": str(tmp_path)}
    return CliRunner().invoke(app, list(arguments), input=said, env=settings)


def test_a_good_file_passes(tmp_path: Path) -> None:
    result = outbound(tmp_path, "check", str(QUALITY))
    assert result.exit_code == 0
    assert "no mistakes" in result.stdout
    assert "columns of the contact list it needs: name" in result.stdout


def test_an_error_fails_and_a_warning_does_not(tmp_path: Path) -> None:
    text = CALLBACK.read_text("utf-8")
    bad = tmp_path / "bad.yaml"
    bad.write_text(text.replace("satisfaction <= 2", "satisfaction <= 0"), "utf-8")
    result = outbound(tmp_path, "check", str(bad), "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["errors"] == 1
    assert report["findings"][0]["place"] == "question reason"
    bad.write_text(text.replace("您的意见", "我们都会认真听取的" * 12 + "您的意见"), "utf-8")
    result = outbound(tmp_path, "check", str(bad))
    assert result.exit_code == 0
    assert "warning: closing" in result.stdout


def test_a_file_that_cannot_be_read_names_its_lines(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(CALLBACK.read_text("utf-8").replace("录音", "保存"), "utf-8")
    result = outbound(tmp_path, "check", str(bad))
    assert result.exit_code == 1
    assert "error: line 6: opening must say 录音" in result.stdout


def test_the_contact_lists_columns_are_compared(tmp_path: Path) -> None:
    contacts = tmp_path / "people.csv"
    contacts.write_text("手机号码,公司\n13800000001,甲公司\n", "utf-8")
    result = outbound(tmp_path, "check", str(CALLBACK), "--contacts", str(contacts))
    assert result.exit_code == 1
    assert "the contact list has no column name" in result.stdout


def test_a_talk_can_be_scripted(tmp_path: Path) -> None:
    said = "解决了\n不满意\n等得太久\n"
    result = outbound(
        tmp_path, "talk", str(CALLBACK), "--set", "name=王女士", "--no-nlu", "--json", said=said
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["answers"] == {
        "solved": True,
        "satisfaction": 2,
        "reason": "等得太久",
    }
    assert json.loads(result.stdout)["outcome"] == "completed"


def test_a_talk_shows_what_is_said_and_stored(tmp_path: Path) -> None:
    result = outbound(
        tmp_path, "talk", str(QUALITY), "--no-nlu", "--full", "one_business", said="是的\n发票\n"
    )
    assert result.exit_code == 0
    assert "bot: 〔name〕您好" in result.stdout
    assert "= business: ['invoice']" in result.stdout
    assert "> hang up: over_quota" in result.stdout
    assert "no value for name" in result.stderr


def test_who_hangs_up_early_leaves_what_was_said(tmp_path: Path) -> None:
    result = outbound(tmp_path, "talk", str(CALLBACK), "--no-nlu", said="解决了\n")
    assert "the person hung up" in result.stdout
    assert "solved = True" in result.stdout


@pytest.mark.parametrize("wrong", ["name", "=x"])
def test_an_attribute_is_written_as_name_and_value(tmp_path: Path, wrong: str) -> None:
    result = outbound(tmp_path, "talk", str(CALLBACK), "--set", wrong, "--no-nlu")
    assert (result.exit_code == 2) == (wrong == "name")


def test_an_xlsform_becomes_a_file(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    for row in (["type", "name", "label"], ["integer", "Age", "您多大年龄？"]):
        sheet.append(row)
    book.save(tmp_path / "form.xlsx")
    target = tmp_path / "form.yaml"
    result = outbound(
        tmp_path, "questionnaire", "import", str(tmp_path / "form.xlsx"), "-o", str(target)
    )
    assert result.exit_code == 0
    assert "row 2, column name: Age is called age" in result.stderr
    assert outbound(tmp_path, "check", str(target)).exit_code == 0
