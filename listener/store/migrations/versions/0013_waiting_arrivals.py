"""arrivals that wait for an answer are found by an index

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_arrival_answered_at"), "arrival", ["answered_at"])
