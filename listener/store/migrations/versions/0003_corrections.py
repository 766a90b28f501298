"""corrections, spot checks, model versions, verdicts of outside judges

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_version",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("trained_at", columns.UtcTime(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("file_digest", sa.String(), nullable=False),
        sa.Column("figures", columns.Json, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_model_version")),
    )
    op.create_table(
        "verdict",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("answer", columns.Json, nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_verdict")),
    )
    op.create_index(op.f("ix_verdict_at"), "verdict", ["at"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("mention_id", columns.Id, nullable=False),
        sa.Column("raw_id", columns.Id, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=False),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("undone_at", columns.UtcTime(), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_correction_mention_id")),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_mention.id"], name=op.f("fk_correction_raw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_at"), "correction", ["at"], unique=False)
    op.create_index(op.f("ix_correction_mention_id"), "correction", ["mention_id"], unique=False)
    op.create_table(
        "spot_check",
        sa.Column("mention_id", columns.Id, nullable=False),
        sa.Column("drawn_at", columns.UtcTime(), nullable=False),
        sa.Column("drawn_by", sa.String(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_spot_check_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_spot_check")),
    )
    op.create_index(op.f("ix_spot_check_drawn_at"), "spot_check", ["drawn_at"], unique=False)
