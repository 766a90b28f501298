"""fingerprints as 64-bit numbers, looked up by value; no more than 32 mentions under one

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOST_SHARED = 32


def upgrade() -> None:
    op.rename_table("fingerprint", "fingerprint_before")
    op.drop_index("ix_fingerprint_value", "fingerprint_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE fingerprint_before RENAME CONSTRAINT pk_fingerprint TO pk_fingerprint_before")
        op.execute("ALTER TABLE fingerprint_before DROP CONSTRAINT fk_fingerprint_mention_id")
    op.create_table(
        "fingerprint",
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("mention_id", columns.Id, nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_fingerprint_mention_id")),
        sa.PrimaryKeyConstraint("value", "mention_id", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    _copy()
    op.drop_table("fingerprint_before")
    op.create_index(op.f("ix_fingerprint_mention_id"), "fingerprint", ["mention_id"])


def _copy() -> None:
    """Sixteen hex digits become a signed number; of a print that many share the first mentions stay."""
    bind = op.get_bind()
    number = "('x' || value)::bit(64)::bigint"
    if bind.dialect.name == "sqlite":
        bind.connection.dbapi_connection.create_function("listener_number", 1, _number, deterministic=True)
        number = "listener_number(value)"
    op.execute(
        # nothing in it comes from outside
        f"""
        INSERT INTO fingerprint (value, mention_id)
        SELECT {number}, mention_id FROM (
            SELECT value, mention_id, row_number() OVER (PARTITION BY value ORDER BY mention_id) AS place
            FROM fingerprint_before
        ) AS ranked WHERE place <= {MOST_SHARED} ORDER BY 1, 2
        """  # noqa: S608
    )


def _number(value: str) -> int:
    return int.from_bytes(bytes.fromhex(value), "big", signed=True)
