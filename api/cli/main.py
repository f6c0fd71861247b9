"""The command `outbound`."""

from __future__ import annotations

import typer

from api.cli import (
    attempts,
    calendar,
    call_backs,
    caller_ids,
    campaigns,
    contacts,
    do_not_call,
    indicators,
    keys,
    models,
    questionnaires,
    transfers,
    trunks,
    work_orders,
)
from api.cli.check import check
from api.cli.command_group import CommandGroup
from api.cli.config import config
from api.cli.demo import demo
from api.cli.dialer import dialer
from api.cli.dialers import dialers
from api.cli.doctor import doctor
from api.cli.talk import talk
from api.cli.up import up

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Intelligent outbound calling and survey service.",
)
app.command()(up)
app.command()(dialer)
app.command()(demo)
app.command()(doctor)
app.command()(config)
app.command()(check)
app.command()(talk)
app.add_typer(campaigns.app, name="campaign")
app.add_typer(attempts.app, name="attempts")
app.add_typer(questionnaires.app, name="questionnaire")
app.add_typer(contacts.app, name="contacts")
app.add_typer(do_not_call.app, name="do-not-call")
app.add_typer(caller_ids.app, name="caller-id")
app.add_typer(trunks.app, name="trunk")
app.command("dialers")(dialers)
app.add_typer(calendar.app, name="calendar")
app.add_typer(call_backs.app, name="call-backs")
app.add_typer(work_orders.app, name="work-order")
app.add_typer(transfers.app, name="transfer")
app.add_typer(indicators.app, name="indicators")
app.add_typer(keys.app, name="key")
app.add_typer(models.app, name="models")
