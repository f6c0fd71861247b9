"""The monthly sheet on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app

FIGURES = """\
month: {month}
figures: {{1: 938/1000, 2: 359/10, 7: 90/100}}
transferred_calls: 70001
"""


def run(tmp_path: Path, *options: str, month: str = "2026-04") -> str:
    path = tmp_path / "figures.yaml"
    path.write_text(FIGURES.format(month=month), encoding="utf-8")
    result = CliRunner().invoke(app, ["indicators", "sheet", str(path), *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_sheet_for_people(tmp_path: Path) -> None:
    shown = run(tmp_path)
    assert "floor: −7, score 93 不合格, 2 % withheld" in shown
    assert "linear: −≈8.17, score ≈91.83 不合格, ≈3.17 % withheld" in shown
    assert "ceil: −9, score 91 不合格, 4 % withheld" in shown
    assert "due: 2026-05-11" in shown
    assert "if an emergency is declared" in shown


def test_the_sheet_for_scripts_is_exact(tmp_path: Path) -> None:
    found = json.loads(run(tmp_path, "--json", month="2026-09"))
    assert found["due"] == "2026-10-10"
    assert found["deducted"] == {"floor": "7", "linear": "49/6", "ceil": "9"}
    assert found["lines"][1]["points"]["linear"] == "59/30"
    assert found["complete"] is False


def test_a_year_without_official_calendar_has_no_due_date(tmp_path: Path) -> None:
    assert "due: unknown" in run(tmp_path, month="2090-04")


@pytest.mark.parametrize("content", [b"month: 1", b"\xff\xfe\x00"])
def test_a_bad_file_is_one_clear_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "figures.yaml"
    path.write_bytes(content)
    result = CliRunner().invoke(app, ["indicators", "sheet", str(path)])
    assert result.exit_code == 2
    assert "error:" in result.output
