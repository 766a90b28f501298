"""Which kind of customer: by what they are worth to the company, and by how long they have been one. Pure.

大客户, 中小客户, 零散客户 by value; 新客户, 老客户 by time. Each comes with its reason, and what is not known is not
guessed: a customer without a stated value has no size. A segment may raise a case's priority; nothing here, and
nothing that reads it, may make anybody wait longer than the common deadline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listener.language import say


class Size(StrEnum):
    """What a customer is worth to the company: 大客户, 中小客户, 零散客户."""

    KEY = "key"
    MEDIUM = "medium"
    SMALL = "small"


class Age(StrEnum):
    """How long somebody has been a customer: 新客户, 老客户."""

    NEW = "new"
    OLD = "old"


SIZES = {
    Size.KEY: ("大客户", "key account"),
    Size.MEDIUM: ("中小客户", "medium customer"),
    Size.SMALL: ("零散客户", "small customer"),
}
AGES = {Age.NEW: ("新客户", "new customer"), Age.OLD: ("老客户", "old customer")}
"""Code to (Chinese, English)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the kinds begin: ``key`` and ``medium`` in the currency of the imported value, both included.

    A company sets its own; these suit one that sells cars to private people and to fleets (a fleet buys ten).
    ``ValueError`` where they stand in no order.
    """

    key: float = 1_000_000.0
    medium: float = 50_000.0
    new_for: timedelta = timedelta(days=365)

    def __post_init__(self) -> None:
        if not 0 < self.medium <= self.key < math.inf:
            raise ValueError("0 < medium <= key is needed")
        if self.new_for <= timedelta(0):
            raise ValueError("new_for has to be longer than nothing")


@dataclass(frozen=True, slots=True)
class Segment:
    """A customer's kinds, each None where nothing is known about it, and why."""

    size: Size | None
    age: Age | None
    reason: str

    def words(self, lang: str = "zh") -> str:
        """What is shown on alerts and reports: 「大客户 · 老客户」; "" where nothing is known."""
        known = [SIZES[self.size]] if self.size else []
        known += [AGES[self.age]] if self.age else []
        return " · ".join(word[lang == "en"] for word in known)


DEFAULT = Bounds()


def segment(value: float | None, since: datetime | None, now: datetime, bounds: Bounds = DEFAULT) -> Segment:
    """The kinds of a customer worth ``value`` who has been one ``since`` then, as of ``now``."""
    size, worth = _size(value, bounds)
    age, known = _age(since, now, bounds)
    return Segment(size, age, say("；", "; ").join((worth, known)))


def _size(value: float | None, bounds: Bounds) -> tuple[Size | None, str]:
    if value is None or not math.isfinite(value):
        return None, say("没有消费金额", "no value is known")
    if value >= bounds.key:
        chinese, english = f"不低于 {bounds.key:,.0f}", f"from {bounds.key:,.0f}"
        return Size.KEY, say(f"消费 {value:,.0f}，{chinese}", f"worth {value:,.0f}, {english}")
    medium = value >= bounds.medium
    below = bounds.key if medium else bounds.medium
    reason = say(f"消费 {value:,.0f}，低于 {below:,.0f}", f"worth {value:,.0f}, below {below:,.0f}")
    return Size.MEDIUM if medium else Size.SMALL, reason


def _age(since: datetime | None, now: datetime, bounds: Bounds) -> tuple[Age | None, str]:
    """A first purchase that lies ahead (an order placed, a clock that is wrong) is a new customer's."""
    if since is None:
        return None, say("不知何时成为客户", "since when is not known")
    days = max(0, (now - since).days)
    age = Age.NEW if now - since < bounds.new_for else Age.OLD
    most = bounds.new_for.days
    chinese = f"成为客户 {days} 天，{'不满' if age is Age.NEW else '已满'} {most} 天"
    return age, say(chinese, f"a customer for {days} days, {'under' if age is Age.NEW else 'at least'} {most}")
