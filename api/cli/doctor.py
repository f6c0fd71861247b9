"""`outbound doctor`: what is missing on this machine, and what to do about it."""

from __future__ import annotations

import asyncio
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import httpx
import psycopg
import typer
from sqlalchemy.exc import SQLAlchemyError

from api.cli.output import AsJson, console, print_json
from api.settings import ServiceSettings
from api.supervisor.ports import is_free
from api.supervisor.program import Port
from campaigns.calendar import Calendar
from campaigns.calendar_horizon import horizon
from campaigns.calendar_overrides import CalendarOverrides
from campaigns.call_backs.local_day import SHANGHAI
from campaigns.errors import CampaignError
from campaigns.store.database import Database
from campaigns.store.location import NoDatabase, database_url
from campaigns.trunks import TrunkCondition, Trunks
from campaigns.vault import Vault
from dialogs.rasa_training import model_path
from dialogs.settings import DialogueSettings
from tts_asr.models import Models
from tts_asr.models.catalogue import WHISPER_BASE
from tts_asr.settings import SpeechSettings

_SET_UP = "run `make setup`"
_TIMEOUT_S = 5
_LEAST_FREE_GB = 2


class State(StrEnum):
    """How one thing stands; only MISSING makes the whole fail."""

    OK = "ok"
    OPTIONAL = "optional"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `advice` says what to do where it is not ok."""

    name: str
    state: State
    detail: str
    advice: str = ""


def doctor(as_json: AsJson = False) -> None:
    """Look for what is missing and say what to do; exit code 1 when something is."""
    checks = tuple(examine(ServiceSettings(), SpeechSettings(), DialogueSettings()))
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            _show(check)
    if any(check.state is State.MISSING for check in checks):
        raise typer.Exit(1)


def examine(
    settings: ServiceSettings, speech: SpeechSettings, dialogue: DialogueSettings
) -> Iterator[Check]:
    """Look at everything the service needs, one check after the other."""
    yield Check("Python", State.OK, platform.python_version())
    yield _rasa_environment(dialogue)
    yield _rasa_model(dialogue)
    yield _tool("npm", State.MISSING, "apt-get install npm: it fetches the voices")
    for peer, package in (
        ("sipp", "sip-tester"),
        ("baresip", "baresip-core"),
        ("kamailio", "kamailio"),
    ):
        yield _tool(peer, State.OPTIONAL, f"apt-get install {package}: tests only")
    yield from _models(speech)
    yield _disk(settings.data_dir)
    yield from _service(settings)
    yield from _trunks(settings)
    yield _calendar(settings)


def _rasa_environment(dialogue: DialogueSettings) -> Check:
    if not dialogue.rasa_python.exists():
        return Check("Rasa environment", State.MISSING, f"no {dialogue.rasa_python}", _SET_UP)
    return Check("Rasa environment", State.OK, str(dialogue.rasa_python))


def _rasa_model(dialogue: DialogueSettings) -> Check:
    model = model_path(dialogue)
    if model.exists():
        return Check("dialogue model", State.OK, model.name)
    return Check("dialogue model", State.OPTIONAL, "not trained yet: done at the first start")


def _models(speech: SpeechSettings) -> Iterator[Check]:
    for model in Models(speech).list():
        if model.ready:
            yield Check(model.name, State.OK, str(model.folder))
        elif model.name == WHISPER_BASE.name and speech.recognizer != "whisper":
            yield Check(model.name, State.OPTIONAL, "not here", "only the fallback needs it")
        else:
            yield Check(model.name, State.MISSING, "not here", "run `outbound models fetch`")


def _tool(name: str, otherwise: State, advice: str) -> Check:
    found = shutil.which(name)
    return Check(name, State.OK, found) if found else Check(name, otherwise, "not found", advice)


def _disk(folder: Path) -> Check:
    place = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    state = State.OK if free_gb >= _LEAST_FREE_GB else State.MISSING
    advice = f"free {_LEAST_FREE_GB} GB, or point OUTBOUND_DATA_DIR elsewhere"
    return Check("disk", state, f"{free_gb:.0f} GB free for {folder}", advice)


def _service(settings: ServiceSettings) -> Iterator[Check]:
    yield _database(settings)
    running = _api_answers(settings)
    for name, port in _ports(settings):
        what = f"{port.kind} {port.number}"
        if running:
            yield Check(name, State.OK, f"{what}, the service is running")
        elif is_free(port):
            yield Check(name, State.OK, f"{what} is free")
        else:
            advice = f"stop what uses it, or set {port.setting} to a free port"
            yield Check(name, State.MISSING, f"{what} is in use", advice)


def _ports(settings: ServiceSettings) -> tuple[tuple[str, Port], ...]:
    loopback = "127.0.0.1"
    return (
        ("API port", Port(settings.api_host, settings.api_port, "OUTBOUND_API_PORT")),
        ("Rasa port", Port(loopback, settings.rasa_port, "OUTBOUND_RASA_URL")),
        ("actions port", Port(loopback, settings.actions_port, "OUTBOUND_ACTIONS_PORT")),
        ("SIP port", Port(settings.first_sip_host, settings.sip_port, "OUTBOUND_SIP_PORT", "udp")),
    )


def _api_answers(settings: ServiceSettings) -> bool:
    try:
        answer = httpx.get(f"{settings.api_url}/health", timeout=_TIMEOUT_S, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success


def _database(settings: ServiceSettings) -> Check:
    try:
        with psycopg.connect(database_url(settings), connect_timeout=_TIMEOUT_S) as connection:
            version = connection.info.parameter_status("server_version")
    except NoDatabase:
        return Check("database", State.OK, "built in; starts with the service")
    except psycopg.OperationalError as error:
        if settings.database_url:
            advice = "start the server, or set OUTBOUND_DATABASE_URL right"
            return Check("database", State.MISSING, str(error).splitlines()[0], advice)
        return Check("database", State.OK, "built in; starts with the service")
    return Check("database", State.OK, f"PostgreSQL {version} answers")


def _trunks(settings: ServiceSettings) -> Iterator[Check]:
    """Those no call goes out over; nothing where there is no database of today's to ask."""
    try:
        conditions = asyncio.run(_trunk_conditions(settings))
    except (CampaignError, SQLAlchemyError):
        return
    for each in conditions:
        if each.alarm:
            advice = f"`outbound trunk show {each.trunk}`; ask its provider"
            yield Check(f"trunk {each.trunk}", State.OPTIONAL, each.alarm, advice)


