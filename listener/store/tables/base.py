"""What all tables share: their metadata and the columns of times, JSON and long texts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, MetaData, Text
from sqlmodel import Field, SQLModel

from listener.store.columns import Json, UtcTime

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """Base of all tables; its own metadata with named constraints, so that migrations can alter them."""

    metadata = MetaData(naming_convention=NAMING)
    model_config = {"defer_build": True}
    """Rows are not validated by pydantic; its validators, a quarter of the time these classes take, are left out."""


def time_field(nullable: bool = True, index: bool = False) -> Any:
    """A column of aware times, kept as UTC."""
    return Field(default=None, sa_column=Column(UtcTime(), nullable=nullable, index=index))


def json_field() -> Any:
    """A column of JSON that may be empty."""
    return Field(default=None, sa_column=Column(Json, nullable=True))


def text_field() -> Any:
    """A column of text of any length; "" where nothing is known."""
    return Field(default="", sa_column=Column(Text, nullable=False))
