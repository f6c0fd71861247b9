"""The command line on a real database."""

from __future__ import annotations

import json
import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from campaigns import log
from tests.integration.api.conftest import EXAMPLES

QUESTIONNAIRE = str(EXAMPLES / "satisfaction_callback.yaml")
CONTACTS = str(EXAMPLES / "rehearsal_contacts.csv")


class CommandLine:
    """Runs `outbound` with the settings of one test."""

    def __init__(self, **settings: str) -> None:
        self._settings = {f"OUTBOUND_{name.upper()}": value for name, value in settings.items()}

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=self._settings)

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def _logging_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands set up the logging of their process; this process is the tests'."""
    monkeypatch.setattr(log, "configure", lambda *_: None)


@pytest.fixture
def outbound(database_url: str, tmp_path: Path) -> CommandLine:
    return CommandLine(database_url=database_url, data_dir=str(tmp_path))


def draft(outbound: CommandLine) -> str:
    """Go the whole way to a draft campaign and return its id."""
    outbound.json("trunk", "set", "rehearsal", "127.0.0.1", "--port", "5090", "--rehearsal")
    outbound.json("caller-id", "add", "0771-5552366", "--name", "南宁税务")
    outbound.json("caller-id", "verify", "0771-5552366")
    questionnaire = outbound.json("questionnaire", "add", QUESTIONNAIRE)["id"]
    contacts = outbound.json("contacts", "import", CONTACTS)["id"]
    created = outbound.json(
        "campaign", "create", "演练", "--questionnaire", questionnaire, "--contacts", contacts,
        "--caller", "0771-5552366", "--trunk", "rehearsal", "--not-after", "2099-01-01",
    )  # fmt: skip
    assert created["state"] == "draft"
    assert created["not_after"].startswith("2098-12-31 16:00")
    return str(created["id"])


def test_a_campaign_from_draft_to_cancelled(outbound: CommandLine) -> None:
    campaign = draft(outbound)
    assert outbound.json("campaign", "launch", campaign)["state"] == "preparing"
    status = outbound.json("campaign", "status", campaign)
    assert status["tasks"] == {"ready": 8}
    assert outbound.json("campaign", "cancel", campaign)["state"] == "cancelled"
    assert [each["id"] for each in outbound.json("campaign", "list")] == [campaign]


def test_tables_for_people_hold_the_same(outbound: CommandLine) -> None:
    campaign = draft(outbound)
    assert "tasks: none" in outbound.run("campaign", "status", campaign).stdout
    outbound.run("campaign", "launch", campaign)
    shown = outbound.run("campaign", "status", campaign).stdout
    assert "tasks: ready 8" in shown
    assert "rates: RR1 0.0%" in shown
    for listing in ("campaign", "questionnaire", "contacts", "caller-id", "trunk", "key"):
        shown = outbound.run(listing, "list")
        assert shown.exit_code == 0, shown.output


def test_what_the_state_does_not_allow_is_one_line_and_exit_2(outbound: CommandLine) -> None:
    campaign = draft(outbound)
    result = outbound.run("campaign", "pause", campaign)
    assert result.exit_code == 2
    assert result.stderr == "error: a campaign that is draft does not take `pause`\n"


def test_the_calendar_is_told_what_it_does_not_know(outbound: CommandLine, tmp_path: Path) -> None:
    far = f"{date.today().year + 1}-12-31"
    days = tmp_path / "days.csv"
    days.write_text(f"date,kind,note\n{date.today()}..{far},regular,assumed\n")
    assert outbound.json("calendar", "import", str(days))["days"] > 300
    assert outbound.json("calendar", "show")["covered_until"] >= far
    assert f"known until {far[:2]}" in outbound.run("calendar", "show").stdout
    days.write_text("date,kind,note\nsoon,holiday,\n")
    refused = outbound.run("calendar", "import", str(days))
    assert refused.exit_code == 2
    assert "row 2" in refused.stderr


def test_keys_are_shown_once_and_can_be_revoked(outbound: CommandLine) -> None:
    made = outbound.run("key", "make", "analyst").stdout.splitlines()[0]
    (listed,) = outbound.json("key", "list")
    assert listed["name"] == "analyst"
    assert made.startswith(f"ob_{listed['prefix']}_")
    assert outbound.run("key", "revoke", listed["prefix"]).exit_code == 0
    assert outbound.json("key", "list")[0]["revoked_at"]


def test_check_needs_no_service_and_names_the_line(tmp_path: Path) -> None:
    outbound = CommandLine(data_dir=str(tmp_path))
    assert outbound.json("questionnaire", "check", QUESTIONNAIRE)["questions"] == 4
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        Path(QUESTIONNAIRE).read_text(encoding="utf-8").replace("yes_no", "maybe"),
        encoding="utf-8",
    )
    result = outbound.run("check", str(bad))
    assert result.exit_code == 1
    assert "error: line 14: type 'maybe' is not known" in result.stdout


def test_without_a_service_it_says_what_to_do(tmp_path: Path) -> None:
    result = CommandLine(data_dir=str(tmp_path)).run("campaign", "list")
    assert result.exit_code == 2
    assert "outbound up" in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    result = CommandLine(data_dir=str(tmp_path), api_port="eighty").run("campaign", "list")
    assert result.exit_code == 2
    assert "OUTBOUND_API_PORT" in result.stderr


def test_an_export_nobody_writes_is_said_plainly(outbound: CommandLine) -> None:
    campaign = draft(outbound)
    result = outbound.run("campaign", "export", campaign, "--timeout", "1")
    assert result.exit_code == 1
    assert "jobs process" in result.stderr


def test_lists_the_models(tmp_path: Path) -> None:
    models = CommandLine(cache_dir=str(tmp_path)).json("models", "list")
    assert {"recognizer", "voice"} == {model["kind"] for model in models}


def test_a_model_that_cannot_be_had_names_the_setting(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    outbound = CommandLine(cache_dir=str(tmp_path / "cache"), model_sources=str(empty))
    result = outbound.run("models", "fetch", "kws-zipformer-wenetspeech-3.3M")
    assert result.exit_code == 1
    assert "OUTBOUND_MODEL_SOURCES" in result.stderr


def test_config_shows_every_setting_and_no_secret(tmp_path: Path) -> None:
    outbound = CommandLine(data_dir=str(tmp_path), database_url="postgresql://u:geheim@h/d")
    shown = outbound.run("config", "--json")
    names = [each["name"] for each in json.loads(shown.stdout)]
    assert {"OUTBOUND_API_PORT", "OUTBOUND_VOICE", "OUTBOUND_SIP_PORT", "OUTBOUND_CALLS"} <= set(
        names
    )
    assert len(names) == len(set(names))
    assert all(each["help"] for each in json.loads(shown.stdout))
    assert "geheim" not in shown.output
    assert "geheim" not in outbound.run("config").output


def test_doctor_names_a_port_in_use_and_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        outbound = CommandLine(data_dir=str(tmp_path), api_port=port)
        result = outbound.run("doctor", "--json")
    checks = {each["name"]: each for each in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert checks["API port"]["state"] == "missing"
    assert "OUTBOUND_API_PORT" in checks["API port"]["advice"]
    assert checks["database"]["state"] == "ok"


def test_doctor_says_what_is_missing(tmp_path: Path) -> None:
    outbound = CommandLine(
        data_dir=str(tmp_path),
        cache_dir=str(tmp_path / "cache"),
        rasa_python=str(tmp_path / "python"),
    )
    result = outbound.run("doctor")
    assert result.exit_code == 1
    assert "make setup" in result.stdout
    assert "outbound models fetch" in result.stdout
