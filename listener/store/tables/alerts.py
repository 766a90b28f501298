"""Alerts, the outbox, addresses that bounced, silences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, json_field, text_field, time_field


class AlertRow(Base, table=True):
    """A rule fired. ``key`` makes it fire once for one cause."""

    __tablename__ = "alert"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    key: str = Field(unique=True)
    kind: str
    subject: str
    case_id: int | None = Field(default=None, foreign_key="complaint_case.id", index=True, sa_type=Id)
    mention_id: int | None = Field(default=None, foreign_key="mention.id", sa_type=Id)
    severity: str = "S4"
    digest: bool = False
    reason: str = text_field()
    facts: dict[str, Any] | None = json_field()
    created_at: datetime = time_field(nullable=False, index=True)


class DeliveryRow(Base, table=True):
    """One message to one receiver; the outbox. ``content`` is rendered once and then never changes.

    ``status``: pending, sent, failed, suppressed. A digest entry waits with ``digest`` true until its slot, and where a
    silence mutes it until ``hold_until``. ``parts``: how many parts of a message that goes in several were taken.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_status_next_at", "status", "next_at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    key: str = Field(unique=True)
    receiver: str = Field(index=True)
    notifier: str
    address: str
    language: str = "zh"
    status: str = "pending"
    digest: bool = False
    case_id: int | None = Field(default=None, foreign_key="complaint_case.id", index=True, sa_type=Id)
    severity: str = "S4"
    reason: str = text_field()
    held: str = ""
    subject: str = text_field()
    message_id: str = Field(default="", index=True)
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    attempts: int = 0
    parts: int = 0
    next_at: datetime = time_field(nullable=False)
    hold_until: datetime | None = time_field()
    lease_until: datetime | None = time_field()
    last_error: str = text_field()
    created_at: datetime = time_field(nullable=False)
    sent_at: datetime | None = time_field()


class DeliveryAlertRow(Base, table=True):
    """The alerts that one delivery carries."""

    __tablename__ = "delivery_alert"

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id", sa_type=Id)
    alert_id: int = Field(primary_key=True, foreign_key="alert.id", index=True, sa_type=Id)


class BouncedRow(Base, table=True):
    """An address whose mail came back: nothing more is sent there until somebody clears it."""

    __tablename__ = "bounced_address"

    address: str = Field(primary_key=True)
    at: datetime = time_field(nullable=False)
    reason: str = text_field()
    times: int = 1


class SilenceRow(Base, table=True):
    """A time-boxed mute of alerts that match, by whom and why; ``ended_at`` where somebody ended it early.

    ``matcher``: lists of wanted values by name (topic, problem, severity, source, author, case); all must match.
    """

    __tablename__ = "silence"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    matcher: dict[str, list[str]] | None = json_field()
    author: str
    reason: str = text_field()
    starts_at: datetime = time_field(nullable=False)
    ends_at: datetime = time_field(nullable=False, index=True)
    ended_at: datetime | None = time_field()
