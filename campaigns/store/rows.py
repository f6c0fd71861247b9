"""Rows read as domain types."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from campaigns.caller_id import CallerId, CallerIdStatus
from campaigns.campaign import Campaign, CampaignState, Duplicates
from campaigns.on_machine import OnMachine
from campaigns.questionnaire.file import from_document
from campaigns.questionnaire.model import CampaignKind, Questionnaire
from campaigns.store.tables import CallerIdRow, CampaignRow, QuestionnaireRow, TrunkRow
from campaigns.trunk import Trunk
from campaigns.vault import Vault

NUMBER_PURPOSE = "contact-number"
ATTRIBUTES_PURPOSE = "contact-attributes"
TRUNK_PURPOSE = "trunk-password"


def caller_id(row: CallerIdRow) -> CallerId:
    """Read a number of the registry."""
    return CallerId(
        number=row.number,
        display_name=row.display_name,
        owner=row.owner,
        status=CallerIdStatus(row.status),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        kinds=tuple(CampaignKind(kind) for kind in row.kinds),
    )


def trunk(row: TrunkRow, vault: Vault) -> Trunk:
    """Read a trunk with its password."""
    sealed = row.password_sealed
    return Trunk(
        name=row.name,
        host=row.host,
        port=row.port,
        max_calls=row.max_calls,
        transport=row.transport,
        username=row.username,
        password=vault.open(sealed, TRUNK_PURPOSE).decode() if sealed else "",
        rehearsal=row.rehearsal,
        driver=row.driver,
        registration=row.registration,
        register_expiry_s=row.register_expiry_s,
        realm=row.realm,
        outbound_proxy=row.outbound_proxy,
        srtp=row.srtp,
        codecs=tuple(row.codecs),
        tls_ca_file=row.tls_ca_file,
        tls_verify=row.tls_verify,
        calls_per_second=row.calls_per_second,
        group=row.group,
        priority=row.priority,
        weight=row.weight,
        prefixes=tuple(row.prefixes),
        strip_digits=row.strip_digits,
        dial_prefix=row.dial_prefix,
        options_every_s=row.options_every_s,
    )


def campaign(row: CampaignRow, caller_number: str) -> Campaign:
    """Read a campaign."""
    return Campaign(
        id=row.id,
        name=row.name,
        kind=CampaignKind(row.kind),
        state=CampaignState(row.state),
        questionnaire_id=row.questionnaire_id,
        contact_list_id=row.contact_list_id,
        caller_number=caller_number,
        trunk=row.trunk,
        fallback_trunks=tuple(row.fallback_trunks),
        trunk_group=row.trunk_group,
        max_attempts=row.max_attempts,
        ring_timeout_s=row.ring_timeout_s,
        calling_hours=row.calling_hours,
        time_zone=row.time_zone,
        not_before=row.not_before,
        not_after=row.not_after,
        voice=row.voice,
        on_machine=OnMachine(row.on_machine),
        duplicates=Duplicates(row.duplicates),
        retry=row.retry,
        weight=row.weight,
        failure=row.failure,
        prompts_total=row.prompts_total,
        prompts_ready=row.prompts_ready,
        created_by=row.created_by,
        approved_by=row.approved_by,
        created_at=row.created_at,
        launched_at=row.launched_at,
        finished_at=row.finished_at,
    )


@dataclass(frozen=True, slots=True)
class _Version:
    """A questionnaire version, told apart by its id alone: versions never change."""

    id: UUID
    document: dict[str, Any] = field(compare=False)


def questionnaire(row: QuestionnaireRow) -> Questionnaire:
    """Read a questionnaire version; each is read once."""
    return _read(_Version(row.id, row.document))


@lru_cache(maxsize=64)
def _read(version: _Version) -> Questionnaire:
    return from_document(version.document)


def attributes(sealed: bytes, vault: Vault) -> dict[str, str]:
    """Open a contact's attributes."""
    opened: dict[str, Any] = json.loads(vault.open(sealed, ATTRIBUTES_PURPOSE))
    return {name: str(value) for name, value in opened.items()}
