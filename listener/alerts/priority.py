"""Which of two cases comes first: severity x customer x stage x reach x spread, every factor with its reason. Pure.

Severity decides the clocks; priority only orders what waits. A factor is 1 where nothing is known, so that nobody is
put behind for being unknown: each may raise and none lowers. The steps are this project's own and are meant to be read,
not measured: a factor of 2 is about one severity.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from listener.customers.segments import Age, Size, segment
from listener.model import Severity

__all__ = ["Factor", "Standing", "factors", "points"]

SEVERITIES = {Severity.S1: 8.0, Severity.S2: 4.0, Severity.S3: 2.0, Severity.S4: 1.0}
SIZES = {Size.KEY: 1.6, Size.MEDIUM: 1.2, Size.SMALL: 1.0}
REPEATED = 1.5
BURSTING = 1.5
OLD_CUSTOMER = 1.1
MOST_REACH, MOST_SPREAD = 2.0, 2.0


class Factor(NamedTuple):
    """One factor: its code (a word of ``listener.text.labels``), its value, and what it was taken from.

    ``why`` is "—" where nothing is known; a stage's is a number of days, a repetition's 3/90 (the third in 90 days).
    """

    name: str
    value: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a case's priority is taken from.

    ``worth``, ``since`` and ``segment`` are the customer's (None, "": unknown). ``reach`` is the largest audience of
    one of its mentions, ``others`` how many mentions it has beside the first. ``recent`` counts this customer's
    complaints within the repeat window, this one included; ``repeat_count`` is from how many on it raises.
    """

    severity: Severity
    worth: float | None = None
    since: datetime | None = None
    segment: str = ""
    known: bool = False
    reach: int = 0
    others: int = 0
    recent: int = 1
    repeat_count: int = 3
    repeat_days: int = 90
    bursting: bool = False


def factors(standing: Standing, now: datetime) -> tuple[Factor, ...]:
    """Every factor of a case's priority, also those that change nothing."""
    found = [
        Factor("severity", SEVERITIES[standing.severity], standing.severity.value),
        *_customer(standing, now),
        Factor("reach", _by_tens(standing.reach, 1_000, MOST_REACH), f"{standing.reach:,}" if standing.reach else "—"),
        Factor("spread", _by_tens(standing.others, 1, MOST_SPREAD), f"+{standing.others}" if standing.others else "—"),
    ]
    if standing.recent >= standing.repeat_count:
        found.append(Factor("repeat", REPEATED, f"{standing.recent}/{standing.repeat_days}"))
    if standing.bursting:
        found.append(Factor("burst", BURSTING, ""))
    return tuple(found)


def points(found: Sequence[Factor]) -> float:
    """All factors multiplied, to one digit."""
    return round(math.prod(factor.value for factor in found), 1)


def _customer(standing: Standing, now: datetime) -> tuple[Factor, Factor]:
    if not standing.known:
        return Factor("value", 1.0, "—"), Factor("stage", 1.0, "—")
    kinds = segment(standing.worth, standing.since, now)
    value, why = (SIZES[kinds.size], kinds.words()) if kinds.size else (1.0, "—")
    if standing.segment:  # what a person or the CRM said wins over what is computed
        value, why = (SIZES[Size.KEY] if "大客户" in standing.segment else value), standing.segment
    old = kinds.age is Age.OLD
    days = f"{max(0, (now - standing.since).days)}" if standing.since else "—"
    return Factor("value", value, why), Factor("stage", OLD_CUSTOMER if old else 1.0, days)


def _by_tens(count: int, unit: int, most: float) -> float:
    """1 for nothing, a quarter more with every tenfold of ``unit``, at most ``most``."""
    if count < unit:
        return 1.0
    return round(min(most, 1.25 + 0.25 * math.floor(math.log10(count / unit))), 2)
