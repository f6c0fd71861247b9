"""Alembic's environment: runs on the connection that `campaigns.store.schema` hands over."""

from __future__ import annotations

from alembic import context

from campaigns.store.inbound_tables import InboundCallRow
from campaigns.store.schema import is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=InboundCallRow.metadata,
    include_name=is_ours,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
