"""A closed period in numbers: plain frozen values, and how they become JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from listener.model.reported import CaseFact, Figures
from listener.reports.coverage import BEFORE_FIRST, SourceHealth
from listener.reports.traits import NONE

SMALL = 30
"""Below this many mentions a share is said to be shaky; the usual limit for the normal approximation."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a code or a name, and its figures. ``of`` is what it belongs to (a source's platform)."""

    name: str
    figures: Figures
    of: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day (``2026-11-20``) or an hour (``2026-11-20T14``) on the local clock.

    ``coverage``: full, partial, none, unknown, future.
    """

    name: str
    figures: Figures
    coverage: str

    @property
    def drawn(self) -> bool:
        """False where a bar of zero would say "no news" although nobody looked."""
        return self.figures.volume > 0 or self.coverage in ("full", "partial", "unknown")


@dataclass(frozen=True, slots=True)
class Split:
    """Complaints of one severity or problem: sure ones and doubtful ones, without reposts."""

    name: str
    complaints: int
    review: int

    @property
    def count(self) -> int:
        return self.complaints + self.review


@dataclass(frozen=True, slots=True)
class Customers:
    """Mentions by whether their author is a known customer; ``people`` counts the customers themselves."""

    known: Figures
    unknown: Figures
    people: int


@dataclass(frozen=True, slots=True)
class Records:
    """The customer records at the time of the report: how many, and the share (0 to 1) of their facts that is known.

    ``heard`` is that share for the customers of whom something was said in the window (客户资料完整率).
    """

    count: int
    completeness: float
    heard: float | None = None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case of the report with how many of its mentions fall into the window."""

    case: CaseFact
    mentions: int
    response: str


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of which something was said in the window. ``top``: graver, then open, then newer first."""

    count: int
    open: int
    states: Mapping[str, int]
    response: Mapping[str, int]
    top: tuple[CaseLine, ...]

    @property
    def answerable(self) -> int:
        """Cases with a deadline for the first contact: the n behind the share in time."""
        return sum(count for kind, count in self.response.items() if kind != NONE)

    @property
    def decided(self) -> int:
        """Those of them whose clock has run out one way or the other: waiting ones are not late yet."""
        return self.answerable - self.response.get("waiting", 0)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the machine was right in one field (``sentiment``, ``complaint``), as far as people judged it.

    ``drawn_right`` of ``drawn`` mentions drawn at random: an unbiased share, ``low`` to ``high`` its 95 % interval.
    ``volunteered`` corrections nobody had drawn: they say what went wrong, not how often.
    """

    name: str
    drawn_right: int
    drawn: int
    volunteered: int
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Summary:
    """A closed period in numbers. Times are aware, on the installation's clock.

    ``previous`` are the figures of the window of the same length before; ``comparable`` is False where that window
    was not watched wholly. ``by_captured`` mentions had no readable time and stand under when they were captured.
    """

    start: datetime
    end: datetime
    made_at: datetime
    zone: str
    total: Figures
    previous: Figures | None
    comparable: bool
    by_captured: int
    days: tuple[Stretch, ...]
    hours: tuple[Stretch, ...]
    sources: tuple[Row, ...]
    platforms: tuple[Row, ...]
    topics: tuple[Row, ...]
    products: tuple[Row, ...]
    severities: tuple[Split, ...]
    problems: tuple[Split, ...]
    customers: Customers
    cases: Cases
    health: tuple[SourceHealth, ...]
    accuracy: tuple[Accuracy, ...] = ()
    segments: tuple[Row, ...] = ()
    records: Records | None = None

    @property
    def blind(self) -> tuple[SourceHealth, ...]:
        """The sources that the report names on top, those not seen at its end first."""
        return tuple(
            sorted((each for each in self.health if each.blind), key=lambda each: (not each.bad_now, each.source))
        )

    @property
    def titles(self) -> dict[str, str]:
        """What people call each source, by its name."""
        return {each.source: each.title for each in self.health}

    @property
    def uncovered_hours(self) -> float:
        return round(sum(each.uncovered_hours for each in self.health), 2)


def interval(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson (1927): honest for small samples, never outside 0 to 1."""
    if not of:
        return (0.0, 1.0)
    z = 1.959964
    middle = (count / of + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(count / of * (1 - count / of) / of + z * z / (4 * of * of))
    return (max(0.0, middle - half), min(1.0, middle + half))


def accuracy(tally: Iterable[tuple[str, bool, str, str, int]]) -> tuple[Accuracy, ...]:
    """From (field, drawn at random, what the machine said, what the person said, how many).

    What the machine left in doubt counts as right where it is a complaint: then a person was called as it should be.
    """
    rows = list(tally)
    return tuple(_accuracy(name, [row for row in rows if row[0] == name]) for name in ("sentiment", "complaint"))


def _accuracy(name: str, rows: Sequence[tuple[str, bool, str, str, int]]) -> Accuracy:
    drawn = sum(count for _, random, _, _, count in rows if random)
    right = sum(
        count for _, random, said, new, count in rows if random and (said if said != "review" else "yes") == new
    )
    volunteered = sum(count for _, random, _, _, count in rows if not random)
    return Accuracy(name, right, drawn, volunteered, *interval(right, drawn))


def first_seen(health: Iterable[SourceHealth]) -> bool:
    """True where some source was first crawled inside the window: what is older was fetched looking back."""
    return any(gap.kind == BEFORE_FIRST for each in health if each.outcome for gap in each.gaps)


def to_json(summary: Summary, cover: Callable[[str], str]) -> dict[str, Any]:
    """The summary as plain JSON values; times are ISO 8601 with offset, what people and sites wrote as ``cover`` shows
    it."""
    top = tuple(replace(line, case=_covered(line.case, cover)) for line in summary.cases.top)
    health = tuple(
        replace(
            each, detail=cover(each.detail), gaps=tuple(replace(gap, detail=cover(gap.detail)) for gap in each.gaps)
        )
        for each in summary.health
    )
    found = _plain(asdict(replace(summary, cases=replace(summary.cases, top=top), health=health)))
    assert isinstance(found, dict)
    return found


def _covered(case: CaseFact, cover: Callable[[str], str]) -> CaseFact:
    return replace(case, title=cover(case.title), reason=cover(case.reason))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
