"""The customer record's further tables: interactions, relations, flags, and the tombstones of what was erased.

As in ``listener.store.tables``: personal values stand only in ``cipher`` columns (encrypted) and ``digest`` columns
(keyed hash).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables import Base, text_field, time_field


class InteractionRow(Base, table=True):
    """One imported dealing with a customer: a purchase, a repair, a call, a visit to the shop; many for each customer.

    ``key`` makes an import idempotent. ``cipher`` holds what is personal of it (JSON: order, vin, plate, serial, note).
    """

    __tablename__ = "interaction"
    __table_args__ = (Index("ix_interaction_customer_id_at", "customer_id", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", sa_type=Id)
    key: str = Field(unique=True)
    kind: str
    at: datetime = time_field(nullable=False)
    product: str = ""
    quantity: int | None = None
    amount: float | None = None
    dealer: str = ""
    result: str = ""
    cipher: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    provenance: str = ""
    imported_at: datetime = time_field(nullable=False)


class RelationRow(Base, table=True):
    """A customer belongs to others: ``parent`` (``other`` is the group's external id) or ``household`` (its number).

    The other one need not be stored.
    """

    __tablename__ = "customer_relation"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "other"),
        Index("ix_customer_relation_kind_other", "kind", "other"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", sa_type=Id)
    kind: str
    other: str
    provenance: str = ""


class FlagRow(Base, table=True):
    """A mark that only a person sets on a customer, with evidence (``cipher``); it holds until somebody ends it."""

    __tablename__ = "customer_flag"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", index=True, sa_type=Id)
    flag: str
    cipher: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    set_by: str
    set_at: datetime = time_field(nullable=False)
    ended_by: str = ""
    ended_at: datetime | None = time_field()


class TombstoneRow(Base, table=True):
    """What was taken away for good, as a keyed hash that keeps it from coming back.

    ``kind``: ``mention`` (any capture of it is refused), ``capture`` (the very same capture is), ``customer`` (an
    import of that external id is).
    """

    __tablename__ = "tombstone"

    kind: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    at: datetime = time_field(nullable=False)
    reason: str = text_field()
