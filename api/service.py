"""The whole service on this machine: made ready, and supervised."""

from __future__ import annotations

from collections.abc import Sequence

from api.settings import ServiceSettings
from api.supervisor.program import Program
from api.supervisor.service import dialer_programs, service_programs
from api.supervisor.supervisor import Report, Supervisor
from campaigns.store.schema import migrate
from campaigns.vault import Vault
from dialogs.rasa_environment import run_command


def prepare(settings: ServiceSettings) -> None:
    """Make the key file, and bring a database of one's own to the newest schema. Blocks."""
    Vault.from_file(settings.key_file)
    if settings.database_url:
        migrate(settings.database_url)


def service_supervisor(
    settings: ServiceSettings, report: Report, more: Sequence[Program] = ()
) -> Supervisor:
    """Return the supervisor of all the service's programs, and `more`, which outlive them."""
    programs = (*more, *service_programs(settings, run_command()))
    return Supervisor(programs, settings.logs_dir, report=report)


def dialer_supervisor(settings: ServiceSettings, report: Report, calls: int | None) -> Supervisor:
    """Return the supervisor of this machine's dialers alone, for `calls` calls each."""
    programs = tuple(dialer_programs(settings, calls=calls))
    return Supervisor(programs, settings.logs_dir, report=report)
