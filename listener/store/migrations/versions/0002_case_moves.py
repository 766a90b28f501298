"""what people do to cases: clocks, escalation, closing, silences

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIMES = (
    "plan_by",
    "planned_at",
    "close_by",
    "answered_at",
    "clocks_from",
    "paused_since",
    "next_escalation_at",
    "outside_by",
)
WORDS = ("supervised_by", "satisfaction", "closed_reason", "outside_number")
TEXTS = ("cause", "countermeasure", "remedy")


def upgrade() -> None:
    op.create_table(
        "silence",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("matcher", columns.Json, nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", columns.UtcTime(), nullable=False),
        sa.Column("ends_at", columns.UtcTime(), nullable=False),
        sa.Column("ended_at", columns.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index(op.f("ix_silence_ends_at"), "silence", ["ends_at"])
    # plain ALTERs: SQLite would copy the whole table for a batch, and other tables point at it
    for name in TIMES:
        op.add_column("complaint_case", sa.Column(name, columns.UtcTime(), nullable=True))
    for name in WORDS:
        op.add_column("complaint_case", sa.Column(name, sa.String(), nullable=False, server_default=""))
    for name in TEXTS:
        op.add_column("complaint_case", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    judged = sa.Column("satisfaction_judged", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("complaint_case", judged)
    op.add_column("complaint_case", sa.Column("escalated", columns.Json, nullable=True))
    op.add_column("complaint_case", sa.Column("merged_into", columns.Id, nullable=True))
    op.create_index(op.f("ix_complaint_case_next_escalation_at"), "complaint_case", ["next_escalation_at"])
    op.create_index(op.f("ix_delivery_message_id"), "delivery", ["message_id"])
    op.add_column("delivery", sa.Column("hold_until", columns.UtcTime(), nullable=True))
    # a case of before runs from its opening, its further deadlines are set when it next moves
    op.execute("UPDATE complaint_case SET clocks_from = opened_at")
