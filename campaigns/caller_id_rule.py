"""The caller-ID rule: no call without a verified number, valid now, for this kind (R2.2).

Fails closed: whatever is not surely allowed is refused.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from campaigns.caller_id import CallerId, CallerIdStatus
from campaigns.questionnaire.model import CampaignKind
from campaigns.refusal import Refusal

RULE = "caller_id"
_RETRY = timedelta(minutes=15)
_NUMBER = re.compile(r"\d{3,15}")
_NAME = re.compile(r"[^\x00-\x1f\x7f\"\\<>]{0,40}")


def check_caller_id(caller: CallerId | None, kind: CampaignKind, now: datetime) -> Refusal | None:
    """Return why this caller ID may not be shown now, None when it may."""
    reason = _reason(caller, kind, now)
    return Refusal(RULE, reason, now + _RETRY, stops_campaign=True) if reason else None


def is_presentable(number: str, display_name: str) -> bool:
    """Return whether a number and a name can stand in a SIP header as they are (RFC 3261 25.1)."""
    return bool(_NUMBER.fullmatch(number) and _NAME.fullmatch(display_name))


def _reason(caller: CallerId | None, kind: CampaignKind, now: datetime) -> str | None:
    if caller is None:
        return "the caller number is not in the registry: add and verify it"
    shown = caller.number
    if not is_presentable(caller.number, caller.display_name):
        return f"caller number {shown} or its display name cannot be sent: correct the registry"
    if caller.status is not CallerIdStatus.VERIFIED:
        return f"caller number {shown} is {caller.status.value}, not verified"
    if now < caller.valid_from:
        return f"caller number {shown} is not valid before {caller.valid_from.isoformat()}"
    if now >= caller.valid_to:
        return f"caller number {shown} expired on {caller.valid_to.isoformat()}: renew its proof"
    if caller.kinds and kind not in caller.kinds:
        return f"caller number {shown} is not allowed for {kind.value} campaigns"
    return None
