"""Trained models: facts of every one, taken or refused, and which one is in use."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from listener.store import views
from listener.store.tables import ModelVersionRow

__all__ = ["IN_USE", "add", "in_use", "named", "rows", "use"]

IN_USE = "sentiment_model"
"""The installation fact that names the model version in use; "" is the one that came with Listener."""


def add(session: Session, made: dict[str, Any]) -> None:
    """Keep the facts of one training."""
    session.add(ModelVersionRow(**made))


def rows(session: Session) -> list[ModelVersionRow]:
    """Every training, the newest first."""
    order = (col(ModelVersionRow.trained_at).desc(), col(ModelVersionRow.name).desc())
    return list(session.exec(select(ModelVersionRow).order_by(*order)).all())


def named(session: Session, name: str) -> ModelVersionRow | None:
    """One training."""
    return session.get(ModelVersionRow, name)


def in_use(session: Session) -> str:
    """The name of the version in use."""
    return views.fact(session, IN_USE)


def use(session: Session, name: str) -> None:
    """Use this version from now on; a running daemon takes it up before its next batch."""
    views.set_fact(session, IN_USE, name)
