"""codes found in mentions by the index of linking

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("link_code") as code:
        code.add_column(sa.Column("key", sa.BigInteger(), nullable=False, server_default="0"))
        code.add_column(sa.Column("serial", sa.Integer(), nullable=False, server_default="1"))
        code.create_index("ix_link_code_key", ["key"])
