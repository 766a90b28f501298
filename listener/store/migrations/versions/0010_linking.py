"""the index of linking, rulings on links, codes to identify by

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from listener.store import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, columns.UtcTime(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "link_key",
        sa.Column("digest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", columns.Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "customer_id", name=op.f("pk_link_key")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_link_key_customer_id", "link_key", ["customer_id"])
    op.create_table(
        "link_asked",
        sa.Column("digest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mention_id", columns.Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "mention_id", name=op.f("pk_link_asked")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_link_asked_mention_id", "link_asked", ["mention_id"])
    op.create_table(
        "link_pending",
        sa.Column("mention_id", columns.Id, nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_link_pending_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_link_pending")),
    )
    op.create_table(
        "link_card",
        sa.Column("customer_id", columns.Id, nullable=False),
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("sound", sa.BigInteger(), nullable=False),
        sa.Column("surname", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_link_card_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_link_card")),
    )
    op.create_table(
        "link_word",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "word", name=op.f("pk_link_word")),
    )
    op.create_table(
        "link_ruling",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("link_id", columns.Id, nullable=True),
        sa.Column("mention_id", columns.Id, nullable=False),
        sa.Column("customer_id", columns.Id, nullable=False),
        sa.Column("judgement", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("evidence", columns.Json, nullable=True),
        sa.Column("followed", columns.Json, nullable=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        _time("at", nullable=False),
        _time("undone_at"),
        sa.Column("undone_by", sa.String(), nullable=False),
        sa.Column("undone_note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_link_ruling_mention_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_link_ruling_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_ruling")),
    )
    op.create_index("ix_link_ruling_digest", "link_ruling", ["digest"])
    op.create_index(op.f("ix_link_ruling_mention_id"), "link_ruling", ["mention_id"])
    op.create_index(op.f("ix_link_ruling_customer_id"), "link_ruling", ["customer_id"])
    op.create_table(
        "link_code",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("case_id", columns.Id, nullable=False),
        sa.Column("customer_id", columns.Id, nullable=True),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        _time("made_at", nullable=False),
        _time("expires_at", nullable=False),
        _time("used_at"),
        sa.Column("used_by", sa.String(), nullable=False),
        _time("withdrawn_at"),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_link_code_case_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_link_code_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_link_code_digest")),
    )
    op.create_index(op.f("ix_link_code_case_id"), "link_code", ["case_id"])
    op.create_index(op.f("ix_link_code_customer_id"), "link_code", ["customer_id"])
    op.create_table(
        "link_guess",
        sa.Column("id", columns.Id, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        _time("at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_guess")),
    )
    op.create_index("ix_link_guess_who_at", "link_guess", ["who", "at"])


def downgrade() -> None:
    for name in (
        "link_guess",
        "link_code",
        "link_ruling",
        "link_word",
        "link_card",
        "link_pending",
        "link_asked",
        "link_key",
    ):
        op.drop_table(name)
