"""the mentions of a thread are found without reading all mentions

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_mention_platform_site_thread_id", "mention", ["platform", "site", "thread_id"])


def downgrade() -> None:
    op.drop_index("ix_mention_platform_site_thread_id", "mention")
