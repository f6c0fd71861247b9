from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from campaigns.api_keys import ApiKeys
from campaigns.caller_id import CallerIdStatus
from campaigns.caller_ids import CallerIds
from campaigns.campaign import CampaignState, NewCampaign
from campaigns.campaign_book import CampaignBook
from campaigns.contacts import Contacts
from campaigns.errors import Conflict, InvalidInput, NotFound
from campaigns.questionnaires import Questionnaires
from campaigns.store.database import Database
from campaigns.trunk import Trunk
from campaigns.trunks import Trunks
from campaigns.vault import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import CALLER, QUESTIONNAIRE, draft, running_campaign


@pytest.fixture
def book(database: Database, vault: Vault, clock: FakeClock) -> CampaignBook:
    return CampaignBook(database, vault, clock)


async def test_a_questionnaire_gets_a_version_when_it_changes(database: Database) -> None:
    questionnaires = Questionnaires(database)
    first = await questionnaires.add(QUESTIONNAIRE)
    same = await questionnaires.add(f"# a comment\n{QUESTIONNAIRE}")
    assert (same.id, same.version) == (first.id, 1)
    second = await questionnaires.add(QUESTIONNAIRE.replace("再见", "再会"))
    assert (second.version, second.questionnaire.closing) == (2, "再会。")
    assert (await questionnaires.get(first.id)).questionnaire.closing == "再见。"
    assert [each.version for each in await questionnaires.list()] == [2, 1]
    with pytest.raises(NotFound):
        await questionnaires.get(uuid4())


async def test_adding_at_the_same_time_makes_one_version(database: Database) -> None:
    questionnaires = Questionnaires(database)
    added = await asyncio.gather(*(questionnaires.add(QUESTIONNAIRE) for _ in range(4)))
    assert {(each.id, each.version) for each in added} == {(added[0].id, 1)}


