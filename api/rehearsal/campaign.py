"""The rehearsal campaign: what it needs is registered, then it is created like any other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from api.use_cases import UseCases
from campaigns.caller_id import CallerIdStatus
from campaigns.campaign import ENDED, NewCampaign
from campaigns.clock import Clock
from campaigns.errors import NotFound
from campaigns.trunk import Trunk

TRUNK = "rehearsal"
CALLER_NUMBER = "0000012366"
"""Begins with zeros that no number in the network begins with: nobody's own."""

_CALLER_NAME = "外呼演练"
_VALID = timedelta(days=3650)
_RING_TIMEOUT_S = 12
_MOST = 1000


async def create_rehearsal(
    do: UseCases, clock: Clock, questionnaire: str, contacts: Path, port: int, calls: int
) -> UUID:
    """Register the rehearsal's trunk and caller ID where they are missing, add the questionnaire
    (the text of its file) and the contacts, and return the id of a new draft campaign.

    Earlier rehearsals that were cut short are cancelled. `calls` are placed at the same time
    to callees on `port` of this machine's loopback.
    """
    await _cancel_earlier(do)
    await do.trunks.put(
        Trunk(
            name=TRUNK,
            host="127.0.0.1",
            port=port,
            max_calls=calls,
            rehearsal=True,
            options_every_s=0,  # its callees come and go with the rehearsal
        )
    )
    await do.trunks.reset_breaker(TRUNK)  # an earlier rehearsal may have had no callees
    await _register_caller(do, clock)
    stored = await do.questionnaires.add(questionnaire)
    people = await do.contacts.import_file(contacts.stem, contacts, all_or_nothing=True)
    campaign = await do.campaigns.create(
        NewCampaign(
            name=f"rehearsal: {stored.title}",
            questionnaire_id=stored.id,
            contact_list_id=people.id,
            caller_number=CALLER_NUMBER,
            trunk=TRUNK,
            max_attempts=1,
            ring_timeout_s=_RING_TIMEOUT_S,
        ),
        by=TRUNK,
    )
    return campaign.id


async def _cancel_earlier(do: UseCases) -> None:
    """Cancel rehearsals that were cut short: they would call the same callees again."""
    for campaign in await do.campaigns.list(limit=_MOST):
        if campaign.trunk == TRUNK and campaign.state not in ENDED:
            await do.campaigns.cancel(campaign.id)


async def _register_caller(do: UseCases, clock: Clock) -> None:
    try:
        caller = await do.caller_ids.get(CALLER_NUMBER)
    except NotFound:
        caller = await do.caller_ids.add(
            CALLER_NUMBER,
            _CALLER_NAME,
            valid_from=clock.now(),
            valid_to=clock.now() + _VALID,
            owner="rehearsals on this machine",
        )
    if caller.status is CallerIdStatus.PENDING:
        await do.caller_ids.verify(CALLER_NUMBER)
