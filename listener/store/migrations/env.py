"""Alembic's entry: runs on the connection that ``Database.upgrade`` hands over."""

from alembic import context

from listener.store import (  # noqa: F401 - their tables belong to the metadata
    customer_tables,
    evidence_tables,
    influence_tables,
    link_tables,
)
from listener.store.tables import Base


def render(kind: str, value: object, _context: object) -> str | bool:
    """Our own column types by their short names, SQLModel's strings as plain ones."""
    if kind == "type" and type(value).__name__ == "UtcTime":
        return "columns.UtcTime()"
    if kind == "type" and type(value).__name__ == "AutoString":
        return "sa.String()"
    if kind == "type" and type(value).__name__ == "JSON":
        return "columns.Json"
    if kind == "type" and type(value).__name__ == "BigInteger":
        return "columns.Id"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
