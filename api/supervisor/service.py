"""The programs the service consists of."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping

from api.settings import ServiceSettings
from api.supervisor.program import HttpReady, LineReady, Port, Program
from dialogs.rasa_environment import HEALTH_PATH

READY_ENTRY = LineReady(re.compile(r'"event": "ready"'))
"""The log entry (see `campaigns.log`) by which a process says that it is ready."""

HUNG_AFTER_S = 60.0
"""A process that gave no sign of life for so long is started again."""
_LOOPBACK = "127.0.0.1"
_SIP_PORT_STEP = 2  # as the dialer counts: TLS takes the port after


def service_programs(
    settings: ServiceSettings, rasa: tuple[tuple[str, ...], Mapping[str, str]]
) -> tuple[Program, ...]:
    """Return the programs of the service; `rasa` is its command and environment."""
    base = () if settings.database_url else ("database",)
    programs = (
        _rasa(settings, rasa, base),
        _actions(settings, base),
        _python("jobs", "api.jobs.main", base, stop_within_s=20.0),
        _python("planner", "api.planner.main", base),
        _api(settings, base),
        *dialer_programs(settings, (*base, "rasa", "actions")),
    )
    database = _python(  # it checks on PostgreSQL itself
        "database", "api.database.main", (), stop_within_s=40.0, hung_after_s=None
    )
    return programs if settings.database_url else (database, *programs)


def _python(
    name: str,
    module: str,
    needs: tuple[str, ...],
    *,
    ready: HttpReady | LineReady = READY_ENTRY,
    ports: tuple[Port, ...] = (),
    environment: Mapping[str, str] | None = None,
    stop_within_s: float = 10.0,
    hung_after_s: float | None = HUNG_AFTER_S,
) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-m", module),
        ready=ready,
        needs=needs,
        environment={"PYTHONUNBUFFERED": "1", **(environment or {})},
        ports=ports,
        ready_within_s=90.0,
        stop_within_s=stop_within_s,
        hung_after_s=hung_after_s,
    )


def _rasa(
    settings: ServiceSettings,
    rasa: tuple[tuple[str, ...], Mapping[str, str]],
    needs: tuple[str, ...],
) -> Program:
    command, environment = rasa
    return Program(
        name="rasa",
        command=command,
        environment=environment,
        ready=HttpReady(f"{str(settings.rasa_url).rstrip('/')}{HEALTH_PATH}"),
        needs=needs,
        ports=(Port(_LOOPBACK, settings.rasa_port, "OUTBOUND_RASA_URL"),),
        hung_after_s=HUNG_AFTER_S,
        ready_within_s=300.0,  # it trains its model first where there is none
    )


def _actions(settings: ServiceSettings, needs: tuple[str, ...]) -> Program:
    port = Port(_LOOPBACK, settings.actions_port, "OUTBOUND_ACTIONS_PORT")
    return _python(
        "actions",
        "dialogs.actions.main",
        needs,
        ready=HttpReady(f"http://{_LOOPBACK}:{port.number}/health"),
        ports=(port,),
        environment={"OUTBOUND_ACTIONS_PORT": str(port.number)},
    )


def _api(settings: ServiceSettings, needs: tuple[str, ...]) -> Program:
    port = Port(settings.api_host, settings.api_port, "OUTBOUND_API_PORT")
    reachable = _LOOPBACK if port.host in ("0.0.0.0", "::") else port.host  # noqa: S104
    return _python(
        "api",
        "api.http.main",
        needs,
        ready=HttpReady(f"http://{reachable}:{port.number}/health"),
        ports=(port,),
    )


def dialer_programs(
    settings: ServiceSettings, needs: tuple[str, ...] = (), calls: int | None = None
) -> Iterator[Program]:
    """Yield the dialers of this machine; each works out its own ports from its number.

    `calls`: most calls at the same time of each, None as set in OUTBOUND_CALLS.
    """
    for number in range(1, settings.dialers + 1):
        sip_port = settings.sip_port + _SIP_PORT_STEP * (number - 1)
        port = Port(settings.first_sip_host, sip_port, "OUTBOUND_SIP_PORT", "udp")
        yield _python(
            "dialer" if number == 1 else f"dialer-{number}",
            "dialer.main",
            needs,
            ports=(port,),
            environment={
                "OUTBOUND_SIP_PORT": str(settings.sip_port),
                "OUTBOUND_DIALERS": str(settings.dialers),
                "OUTBOUND_DIALER_NUMBER": str(number),
                **({} if calls is None else {"OUTBOUND_CALLS": str(calls)}),
            },
            stop_within_s=120.0,
        )
