"""The settings every process shares, read from the environment (prefix OUTBOUND_)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CoreSettings(BaseSettings):
    """Where the data is and how to log."""

    model_config = SettingsConfigDict(env_prefix="OUTBOUND_", extra="ignore")

    data_dir: Path = Field(
        default=Path("data"),
        description="Folder of everything the service keeps: database, keys, recordings, exports.",
    )
    database_url: str = Field(
        default="",
        description="PostgreSQL of one's own, postgresql://user:password@host:port/database. "
        "Empty: the embedded server in the data folder.",
        repr=False,
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log entries that are written."
    )

    @property
    def key_file(self) -> Path:
        """The vault's master key."""
        return self.data_dir / "keys" / "master.key"

    @property
    def recordings_dir(self) -> Path:
        """Sealed recordings of calls."""
        return self.data_dir / "recordings"

    @property
    def exports_dir(self) -> Path:
        """Files of results."""
        return self.data_dir / "exports"
