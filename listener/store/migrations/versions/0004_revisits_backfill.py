"""threads and mentions that are read again, backfills

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, columns.UtcTime(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "thread",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        _time("first_at", nullable=False),
        _time("spoken_at", nullable=False),
        _time("visited_at", nullable=False),
        _time("next_at"),
        sa.PrimaryKeyConstraint("source", "thread_id", name=op.f("pk_thread")),
    )
    op.create_index("ix_thread_source_next_at", "thread", ["source", "next_at"])
    op.create_table(
        "mention_check",
        sa.Column("mention_id", columns.Id, nullable=False),
        _time("checked_at", nullable=False),
        _time("next_at", nullable=False),
        _time("missed_since"),
        _time("gone_at"),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_mention_check_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_mention_check")),
    )
    op.create_index(op.f("ix_mention_check_next_at"), "mention_check", ["next_at"])
    op.create_table(
        "backfill",
        sa.Column("source", sa.String(), nullable=False),
        _time("since", nullable=False),
        sa.Column("state", columns.Json, nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        _time("oldest_at"),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        _time("started_at", nullable=False),
        _time("ended_at"),
        _time("done_at"),
        sa.Column("owner", sa.String(), nullable=False),
        _time("lease_until"),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_backfill")),
    )
