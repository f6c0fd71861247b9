"""The tables. Phone numbers, names and contact attributes are sealed (see campaigns.vault)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of all tables; names of constraints follow one rule, so migrations are stable."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        datetime: DateTime(timezone=True),
        str: Text,
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


def _created() -> Mapped[datetime]:
    return mapped_column(server_default=func.now())


class CallerIdRow(Base):
    """A number of the registry (R2.1): no call goes out under any other."""

    __tablename__ = "caller_ids"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    owner: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default="pending")
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    kinds: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Campaign kinds it may be used for; empty = all."""
    created_at: Mapped[datetime] = _created()


class TrunkRow(Base):
    """A way out to the telephone network. A rehearsal trunk leads to simulated callees on
    loopback and rings nobody's phone."""

    __tablename__ = "trunks"
    name: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    port: Mapped[int]
    transport: Mapped[str] = mapped_column(server_default="udp")
    username: Mapped[str] = mapped_column(server_default="")
    password_sealed: Mapped[bytes | None]
    max_calls: Mapped[int]
    rehearsal: Mapped[bool] = mapped_column(server_default=text("false"))
    driver: Mapped[str] = mapped_column(server_default="baresip")
    registration: Mapped[bool] = mapped_column(server_default=text("false"))
    register_expiry_s: Mapped[int] = mapped_column(server_default="300")
    realm: Mapped[str] = mapped_column(server_default="")
    outbound_proxy: Mapped[str] = mapped_column(server_default="")
    srtp: Mapped[str] = mapped_column(server_default="off")
    codecs: Mapped[list[Any]] = mapped_column(server_default=text('\'["pcma", "pcmu"]\'::jsonb'))
    tls_ca_file: Mapped[str] = mapped_column(server_default="")
    tls_verify: Mapped[bool] = mapped_column(server_default=text("true"))
    calls_per_second: Mapped[float | None]
    group: Mapped[str] = mapped_column("trunk_group", server_default="")
    priority: Mapped[int] = mapped_column(server_default="1")
    weight: Mapped[int] = mapped_column(server_default="1")
    prefixes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    strip_digits: Mapped[int] = mapped_column(server_default="0")
    dial_prefix: Mapped[str] = mapped_column(server_default="")
    options_every_s: Mapped[int] = mapped_column(server_default="30")
    created_at: Mapped[datetime] = _created()


class TrunkSlotRow(Base):
    """One simultaneous call a trunk may carry: claimed as a row, never counted."""

    __tablename__ = "trunk_slots"
    trunk: Mapped[str] = mapped_column(
        ForeignKey("trunks.name", ondelete="CASCADE"), primary_key=True
    )
    slot: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID | None] = mapped_column(unique=True)


