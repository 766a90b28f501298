"""The daemon: what is due, who did what, single facts."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, text_field, time_field


class SlotRow(Base, table=True):
    """A recurring duty of the daemon; whoever moves ``next_at`` in one UPDATE does it, within the lease."""

    __tablename__ = "slot"

    name: str = Field(primary_key=True)
    next_at: datetime = time_field(nullable=False)
    lease_until: datetime | None = time_field()
    owner: str = ""
    last_done_at: datetime | None = time_field()


class AuditRow(Base, table=True):
    """Who saw or changed what that is personal, and why."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    at: datetime = time_field(nullable=False)
    person: str
    action: str
    subject: str
    note: str = text_field()


class FactRow(Base, table=True):
    """Single facts about the installation (which key encrypts, when the first crawl was)."""

    __tablename__ = "installation_fact"

    name: str = Field(primary_key=True)
    value: str = text_field()
