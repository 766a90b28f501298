"""the customer record: interactions, relations, flags, tombstones

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, columns.UtcTime(), nullable=nullable)


def _string(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    with op.batch_alter_table("customer") as customer:
        customer.add_column(sa.Column("owner", sa.String(), nullable=False, server_default=""))
        customer.add_column(sa.Column("profit", sa.Float(), nullable=True))
        customer.add_column(sa.Column("volume", sa.Integer(), nullable=True))
        customer.add_column(sa.Column("completeness", sa.Float(), nullable=False, server_default="0"))
        customer.add_column(sa.Column("do_not_link", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("identity") as identity:
        identity.add_column(sa.Column("origin", sa.String(), nullable=False, server_default="import"))
        identity.add_column(sa.Column("confidence", sa.Float(), nullable=False, server_default="1"))
        identity.add_column(_time("verified_at"))
    _interaction()
    _relation_and_flag()
    op.create_table(
        "tombstone",
        _string("kind"),
        _string("digest"),
        _time("at", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "digest", name=op.f("pk_tombstone")),
    )


def _interaction() -> None:
    op.create_table(
        "interaction",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("customer_id", columns.Id, nullable=False),
        _string("key"),
        _string("kind"),
        _time("at", nullable=False),
        _string("product"),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Float(), nullable=True),
        _string("dealer"),
        _string("result"),
        sa.Column("cipher", sa.LargeBinary(), nullable=True),
        _string("provenance"),
        _time("imported_at", nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_interaction_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
        sa.UniqueConstraint("key", name=op.f("uq_interaction_key")),
    )
    op.create_index("ix_interaction_customer_id_at", "interaction", ["customer_id", "at"])


def _relation_and_flag() -> None:
    op.create_table(
        "customer_relation",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("customer_id", columns.Id, nullable=False),
        _string("kind"),
        _string("other"),
        _string("provenance"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_relation_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_relation")),
        sa.UniqueConstraint("customer_id", "kind", "other", name=op.f("uq_customer_relation_customer_id_kind_other")),
    )
    op.create_index("ix_customer_relation_kind_other", "customer_relation", ["kind", "other"])
    op.create_table(
        "customer_flag",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("customer_id", columns.Id, nullable=False),
        _string("flag"),
        sa.Column("cipher", sa.LargeBinary(), nullable=False),
        _string("set_by"),
        _time("set_at", nullable=False),
        _string("ended_by"),
        _time("ended_at"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_flag_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_flag")),
    )
    op.create_index(op.f("ix_customer_flag_customer_id"), "customer_flag", ["customer_id"])
