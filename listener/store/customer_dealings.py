"""The newest dealings of several customers, as a message shows them: product and service history, masked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from listener.alerts.facts import Dealing
from listener.store.bulk import chunks
from listener.store.customer_tables import InteractionRow
from listener.text.mask import mask

__all__ = ["newest_dealings"]

MOST = 5


def newest_dealings(
    session: Session, customers: Sequence[int], decrypt: Callable[[bytes], str], most: int = MOST
) -> dict[int, tuple[Dealing, ...]]:
    """The ``most`` newest dealings of each customer, newest first; one statement."""
    found: dict[int, list[Dealing]] = {}
    place = func.row_number().over(
        partition_by=col(InteractionRow.customer_id),
        order_by=(col(InteractionRow.at).desc(), col(InteractionRow.id).desc()),
    )
    for part in chunks(sorted(set(customers))):
        ranked = (
            select(InteractionRow.id, place.label("place")).where(col(InteractionRow.customer_id).in_(part)).subquery()
        )
        statement = (
            select(InteractionRow)
            .join(ranked, ranked.c.id == col(InteractionRow.id))
            .where(ranked.c.place <= most)
            .order_by(col(InteractionRow.at).desc(), col(InteractionRow.id).desc())
        )
        for row in session.exec(statement):
            found.setdefault(row.customer_id, []).append(_dealing(row, decrypt))
    return {customer: tuple(dealings) for customer, dealings in found.items()}


def _dealing(row: InteractionRow, decrypt: Callable[[bytes], str]) -> Dealing:
    said = _private(decrypt(row.cipher)) if row.cipher else {}
    return Dealing(
        kind=row.kind,
        at=row.at,
        product=row.product,
        dealer=row.dealer,
        result=mask(row.result),
        note=mask(str(said.get("note", ""))),
    )


def _private(text: str) -> dict[str, Any]:
    """What is personal of a dealing; an unreadable one must not keep the mail from going out."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
