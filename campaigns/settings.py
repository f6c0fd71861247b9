"""The settings every process shares, read from the environment (prefix OUTBOUND_)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from campaigns.governor import GovernorPolicy
from campaigns.work_orders.deadline import DeadlineRule


class CoreSettings(BaseSettings):
    """Where the data is, how to log, and how often one person may be called."""

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
    heartbeat_file: Path | None = Field(
        default=None,
        description="File a process touches while it works; the supervisor sets it and starts "
        "again what stops touching it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log entries that are written."
    )

    attempts_per_day: int = Field(
        2, ge=1, le=20, description="Most calls to one person a day, over all campaigns."
    )
    attempts_gap_minutes: int = Field(
        120, ge=0, le=1440, description="Minutes between two calls to one person."
    )
    attempts_per_case: int = Field(
        5, ge=1, le=20, description="Most calls for one matter, whatever its campaign asks for."
    )
    survey_rest_days: int = Field(
        90, ge=0, le=3650, description="Days without a further survey after a completed one."
    )

    call_backs_per_day: int = Field(
        3, ge=1, le=20, description="Most calls a day to call back one lost caller."
    )
    call_back_gap_minutes: int = Field(
        10, ge=0, le=1440, description="Minutes between any call to a lost caller and calling back."
    )

    work_order_days: int = Field(
        7, ge=0, le=366, description="Days within which a work order is to be done."
    )
    work_order_workdays: bool = Field(
        False,
        description="Count these days as workdays; either way the last one is a workday.",
    )

    def deadline_rule(self) -> DeadlineRule:
        """Return when work orders are due."""
        return DeadlineRule(self.work_order_days, self.work_order_workdays)

    calendar_warning_days: int = Field(
        45, ge=1, le=366, description="Days before the known workdays end when that is told."
    )
    single_operator: bool = Field(
        False,
        description="Whether campaigns on real trunks may be launched without a second person's "
        "approval. Off: who made a campaign cannot approve it.",
    )

    def governor_policy(self) -> GovernorPolicy:
        """Return the limits on calls to one person."""
        return GovernorPolicy(
            attempts_per_day=self.attempts_per_day,
            gap=timedelta(minutes=self.attempts_gap_minutes),
            attempts_per_case=self.attempts_per_case,
            survey_rest=timedelta(days=self.survey_rest_days),
            call_backs_per_day=self.call_backs_per_day,
            call_back_gap=timedelta(minutes=self.call_back_gap_minutes),
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
