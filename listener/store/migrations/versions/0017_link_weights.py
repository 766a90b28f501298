"""weights of linking, learnt from rulings

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from listener.store.columns import Id, Json, UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_weights",
        sa.Column("id", Id, nullable=False),
        sa.Column("shifts", Json, nullable=True),
        sa.Column("figures", Json, nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_weights")),
    )
