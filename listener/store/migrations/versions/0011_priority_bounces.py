"""priority with its factors, remedy asked for, outside deadlines, addresses that bounce

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    case = "complaint_case"
    op.add_column(case, sa.Column("outside_name", sa.String(), nullable=False, server_default=""))
    op.add_column(case, sa.Column("priority", sa.Float(), nullable=False, server_default="1"))
    op.add_column(case, sa.Column("factors", columns.Json, nullable=True))
    op.add_column(case, sa.Column("reach", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(case, sa.Column("recent", sa.Integer(), nullable=False, server_default="1"))
    op.add_column(case, sa.Column("wanted", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_complaint_case_priority"), case, ["priority"])
    # a case of before stands by its severity until it next moves
    for severity, value in (("S1", 8), ("S2", 4), ("S3", 2)):
        op.execute(f"UPDATE complaint_case SET priority = {value} WHERE severity = '{severity}'")  # noqa: S608
    op.create_table(
        "bounced_address",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_bounced_address")),
    )
    # whose complaints are counted is found by author
    author = ["platform", "site", "author_id", "author_name"]
    op.create_index("ix_mention_platform_site_author_id", "mention", author)
