"""Every pair of state and event: what the table holds happens, everything else is refused."""

from __future__ import annotations

from itertools import product

import pytest

from campaigns import caller_id, campaign, task
from campaigns.errors import Conflict
from campaigns.transfers import state as transfer
from campaigns.work_orders import state as work_order


@pytest.mark.parametrize(
    ("states", "events", "table", "move"),
    [
        (
            campaign.CampaignState,
            campaign.CampaignEvent,
            campaign.TRANSITIONS,
            campaign.next_state,
        ),
        (task.TaskState, task.TaskEvent, task.TRANSITIONS, task.next_state),
        (
            caller_id.CallerIdStatus,
            caller_id.CallerIdEvent,
            caller_id.TRANSITIONS,
            caller_id.next_status,
        ),
        (
            work_order.WorkOrderState,
            work_order.WorkOrderEvent,
            work_order.TRANSITIONS,
            work_order.next_state,
        ),
        (
            transfer.TransferState,
            transfer.TransferEvent,
            transfer.TRANSITIONS,
            transfer.next_state,
        ),
    ],
    ids=["campaign", "task", "caller_id", "work_order", "transfer"],
)
def test_every_pair(states, events, table, move) -> None:
    for state, event in product(states, events):
        if (state, event) in table:
            assert move(state, event) is table[state, event]
        else:
            with pytest.raises(Conflict, match=f"{state.value} does not take `{event.value}`"):
                move(state, event)


def test_ended_campaigns_stay_ended() -> None:
    for state in campaign.ENDED:
        assert not [event for (start, event) in campaign.TRANSITIONS if start is state]


def test_every_campaign_state_can_be_reached() -> None:
    reached = {campaign.CampaignState.DRAFT, *campaign.TRANSITIONS.values()}
    assert reached == set(campaign.CampaignState)
