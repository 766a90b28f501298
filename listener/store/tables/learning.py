"""Corrections, spot checks, models, answers of an outside judge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, json_field, text_field, time_field


class CorrectionRow(Base, table=True):
    """A person's word on one field of one mention. Of those not undone the newest holds, for the text it was said of.

    ``digest`` is of that text and ``raw_id`` the capture it came from; ``said`` and ``model_version`` are what the
    machine had answered. ``drawn``: the mention had been drawn at random, so it may count as a measurement.
    """

    __tablename__ = "correction"

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    mention_id: int = Field(foreign_key="mention.id", index=True, sa_type=Id)
    raw_id: int = Field(foreign_key="raw_mention.id", sa_type=Id)
    digest: str
    field: str
    old: str = ""
    new: str
    said: str = ""
    model_version: str = ""
    drawn: bool = False
    person: str
    note: str = text_field()
    at: datetime = time_field(nullable=False, index=True)
    undone_at: datetime | None = time_field()
    undone_by: str = ""


class SpotCheckRow(Base, table=True):
    """A mention drawn at random to be judged by a person; what they say of it is a correction that is ``drawn``."""

    __tablename__ = "spot_check"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    drawn_at: datetime = time_field(nullable=False, index=True)
    drawn_by: str = ""
    population: int = 0


class ModelVersionRow(Base, table=True):
    """One trained sentiment model, taken or refused, with its figures; its weights are a file below ``var/models``."""

    __tablename__ = "model_version"

    name: str = Field(primary_key=True)
    trained_at: datetime = time_field(nullable=False)
    person: str = ""
    base: str = ""
    corrections: int = 0
    accepted: bool = False
    reason: str = text_field()
    file: str = ""
    file_digest: str = ""
    figures: dict[str, Any] | None = json_field()


class VerdictRow(Base, table=True):
    """What an outside judge said of a text, so that no text is asked about twice; and what a month's asking cost."""

    __tablename__ = "verdict"

    digest: str = Field(primary_key=True)
    at: datetime = time_field(nullable=False, index=True)
    judge: str
    answer: dict[str, Any] | None = json_field()
    failure: str = text_field()
    tokens: int = 0
