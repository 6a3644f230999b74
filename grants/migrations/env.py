"""Alembic's way in: the connection comes from grants.store.migrate, which holds the lock and the transaction."""

from alembic import context
from sqlmodel import SQLModel

import grants.store.tables  # noqa: F401  the tables must be known before they are compared

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=True,
    compare_server_default=False,
)
context.run_migrations()
