"""Alembic's environment: runs on the connection that `campaigns.store.schema` hands over."""

from __future__ import annotations

from alembic import context

from campaigns.store import (  # noqa: F401 - known by import
    calendar_tables,
    campaign_tables,
    contact_tables,
    dialer_tables,
    inbound_tables,
    quota_tables,
    transfer_tables,
    trunk_tables,
    work_order_tables,
)
from campaigns.store.schema import is_ours
from campaigns.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=is_ours,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
