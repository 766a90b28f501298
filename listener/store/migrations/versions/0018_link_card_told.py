"""what a decision needs of a candidate stands in the card; the keys of the index lie by kind and name

The index is made anew when the key file is opened next (``listener.store.link_index.ensure``).

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("link_card") as card:
        card.add_column(sa.Column("party", sa.String(), nullable=False, server_default="consumer"))
        for name in ("region", "product", "dealer"):
            card.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        card.add_column(sa.Column("since", sa.BigInteger(), nullable=True))
        card.add_column(sa.Column("do_not_link", sa.Boolean(), nullable=False, server_default=sa.false()))
