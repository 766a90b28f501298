"""what arrives by itself: pushed, dropped into a folder, forwarded

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "arrival",
        sa.Column("id", columns.Id, nullable=False),
        _text("source"),
        _text("name"),
        _text("kind"),
        _text("digest"),
        _text("person"),
        sa.Column("subject", sa.Text(), nullable=False),
        _text("reply_to"),
        _text("refused"),
        sa.Column("answer", columns.Json, nullable=True),
        sa.Column("arrived_at", columns.UtcTime(), nullable=False),
        sa.Column("answered_at", columns.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("source", "name", name=op.f("uq_arrival_source_name")),
    )
    op.create_index(op.f("ix_arrival_arrived_at"), "arrival", ["arrived_at"])
    op.create_table(
        "arrival_entry",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("arrival_id", columns.Id, nullable=False),
        _text("platform"),
        _text("site"),
        _text("native_id"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.id"], name=op.f("fk_arrival_entry_arrival_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_entry")),
    )
    op.create_index(op.f("ix_arrival_entry_arrival_id"), "arrival_entry", ["arrival_id"])
    op.create_table(
        "arrival_key",
        _text("value"),
        _text("platform"),
        _text("site"),
        _text("native_id"),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_arrival_key")),
    )
