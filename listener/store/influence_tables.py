"""The table of authors' standings: what a nightly look at 90 days of mentions made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from listener.store.tables import Base, json_field, time_field


class AuthorStandingRow(Base, table=True):
    """The parts of one author's influence (``listener.customers.influence.Standing``), made anew each night.

    ``author`` is the platform's id, or the name where it gives none; the shown name is read from the mentions, so that
    nothing is left of who is reduced or erased.
    """

    __tablename__ = "author_standing"

    platform: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    author: str = Field(primary_key=True)
    mentions: int
    complaints: int
    last_at: datetime = time_field(nullable=False)
    followers: int
    engagement: float | None = None
    engagement_percentile: float | None = None
    heard_by: int
    core: int = Field(index=True)
    neighbours: int
    topics: list[list[Any]] | None = json_field()
    stance: float
    feelings: list[list[Any]] | None = json_field()
    high: list[str] | None = json_field()
    leads: bool = False
    made_at: datetime = time_field(nullable=False)
