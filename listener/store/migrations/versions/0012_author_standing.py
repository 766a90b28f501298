"""authors' standings, made anew each night

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "author_standing",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("last_at", columns.UtcTime(), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False),
        sa.Column("engagement", sa.Float(), nullable=True),
        sa.Column("engagement_percentile", sa.Float(), nullable=True),
        sa.Column("heard_by", sa.Integer(), nullable=False),
        sa.Column("core", sa.Integer(), nullable=False),
        sa.Column("neighbours", sa.Integer(), nullable=False),
        sa.Column("topics", columns.Json, nullable=True),
        sa.Column("stance", sa.Float(), nullable=False),
        sa.Column("feelings", columns.Json, nullable=True),
        sa.Column("high", columns.Json, nullable=True),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("made_at", columns.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "site", "author", name=op.f("pk_author_standing")),
    )
    op.create_index(op.f("ix_author_standing_core"), "author_standing", ["core"])
