"""Where the database is: one's own server, or the embedded one's address in the data folder."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import make_url

from campaigns.errors import CampaignError, Fault
from campaigns.settings import CoreSettings

DATABASE = "outbound"
TRACKER_DATABASE = "rasa"


class NoDatabase(CampaignError):
    """No database is known: none is configured and the embedded one does not run."""

    fault = Fault.CALLER
    code = "no_database"


def url_file(data_dir: Path) -> Path:
    """The file that tells other processes where the embedded server listens (mode 0600)."""
    return data_dir / "database.url"


def database_url(settings: CoreSettings) -> str:
    """Return the URL to connect to. Raises NoDatabase."""
    if settings.database_url:
        return settings.database_url
    try:
        return url_file(settings.data_dir).read_text().strip()
    except FileNotFoundError as error:
        raise NoDatabase(
            "no database is running: start the service with `outbound up`, or set "
            "OUTBOUND_DATABASE_URL"
        ) from error


def tracker_url(url: str) -> str:
    """Return the URL of the dialogue engine's own database on the same server."""
    return make_url(url).set(database=TRACKER_DATABASE).render_as_string(hide_password=False)


def write_secret(path: Path, text: str) -> None:
    """Write a file at once and whole, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