async def test_contacts_are_kept_sealed_and_bad_rows_reported(
    database: Database, vault: Vault, clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("姓名,电话\n张三,13800138000\n李四,12366\n王五,13800138001\n")
    contacts = Contacts(database, vault, clock)
    imported = await contacts.import_file("三月", path)
    assert (imported.accepted, imported.refused, imported.columns) == (2, 1, ("name",))
    assert [str(problem) for problem in imported.report] == [
        "row 3, column 电话: short numbers are not called from lists"
    ]
    assert await contacts.get(imported.id) == imported
    assert await contacts.list() == (imported,)
    async with database.transaction() as session:
        raw = str((await session.execute(text("SELECT contacts::text FROM contacts"))).all())
    assert "138****8000" in raw
    assert b"13800138000".hex() not in raw
    assert "张三".encode().hex() not in raw


async def test_all_or_nothing_keeps_nothing(
    database: Database, vault: Vault, clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("姓名,电话\n张三,13800138000\n李四,12366\n")
    contacts = Contacts(database, vault, clock)
    with pytest.raises(InvalidInput, match="1 rows are bad") as caught:
        await contacts.import_file("三月", path, all_or_nothing=True)
    assert caught.value.problems[0].row == 3
    path.write_text("姓名,电话\n李四,12366\n")
    with pytest.raises(InvalidInput, match="no row that can be called"):
        await contacts.import_file("三月", path)
    assert await contacts.list() == ()


async def test_a_long_list_is_imported_whole(
    database: Database, vault: Vault, clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["电话", *(f"138{n:08d}" for n in range(4500)), *["bad"] * 1100]))
    imported = await Contacts(database, vault, clock).import_file("大", path)
    assert (imported.accepted, imported.refused, len(imported.report)) == (4500, 1100, 1000)


async def test_a_campaign_with_everything_wrong_hears_of_everything(
    database: Database, book: CampaignBook
) -> None:
    new = NewCampaign(
        name=" ",
        questionnaire_id=uuid4(),
        contact_list_id=uuid4(),
        caller_number="95188",
        trunk="none",
        max_attempts=0,
        ring_timeout_s=1,
        calling_hours={"windows": [{"days": [9], "from": "1", "to": "2"}]},
        time_zone="Mars/Base",
    )
    with pytest.raises(InvalidInput) as caught:
        await book.create(new)
    assert len(caught.value.problems) == 10
    assert await book.list() == ()


async def test_the_life_of_a_campaign(
    database: Database, vault: Vault, clock: FakeClock, book: CampaignBook
) -> None:
    campaign = await draft(database, vault, clock, contacts=3)
    assert (campaign.state, campaign.caller_number) == (CampaignState.DRAFT, CALLER)
    launched = await book.launch(campaign.id)
    assert (launched.state, launched.launched_at) == (CampaignState.PREPARING, clock.now())
    assert (await book.status(campaign.id)).tasks == {"ready": 3}
    scripts = [script async for script in book.scripts(campaign.id)]
    assert [script.variables["name"] for script in scripts] == ["测试0", "测试1", "测试2"]
    await book.prompts(campaign.id, total=12, ready=5)
    failed = await book.fail(campaign.id, "no voice")
    assert (failed.state, failed.failure) == (CampaignState.FAILED, "no voice")
    again = await book.launch(campaign.id)
    assert (again.failure, again.prompts_total, again.prompts_ready) == (None, 12, 5)
    assert (await book.status(campaign.id)).tasks == {"ready": 3}
    assert (await book.ready(campaign.id)).state is CampaignState.RUNNING
    assert (await book.pause(campaign.id)).state is CampaignState.PAUSED
    assert (await book.resume(campaign.id)).state is CampaignState.RUNNING
    cancelled = await book.cancel(campaign.id)
    assert (cancelled.state, cancelled.finished_at) == (CampaignState.CANCELLED, clock.now())
    assert (await book.status(campaign.id)).tasks == {"cancelled": 3}
    with pytest.raises(Conflict):
        await book.resume(campaign.id)
    assert await book.list() == (await book.get(campaign.id),)


async def test_a_script_that_speaks_of_what_the_list_lacks_is_not_launched(
    database: Database, vault: Vault, clock: FakeClock, book: CampaignBook
) -> None:
    campaign = await draft(database, vault, clock)
    changed = QUESTIONNAIRE.replace("请问您满意吗？", "'{deadline}前您满意吗？'")
    script = await Questionnaires(database).add(changed)
    new = NewCampaign("回访", script.id, campaign.contact_list_id, CALLER, "rehearsal")
    other = await book.create(new)
    with pytest.raises(InvalidInput, match="lacks columns") as caught:
        await book.launch(other.id)
    assert [problem.column for problem in caught.value.problems] == ["deadline"]
    assert (await book.get(other.id)).state is CampaignState.DRAFT


async def test_a_campaign_that_is_not_there(book: CampaignBook) -> None:
    for action in (book.get, book.launch, book.pause, book.cancel, book.status):
        with pytest.raises(NotFound):
            await action(uuid4())


async def test_a_finished_status_has_no_replies_to_count(
    database: Database, vault: Vault, clock: FakeClock, book: CampaignBook
) -> None:
    campaign = await running_campaign(database, vault, clock)
    replies = (await book.status(campaign.id)).replies
    assert (replies.turns, replies.p50_ms, replies.p95_ms) == (0, None, None)


async def test_the_registry_of_caller_ids(database: Database, clock: FakeClock) -> None:
    registry = CallerIds(database)
    validity = {"valid_from": clock.now(), "valid_to": clock.now() + timedelta(days=365)}
    added = await registry.add("0771-12366", "南宁税务", owner="税务局", **validity)
    assert (added.number, added.status) == ("077112366", CallerIdStatus.PENDING)
    with pytest.raises(Conflict, match="already"):
        await registry.add("077112366", "别人", **validity)
    assert (await registry.verify("077112366")).status is CallerIdStatus.VERIFIED
    assert (await registry.suspend("0771 12366")).status is CallerIdStatus.SUSPENDED
    assert (await registry.revoke("077112366")).status is CallerIdStatus.REVOKED
    with pytest.raises(Conflict):
        await registry.verify("077112366")
    assert [caller.display_name for caller in await registry.list()] == ["南宁税务"]
    with pytest.raises(NotFound):
        await registry.verify("12345")
    with pytest.raises(InvalidInput):
        await registry.add("12367", 'x" <sip:evil@x>', **validity)
    with pytest.raises(InvalidInput, match="before valid_to"):
        await registry.add("12367", "x", valid_from=clock.now(), valid_to=clock.now())
    with pytest.raises(InvalidInput, match="time zone"):
        await registry.add(
            "12367", "x", valid_from=datetime(2026, 1, 1), valid_to=datetime(2027, 1, 1)
        )


async def test_a_trunks_password_is_kept_sealed(database: Database, vault: Vault) -> None:
    trunks = Trunks(database, vault)
    trunk = Trunk("carrier", "192.0.2.1", 5060, 2, username="u", password="s3cret")
    await trunks.put(trunk)
    assert await trunks.get("carrier") == trunk
    assert "s3cret" not in repr(trunk)
    async with database.transaction() as session:
        raw = await session.scalar(text("SELECT trunks::text FROM trunks"))
    assert b"s3cret".hex() not in raw
    await trunks.put(replace(trunk, password="", max_calls=4))
    assert [(each.password, each.max_calls) for each in await trunks.list()] == [("", 4)]
    with pytest.raises(InvalidInput, match="loopback"):
        await trunks.put(Trunk("fake", "192.0.2.1", 5060, 2, rehearsal=True))
    with pytest.raises(NotFound):
        await trunks.get("fake")


async def test_api_keys_are_shown_once_and_can_be_revoked(
    database: Database, clock: FakeClock
) -> None:
    keys = ApiKeys(database, clock)
    made = await keys.make("console")
    clock.advance(1)
    other = await keys.make("script")
    assert made.secret.startswith(f"ob_{made.key.prefix}_")
    assert made.secret not in repr(made)
    assert await keys.verify(made.secret) == made.key
    for wrong in ("", "ob_", made.secret[:-1], made.secret[:-1] + "!", "x" * 56):
        assert await keys.verify(wrong) is None
    mixed = made.secret[:12] + other.secret[12:]
    assert await keys.verify(mixed) is None
    async with database.transaction() as session:
        stored = str((await session.execute(text("SELECT * FROM api_keys"))).all())
    assert made.secret[12:] not in stored
    clock.advance(60)
    revoked = await keys.revoke(made.key.prefix)
    assert revoked.revoked_at == clock.now()
    assert await keys.verify(made.secret) is None
    assert await keys.verify(other.secret) == other.key
    assert [key.name for key in await keys.list()] == ["console", "script"]
    with pytest.raises(NotFound):
        await keys.revoke("00000000")
    with pytest.raises(InvalidInput):
        await keys.make(" ")