async def _trunk_conditions(settings: ServiceSettings) -> tuple[TrunkCondition, ...]:
    database = Database(database_url(settings), connections=1)
    try:
        vault = Vault.from_file(settings.key_file)
        return await Trunks(database, vault).conditions()
    finally:
        await database.close()


def _calendar(settings: ServiceSettings) -> Check:
    """How far workdays are known, with what was imported where there is a database to ask."""
    try:
        calendar = asyncio.run(_known_days(settings))
    except (CampaignError, SQLAlchemyError):
        calendar = Calendar()
    warn_before = timedelta(days=settings.calendar_warning_days)
    reach = horizon(calendar, datetime.now(SHANGHAI).date(), warn_before)
    if not reach.warning:
        return Check("calendar", State.OK, f"workdays are known until {reach.known_until}")
    state = State.OPTIONAL if reach.known_until else State.MISSING
    detail, _, advice = reach.warning.rpartition("; ")
    return Check("calendar", state, detail, advice)


async def _known_days(settings: ServiceSettings) -> Calendar:
    database = Database(database_url(settings), connections=1)
    try:
        return await CalendarOverrides(database).calendar()
    finally:
        await database.close()


def _show(check: Check) -> None:
    colour = {State.OK: "green", State.OPTIONAL: "yellow", State.MISSING: "red"}[check.state]
    advice = f" → {check.advice}" if check.state is not State.OK and check.advice else ""
    console.print(
        f"[{colour}]{check.state:8}[/{colour}] {check.name}: {check.detail}{advice}",
        soft_wrap=True,
    )
