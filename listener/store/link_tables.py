"""The tables of linking: the index of keyed hashes, rulings, codes. Same rules as in ``listener.store.tables``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field

from listener.store.columns import Id, Json
from listener.store.tables import Base, time_field


class LinkKeyRow(Base, table=True):
    """The index: 64 bits of a keyed hash → the customers found under it. Kind and value are both in the hash.

    No foreign key: it would be checked 20 times for each customer of an import. A row of a customer who is gone is
    found by nobody, since the look-up joins the customer.
    """

    __tablename__ = "link_key"
    __table_args__ = (Index("ix_link_key_customer_id", "customer_id"), {"sqlite_with_rowid": False})

    digest: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    customer_id: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))


class LinkAskedRow(Base, table=True):
    """The hashes by which a mention asked, so that a customer imported later is found for it too."""

    __tablename__ = "link_asked"
    __table_args__ = (Index("ix_link_asked_mention_id", "mention_id"), {"sqlite_with_rowid": False})

    digest: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    mention_id: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))


class LinkPendingRow(Base, table=True):
    """A mention whose links are to be decided again, since customers it asks for came or changed."""

    __tablename__ = "link_pending"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)


class LinkCardRow(Base, table=True):
    """What a decision needs of a candidate, in a small row: the customer's own is eight times as large.

    Hashes of the name, of its sound and of the surname, by which names are compared without being read; and what the
    customer's row says in plain. Whoever is in the index has one, and ``listener.store.link_index`` writes it.
    """

    __tablename__ = "link_card"

    customer_id: int = Field(primary_key=True, foreign_key="customer.id", sa_type=Id)
    name: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sound: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    surname: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    party: str = "consumer"
    region: str = ""
    product: str = ""
    dealer: str = ""
    since: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """Seconds since 1970, UTC: eight bytes for the 26 of a time."""
    do_not_link: bool = False


class LinkWordRow(Base, table=True):
    """How many customers have a region, product or dealer; nothing of one person's."""

    __tablename__ = "link_word"

    kind: str = Field(primary_key=True)
    word: str = Field(primary_key=True)
    customers: int = 0


class LinkRulingRow(Base, table=True):
    """What a person ruled about an author and a customer: confirmed (the account is bound) or rejected.

    ``digest`` is of the author's account, or of the mention where it has none; ``evidence`` the kinds and values that
    were known then, masked, so that new evidence may be proposed again. ``followed`` is what the ruling brought about,
    so that undoing it can take that back.
    """

    __tablename__ = "link_ruling"
    __table_args__ = (Index("ix_link_ruling_digest", "digest"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    link_id: int | None = Field(default=None, sa_type=Id)
    mention_id: int = Field(foreign_key="mention.id", index=True, sa_type=Id)
    customer_id: int = Field(foreign_key="customer.id", index=True, sa_type=Id)
    judgement: str
    digest: str = ""
    evidence: list[str] | None = Field(default=None, sa_column=Column(Json, nullable=True))
    followed: dict[str, Any] | None = Field(default=None, sa_column=Column(Json, nullable=True))
    person: str
    note: str = ""
    at: datetime = time_field(nullable=False)
    undone_at: datetime | None = time_field()
    undone_by: str = ""
    undone_note: str = ""


class LinkCodeRow(Base, table=True):
    """A one-time code; only its keyed hash is kept. It belongs to the account that wrote a case's opener.

    With ``customer_id`` it was sent to that customer, and the account that says it is theirs. Without, it was sent to
    the account, and the customer in whose answer, import or form it appears is who has the account.
    """

    __tablename__ = "link_code"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_link_code_key", "key"))

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    digest: str
    key: int = Field(sa_column=Column(BigInteger, nullable=False))
    serial: int = 1
    case_id: int = Field(foreign_key="complaint_case.id", index=True, sa_type=Id)
    customer_id: int | None = Field(default=None, foreign_key="customer.id", index=True, sa_type=Id)
    platform: str = ""
    author_id: str = ""
    made_by: str = ""
    made_at: datetime = time_field(nullable=False)
    expires_at: datetime = time_field(nullable=False)
    used_at: datetime | None = time_field()
    used_by: str = ""
    withdrawn_at: datetime | None = time_field()


class LinkGuessRow(Base, table=True):
    """A code that was no code, by who tried it; so that guessing is slowed down."""

    __tablename__ = "link_guess"
    __table_args__ = (Index("ix_link_guess_who_at", "who", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    who: str
    at: datetime = time_field(nullable=False)


class LinkWeightsRow(Base, table=True):
    """A version of what rulings taught of the weights; the newest that was not withdrawn is in force.

    ``shifts`` are bits by kind of evidence; ``figures`` what they were learnt from. Nothing of one person's.
    """

    __tablename__ = "link_weights"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    shifts: dict[str, float] | None = Field(default=None, sa_column=Column(Json, nullable=True))
    figures: dict[str, Any] | None = Field(default=None, sa_column=Column(Json, nullable=True))
    made_by: str
    made_at: datetime = time_field(nullable=False)
    withdrawn_at: datetime | None = time_field()
    withdrawn_by: str = ""
