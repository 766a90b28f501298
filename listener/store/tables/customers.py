"""Customers, how they are recognised, and which mentions are theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, json_field, text_field, time_field


class CustomerRow(Base, table=True):
    """A customer of the company. ``cipher`` holds the personal profile (JSON: name, contacts), encrypted.

    ``owner`` looks after them in the company; ``volume`` is how many purchases they made, as imported. ``facts`` keeps
    where each field comes from: ``{"fields": {name: [source, confidence, verified day]}}``. ``completeness`` is the
    share (0 to 1) of the fields that are known. ``do_not_link``: no mention is ever linked to them.
    """

    __tablename__ = "customer"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    external_id: str = Field(unique=True)
    party: str = "consumer"
    cipher: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    region: str = ""
    product: str = ""
    dealer: str = ""
    value: float | None = None
    segment: str = ""
    since: datetime | None = time_field()
    owner: str = ""
    profit: float | None = None
    volume: int | None = None
    completeness: float = 0.0
    do_not_link: bool = False
    facts: dict[str, Any] | None = json_field()
    imported_at: datetime = time_field(nullable=False)


class IdentityRow(Base, table=True):
    """One identifier of a customer: found by ``digest`` (keyed hash), shown from ``cipher`` (encrypted).

    ``origin`` is what brought it: ``import`` (a later table of customers may take it away again), ``interaction``,
    ``link`` (an account that a person bound); ``confidence`` from 0 to 1, ``verified_at`` when somebody checked it.
    """

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "digest"),
        Index("ix_identity_kind_digest", "kind", "digest"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", index=True, sa_type=Id)
    kind: str
    digest: str
    cipher: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    provenance: str = ""
    origin: str = "import"
    confidence: float = 1.0
    verified_at: datetime | None = time_field()
    added_at: datetime = time_field(nullable=False)


class IdentityLinkRow(Base, table=True):
    """A mention linked to a customer, with the evidence for and against."""

    __tablename__ = "identity_link"
    __table_args__ = (UniqueConstraint("mention_id", "customer_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    mention_id: int = Field(foreign_key="mention.id", sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", index=True, sa_type=Id)
    judgement: str
    score: float
    evidence: list[list[Any]] | None = json_field()
    reason: str = text_field()
    decided_by: str = ""
    decided_at: datetime = time_field(nullable=False)
