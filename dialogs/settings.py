"""Settings of the dialogue's processes, read from the environment (OUTBOUND_…)."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import AnyHttpUrl, Field, field_validator

from campaigns.settings import CoreSettings

PROJECT = Path(__file__).resolve().parents[1]
"""The folder that holds the packages and Rasa's environment."""


class DialogueSettings(CoreSettings):
    """Where Rasa and the actions are, and how they are run."""

    rasa_url: AnyHttpUrl = Field(
        AnyHttpUrl("http://127.0.0.1:5005"), description="Where Rasa answers."
    )
    rasa_python: Path = Field(
        PROJECT / ".venv-rasa" / "bin" / "python",
        description="The Python of Rasa's own environment.",
    )
    rasa_tracker_url: str = Field(
        "",
        description="PostgreSQL database that keeps running conversations. Empty: the database "
        "`rasa` beside the service's own.",
        repr=False,
    )
    python310: str = Field(
        "", description="A Python 3.10 to make Rasa's environment with. Empty: it is looked for."
    )
    actions_port: int = Field(5055, ge=1, le=65535, description="Port of the dialogue actions.")
    time_zone: str = Field(
        "Asia/Shanghai", description="Time zone in which people name times (明天下午三点)."
    )

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @property
    def rasa_dir(self) -> Path:
        """Trained models and what they are made from."""
        return self.data_dir / "rasa"
