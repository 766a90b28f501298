"""The tables of evidence: for each capture the answer it was read from, and the bodies while they are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, LargeBinary
from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables import Base, json_field, text_field, time_field


class EvidenceRow(Base, table=True):
    """The answer that a capture was read from: address, time, status and the SHA-256 of its body. It goes with it."""

    __tablename__ = "evidence"

    raw_id: int = Field(sa_column=Column(Id, ForeignKey("raw_mention.id", ondelete="CASCADE"), primary_key=True))
    url: str = text_field()
    status: int
    sha256: str = Field(index=True)
    size: int
    fetched_at: datetime = time_field(nullable=False)
    headers: dict[str, str] | None = json_field()


class PayloadRow(Base, table=True):
    """A body by its SHA-256, once for all captures that were read from it, zlib-compressed; housekeeping removes it."""

    __tablename__ = "payload"

    sha256: str = Field(primary_key=True)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kept_at: datetime = time_field(nullable=False, index=True)
