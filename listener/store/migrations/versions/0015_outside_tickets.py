"""tickets in other systems

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import Id, UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outside_ticket",
        sa.Column("notifier", sa.String(), nullable=False),
        sa.Column("external", sa.String(), nullable=False),
        sa.Column("case_id", Id, nullable=True),
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("making_until", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=True),
        sa.Column("asked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_outside_ticket_case_id")),
        sa.PrimaryKeyConstraint("notifier", "external", name=op.f("pk_outside_ticket")),
    )
    op.create_index(op.f("ix_outside_ticket_case_id"), "outside_ticket", ["case_id"])
