"""What people forwarded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, json_field, text_field, time_field


class ArrivalRow(Base, table=True):
    """Something that arrived by itself, once: a pushed request, a file, a forwarded mail; ``name`` is unique within
    ``source``.

    ``digest`` is of its bytes. ``person`` forwarded it ("" for a machine); ``refused`` says why nothing was made of it.
    ``answered_at`` is set once the person was told; ``answer`` is what was answered.
    """

    __tablename__ = "arrival"
    __table_args__ = (UniqueConstraint("source", "name"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    source: str
    name: str
    kind: str
    digest: str = ""
    person: str = ""
    subject: str = text_field()
    reply_to: str = ""
    refused: str = ""
    answer: dict[str, Any] | None = json_field()
    arrived_at: datetime = time_field(nullable=False, index=True)
    answered_at: datetime | None = time_field(index=True)


class ArrivalEntryRow(Base, table=True):
    """A mention that an arrival is about. ``repeated``: it was known before; ``remark`` is what the person adds."""

    __tablename__ = "arrival_entry"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    arrival_id: int = Field(foreign_key="arrival.id", index=True, sa_type=Id)
    platform: str
    site: str
    native_id: str
    title: str = text_field()
    remark: str = text_field()
    repeated: bool = False


class ArrivalKeyRow(Base, table=True):
    """By what a forwarded mention is known again: its link, the platform's id, its words; ``value`` is a hash."""

    __tablename__ = "arrival_key"

    value: str = Field(primary_key=True)
    platform: str
    site: str
    native_id: str
