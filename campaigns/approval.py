"""Approval: a campaign that rings real telephones is launched only with a second person's word."""

from __future__ import annotations

from collections.abc import Collection

from campaigns.campaign import CampaignEvent, CampaignState
from campaigns.errors import Conflict, InvalidInput

_LAUNCH = {
    CampaignState.DRAFT: (CampaignEvent.CHECK, CampaignEvent.APPROVE, CampaignEvent.LAUNCH),
    CampaignState.CHECKED: (CampaignEvent.APPROVE, CampaignEvent.LAUNCH),
}


def check_approver(approver: str, makers: Collection[str]) -> None:
    """Refuse who made or changed the campaign, and who does not say their name.

    Raises InvalidInput, Conflict.
    """
    name = _plain(approver)
    if not name:
        raise InvalidInput("an approval needs a name: who approves?")
    if not makers:
        raise Conflict(
            "nobody knows who made this campaign: edit it under your name, then somebody else "
            "approves it"
        )
    if name in {_plain(maker) for maker in makers}:
        raise Conflict(f"{approver} made or changed this campaign: a second person must approve it")


def launch_steps(state: CampaignState, waiver: str | None) -> tuple[CampaignEvent, ...]:
    """Return what leads to the launch. `waiver`: why no second person is needed, None: one is.

    Raises Conflict when the campaign waits for an approval.
    """
    if state not in _LAUNCH:
        return (CampaignEvent.LAUNCH,)
    if waiver is None:
        raise Conflict(
            "a campaign that rings real telephones needs a second person: check it with "
            "`outbound campaign check`, then somebody else approves it with "
            "`outbound campaign approve`"
        )
    return _LAUNCH[state]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
