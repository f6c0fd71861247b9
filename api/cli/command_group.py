"""The command group: an expected error is one clear message and an exit code, never a trace."""

from __future__ import annotations

from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from api.errors import ApiError
from campaigns.errors import CampaignError, Fault
from tts_asr.errors import SpeechError

FAILED = 1
MISUSED = 2


class CommandGroup(TyperGroup):
    """Turns the errors of the use cases into messages; exit code 2 means the request was
    wrong, 1 that something failed."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (CampaignError, ApiError) as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(MISUSED if error.fault is Fault.CALLER else FAILED) from None
        except SpeechError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(MISUSED if error.fault == "caller" else FAILED) from None
        except ValidationError as error:
            for item in error.errors():
                name = "_".join(str(part) for part in item["loc"]).upper()
                typer.echo(f"error: OUTBOUND_{name}: {item['msg']}", err=True)
            raise typer.Exit(MISUSED) from None
