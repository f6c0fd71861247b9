"""Settings of the processes this package starts, read from the environment (OUTBOUND_…)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, Field

from campaigns.settings import CoreSettings


class ServiceSettings(CoreSettings):
    """Where each process of the service listens."""

    api_host: str = Field("127.0.0.1", description="Address the HTTP interface listens on.")
    api_port: int = Field(8080, ge=1, le=65535, description="Port of the HTTP interface.")
    upload_limit_mb: int = Field(
        256, ge=1, description="The largest file the HTTP interface takes, in megabytes."
    )
    rasa_url: AnyHttpUrl = Field(
        AnyHttpUrl("http://127.0.0.1:5005"),
        description="Where Rasa answers; the service starts it on this port.",
    )
    actions_port: int = Field(
        5055, ge=1, le=65535, description="Port of the dialogue actions (127.0.0.1)."
    )
    sip_port: int = Field(5060, ge=1, le=65535, description="UDP port of the dialer's SIP.")
    dialers: int = Field(
        1,
        ge=1,
        le=16,
        description="Dialers on this machine: 100 calls need about one core and one dialer; more "
        "make use of more cores. Their SIP ports are OUTBOUND_SIP_PORT and on in steps of two.",
    )
    rehearsal_port: int = Field(
        5090, ge=1, le=65535, description="UDP port of the rehearsal callees' SIP (127.0.0.1)."
    )
    job_workers: int = Field(
        1, ge=1, le=32, description="How many jobs (prompts, exports) run at the same time."
    )
    render_threads: int = Field(
        2, ge=1, le=64, description="Threads that render prompts ahead of calls."
    )
    sip_host: str = Field(
        "127.0.0.1", description="Local address of the dialer's SIP (see the dialer's settings)."
    )
    call_back_trunk: str = Field(
        "",
        description="Trunk that lost callers are called back over, by themselves, the same day. "
        "Empty: nobody is called back without being told to.",
    )
    call_back_caller: str = Field("", description="Verified caller number of those call-backs.")
    call_back_questionnaire: str = Field(
        "lost-call-callback", description="Id of the questionnaire (kind call_back) for them."
    )

    @property
    def first_sip_host(self) -> str:
        """The first local address of the dialer's SIP."""
        return self.sip_host.split(",")[0].strip()

    @property
    def logs_dir(self) -> Path:
        """One log file a process."""
        return self.data_dir / "logs"

    @property
    def rasa_port(self) -> int:
        """The port in `rasa_url`."""
        return urlsplit(str(self.rasa_url)).port or 80

    @property
    def api_url(self) -> str:
        """The HTTP interface's own address."""
        return f"http://{self.api_host}:{self.api_port}"
