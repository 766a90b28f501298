"""Cases with their mentions, events and tickets elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, json_field, text_field, time_field


class CaseRow(Base, table=True):
    """A case: the complaints about one matter. ``matter`` groups; ``fingerprint`` = matter + running number.

    ``*_by`` are deadlines that run from ``clocks_from`` (its opening, a reopening), ``*_at`` when each was met;
    ``escalated`` is the level (per cent) already told, by clock. ``satisfaction_judged``: nobody said it, it was read
    from what the customer wrote. ``wanted`` is the remedy that the customer asks for, ``remedy`` what was given.
    ``recent`` counts its speaker's complaints within the repeat window, ``reach`` the largest audience of a mention;
    ``factors`` are those of ``priority`` (name, value, why).
    """

    __tablename__ = "complaint_case"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    fingerprint: str = Field(unique=True)
    matter: str = Field(index=True)
    state: str = Field(index=True)
    severity: str
    title: str = text_field()
    topic: str = ""
    problem: str = ""
    reason: str = text_field()
    customer_id: int | None = Field(default=None, foreign_key="customer.id", index=True, sa_type=Id)
    owner: str = ""
    team: str = ""
    opened_at: datetime = time_field(nullable=False, index=True)
    spoken_at: datetime = time_field(nullable=False)
    updated_at: datetime = time_field(nullable=False)
    first_contact_by: datetime | None = time_field()
    first_contact_at: datetime | None = time_field()
    plan_by: datetime | None = time_field()
    planned_at: datetime | None = time_field()
    close_by: datetime | None = time_field()
    answered_at: datetime | None = time_field()
    closed_at: datetime | None = time_field()
    clocks_from: datetime | None = time_field()
    paused_since: datetime | None = time_field()
    next_escalation_at: datetime | None = time_field(index=True)
    escalated: dict[str, int] | None = json_field()
    supervised_by: str = ""
    cause: str = text_field()
    countermeasure: str = text_field()
    remedy: str = text_field()
    satisfaction: str = ""
    satisfaction_judged: bool = False
    closed_reason: str = ""
    merged_into: int | None = Field(default=None, sa_type=Id)
    outside_number: str = ""
    outside_by: datetime | None = time_field()
    outside_name: str = ""
    priority: float = Field(default=1.0, index=True)
    factors: list[list[Any]] | None = json_field()
    reach: int = 0
    recent: int = 1
    wanted: str = text_field()


class CaseMentionRow(Base, table=True):
    """A mention belongs to one case at most. ``joined_as``: opener, repost, follow_up, same_matter, witness."""

    __tablename__ = "case_mention"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    case_id: int = Field(foreign_key="complaint_case.id", index=True, sa_type=Id)
    joined_as: str
    reason: str = text_field()
    joined_at: datetime = time_field(nullable=False)


class CaseEventRow(Base, table=True):
    """Everything that happened to a case: actor, time, old and new value."""

    __tablename__ = "case_event"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    case_id: int = Field(foreign_key="complaint_case.id", index=True, sa_type=Id)
    at: datetime = time_field(nullable=False)
    actor: str
    action: str
    old: str = ""
    new: str = ""
    note: str = text_field()


class OutsideTicketRow(Base, table=True):
    """A ticket in another system: ``external`` is the case's name there, ``ticket`` its number ("" while it is made).

    ``notifier`` is the receiver in routes; ``case_id`` None for a digest's ticket. ``state`` is what was last heard.
    """

    __tablename__ = "outside_ticket"

    notifier: str = Field(primary_key=True)
    external: str = Field(primary_key=True)
    case_id: int | None = Field(default=None, foreign_key="complaint_case.id", index=True, sa_type=Id)
    ticket: str = ""
    state: str = ""
    making_until: datetime | None = time_field()
    created_at: datetime = time_field(nullable=False)
    changed_at: datetime | None = time_field()
    asked_at: datetime | None = time_field()