class QuestionnaireRow(Base):
    """One immutable version of a questionnaire; `document` is the checked file as data."""

    __tablename__ = "questionnaires"
    __table_args__ = (UniqueConstraint("key", "version"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    kind: Mapped[str]
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _created()


class ContactListRow(Base):
    """A list of people to call, as imported, with the report of what was refused."""

    __tablename__ = "contact_lists"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    columns: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Names of the attributes its contacts have."""
    accepted: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    remarks: Mapped[int] = mapped_column(server_default="0")
    """How many of the report's entries are about rows that were taken."""
    report: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    consent_basis: Mapped[str | None]
    """None: nobody recorded why these people may be called."""
    consent_evidence: Mapped[str] = mapped_column(server_default="")
    consent_on: Mapped[date | None]
    consent_by: Mapped[str] = mapped_column(server_default="")
    consent_withdrawn_at: Mapped[datetime | None]
    consent_withdrawal: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = _created()


class ContactRow(Base):
    """One person of a list."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("list_id", "number_index"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"))
    source_row: Mapped[int]
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes] = mapped_column(index=True)
    number_masked: Mapped[str]
    attributes_sealed: Mapped[bytes]
    """JSON object of the contact's attributes."""


class CampaignRow(Base):
    """A questionnaire, a contact list, a caller ID and a trunk, with the rules of calling."""

    __tablename__ = "campaigns"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    kind: Mapped[str]
    questionnaire_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaires.id"))
    contact_list_id: Mapped[UUID] = mapped_column(ForeignKey("contact_lists.id"))
    caller_id: Mapped[UUID] = mapped_column(ForeignKey("caller_ids.id"))
    trunk: Mapped[str] = mapped_column(ForeignKey("trunks.name"))
    """The one tried first; of a group: the first when the campaign was made."""
    fallback_trunks: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Tried after `trunk`, in this order."""
    trunk_group: Mapped[str] = mapped_column(server_default="")
    """Named instead of trunks."""
    state: Mapped[str] = mapped_column(server_default="draft", index=True)
    max_attempts: Mapped[int] = mapped_column(server_default="3")
    ring_timeout_s: Mapped[int] = mapped_column(server_default="45")
    calling_hours: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    time_zone: Mapped[str] = mapped_column(server_default="Asia/Shanghai")
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    closed_until: Mapped[datetime | None]
    """Outside its calling hours: when they open again. Its tasks are not leased before."""
    voice: Mapped[str] = mapped_column(server_default="")
    on_machine: Mapped[str] = mapped_column(server_default="call_later")
    retry: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """What differs from the table of dispositions (`campaigns.retry_policy`)."""
    weight: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    """Its share of the lines beside other campaigns'."""
    duplicates: Mapped[str] = mapped_column(server_default="keep")
    """keep | skip: who waits in another campaign when this one is launched."""
    failure: Mapped[str | None]
    """Why the campaign stopped by itself, in words for its owner."""
    prompts_total: Mapped[int] = mapped_column(server_default="0")
    prompts_ready: Mapped[int] = mapped_column(server_default="0")
    created_by: Mapped[str] = mapped_column(server_default="")
    approved_by: Mapped[str] = mapped_column(server_default="")
    """The second person, or in brackets why none is needed; empty: no real telephone may ring."""
    created_at: Mapped[datetime] = _created()
    launched_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class TaskRow(Base):
    """The wish to reach a contact."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        Index(
            "ix_tasks_due",
            "campaign_id",
            "priority",
            "next_at",
            "id",
            postgresql_where=text("state = 'ready'"),
        ),
        Index("ix_tasks_state", "campaign_id", "state"),
        Index("ix_tasks_leased", "lease_until", postgresql_where=text("state = 'leased'")),
        CheckConstraint("attempts_made >= 0", name="attempts_made"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    number_index: Mapped[bytes] = mapped_column(index=True)
    number_order: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    """Which of the contact's numbers `number_index` is."""
    reason: Mapped[str] = mapped_column(server_default="campaign")
    state: Mapped[str] = mapped_column(server_default="ready")
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """1: the person was promised a call at `next_at`; these go first."""
    attempts_made: Mapped[int] = mapped_column(server_default="0")
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(server_default="0")
    disposition: Mapped[str | None]
    """Of its last attempt, or the rule that kept it from being placed."""
    note: Mapped[str | None]
    tried_trunks: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Those that failed before anything rang, since its last attempt that stood."""


class AttemptRow(Base):
    """One dial with what was sent and what came of it."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("task_id", "ordinal"),
        Index("ix_attempts_campaign", "campaign_id", "started_at"),
        Index("ix_attempts_number", "number_index", "started_at"),
        Index("ix_attempts_trunk", "trunk", "ended_at"),
        # One number is never in two calls at a time.
        Index(
            "uq_attempts_number_open",
            "number_index",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    ordinal: Mapped[int]
    fence: Mapped[int]
    worker: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    """open | closed"""
    number_index: Mapped[bytes]
    number_order: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    number_masked: Mapped[str] = mapped_column(server_default="")
    """Empty: the contact's first number."""
    trunk: Mapped[str]
    alternatives: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Trunks that may still be tried should this one fail before anything rings."""
    failed_over: Mapped[bool] = mapped_column(server_default=text("false"))
    """It rang nobody and another trunk was tried: it does not count."""
    rehearsal: Mapped[bool] = mapped_column(server_default=text("false"))
    """It rang nobody's phone."""
    slot: Mapped[int]
    sip_call_id: Mapped[str] = mapped_column(unique=True)
    caller_number: Mapped[str]
    caller_name: Mapped[str]
    started_at: Mapped[datetime] = _created()
    ringing_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    disposition: Mapped[str | None]
    ended_by: Mapped[str | None]
    sip_code: Mapped[int | None]
    sip_reason: Mapped[str | None]
    q850: Mapped[int | None]
    call_later_at: Mapped[datetime | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    quality: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    replies_ms: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    prompt_misses: Mapped[int] = mapped_column(server_default="0")
    recording: Mapped[str | None]


class AttemptEventRow(Base):
    """A signalling or media event of an attempt, kept as evidence."""

    __tablename__ = "attempt_events"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(
        ForeignKey("attempts.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]


class UtteranceRow(Base):
    """One thing one side said."""

    __tablename__ = "utterances"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(
        ForeignKey("attempts.id", ondelete="CASCADE"), index=True
    )
    speaker: Mapped[str]
    text: Mapped[str]
    syllables: Mapped[str]
    start_s: Mapped[float]
    end_s: Mapped[float]
    confidence: Mapped[float | None]
    intent: Mapped[str | None]
    interrupted: Mapped[bool]


class AnswerRow(Base):
    """One answer; `superseded` when the person corrected it later in the call."""

    __tablename__ = "answers"
    __table_args__ = (
        Index(
            "uq_answers_current",
            "attempt_id",
            "question_id",
            unique=True,
            postgresql_where=text("not superseded"),
        ),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"))
    question_id: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    words: Mapped[str]
    confidence: Mapped[float]
    source: Mapped[str]
    start_s: Mapped[float | None]
    end_s: Mapped[float | None]
    superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    revision: Mapped[int] = mapped_column(server_default="0")
    """Which answer of the call it is, counted from 1; 0: not counted."""
    created_at: Mapped[datetime] = _created()


class DoNotCallRow(Base):
    """A number that must not be called again: by anybody, for a list or in a campaign. An entry
    that was removed stays, with who removed it and why."""

    __tablename__ = "do_not_call"
    __table_args__ = (
        Index(
            "uq_do_not_call_everywhere",
            "number_index",
            unique=True,
            postgresql_where=text("removed_at IS NULL AND list_id IS NULL AND campaign_id IS NULL"),
        ),
        Index(
            "uq_do_not_call_list",
            "number_index",
            "list_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL AND list_id IS NOT NULL"),
        ),
        Index(
            "uq_do_not_call_campaign",
            "number_index",
            "campaign_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL AND campaign_id IS NOT NULL"),
        ),
        CheckConstraint("list_id IS NULL OR campaign_id IS NULL", name="scope"),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number_index: Mapped[bytes]
    number_masked: Mapped[str] = mapped_column(server_default="")
    list_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(server_default="")
    attempt_id: Mapped[UUID | None]
    added_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = _created()
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str] = mapped_column(server_default="")
    removal: Mapped[str] = mapped_column(server_default="")


class CalendarOverrideRow(Base):
    """A day that is not as the official calendar says, or that it does not know."""

    __tablename__ = "calendar_overrides"
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = _created()


class ApiKeyRow(Base):
    """A key of the HTTP interface; only its hash is kept."""

    __tablename__ = "api_keys"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime] = _created()
    revoked_at: Mapped[datetime | None]


class ExportRow(Base):
    """A file of results being made or ready to be fetched."""

    __tablename__ = "exports"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    format: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    path: Mapped[str | None]
    rows: Mapped[int | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = _created()
    finished_at: Mapped[datetime | None]
