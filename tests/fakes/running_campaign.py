"""A campaign that runs, made through the use cases."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from campaigns.caller_ids import CallerIds
from campaigns.campaign import Campaign, NewCampaign
from campaigns.campaign_approval import CampaignApproval
from campaigns.campaign_book import CampaignBook
from campaigns.clock import Clock
from campaigns.consent import Consent, ConsentBasis
from campaigns.contacts import Contacts
from campaigns.errors import Conflict
from campaigns.questionnaires import Questionnaires
from campaigns.store.database import Database
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault

CALLER = "077112366"
MAKER = "owner"
CONSENT = Consent(ConsentBasis.CONSENT, "回访同意书", date(2026, 1, 5))
QUESTIONNAIRE = """\
format: outbound-questionnaire/1
id: survey
title: 回访
kind: satisfaction
opening: "{name}您好，本通话由人工智能合成语音播报，通话将被录音。"
identity: 我是智能语音助手。
closing: 再见。
questions:
  - {id: solved, type: yes_no, text: 请问您的问题解决了吗？}
  - {id: satisfaction, type: satisfaction, text: 请问您满意吗？}
  - id: channels
    type: multiple_choice
    text: 您用过哪些方式？
    options: [{value: web, label: 网页}, {value: app, label: 手机}]
"""


def numbers(count: int) -> list[str]:
    return [f"138{number:08d}" for number in range(count)]


def contact_csv(count: int) -> str:
    rows = [f"{number},测试{row}" for row, number in enumerate(numbers(count))]
    return "\n".join(["手机号码,姓名", *rows])


async def draft(
    database: Database,
    vault: Vault,
    clock: Clock,
    *,
    contacts: int = 3,
    max_calls: int = 10,
    **changes: Any,
) -> Campaign:
    """A draft campaign with `contacts` people, a verified caller ID and a rehearsal trunk."""
    registry = CallerIds(database)
    try:
        await registry.add(
            CALLER,
            "南宁税务",
            valid_from=datetime(2020, 1, 1, tzinfo=UTC),
            valid_to=datetime(2099, 1, 1, tzinfo=UTC),
        )
        await registry.verify(CALLER)
    except Conflict:
        pass
    trunk = Trunk("rehearsal", "127.0.0.1", 5090, max_calls=max_calls, rehearsal=True)
    await Trunks(database, vault).put(trunk)
    script = await Questionnaires(database).add(QUESTIONNAIRE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_text(contact_csv(contacts))
        people = await Contacts(database, vault, clock).import_file(
            "名单", path, consent=CONSENT, by=MAKER
        )
    new = NewCampaign("回访", script.id, people.id, CALLER, "rehearsal")
    return await CampaignBook(database, vault, clock).create(replace(new, **changes), by=MAKER)


async def approved(database: Database, clock: Clock, campaign_id: UUID) -> None:
    """Have a second person approve a draft."""
    approval = CampaignApproval(database, clock)
    await approval.check(campaign_id, by=MAKER)
    await approval.approve(campaign_id, by="second person")


async def running_campaign(
    database: Database, vault: Vault, clock: Clock, **wishes: Any
) -> Campaign:
    """A campaign that was launched and runs; `wishes` as for `draft`."""
    campaign = await draft(database, vault, clock, **wishes)
    book = CampaignBook(database, vault, clock)
    await approved(database, clock, campaign.id)
    await book.launch(campaign.id)
    return await book.ready(campaign.id)
