"""evidence of captures: the answers they were read from, and their bodies

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("raw_id", columns.Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("fetched_at", columns.UtcTime(), nullable=False),
        sa.Column("headers", columns.Json, nullable=True),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_mention.id"], name=op.f("fk_evidence_raw_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("raw_id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_sha256"), "evidence", ["sha256"])
    op.create_table(
        "payload",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", columns.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_payload")),
    )
    op.create_index(op.f("ix_payload_kept_at"), "payload", ["kept_at"])
