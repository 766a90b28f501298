"""Which kind of customer: by what they are worth, how long they have been one, and whether they ever bought. Pure.

大客户, 中小客户, 零散客户 by value and volume; 新客户, 老客户, 潜在客户 by time; 显性客户, 隐性客户 by transactions.
Each comes with its reason, and what is not known is not guessed: a customer without a stated value or volume has no
size. A segment may raise a case's severity (``raised``); nothing here, and nothing that reads it, may make anybody wait
longer than the common deadline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listener.language import say
from listener.model import Severity
from listener.settings import SegmentSettings


class Size(StrEnum):
    """What a customer is worth to the company: 大客户, 中小客户, 零散客户."""

    KEY = "key"
    MEDIUM = "medium"
    SMALL = "small"


class Age(StrEnum):
    """How long somebody has been a customer: 新客户, 老客户; 潜在客户 has bought nothing yet."""

    NEW = "new"
    OLD = "old"
    POTENTIAL = "potential"


class Standing(StrEnum):
    """Whether we know of a transaction: 显性客户; 隐性客户 deals with us or speaks of us, and none is on record."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"


SIZES = {
    Size.KEY: ("大客户", "key account"),
    Size.MEDIUM: ("中小客户", "medium customer"),
    Size.SMALL: ("零散客户", "small customer"),
}
AGES = {
    Age.NEW: ("新客户", "new customer"),
    Age.OLD: ("老客户", "old customer"),
    Age.POTENTIAL: ("潜在客户", "potential customer"),
}
STANDINGS = {
    Standing.EXPLICIT: ("显性客户", "with purchases"),
    Standing.IMPLICIT: ("隐性客户", "without purchases"),
}
"""Code to (Chinese, English)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the kinds begin: ``key`` and ``medium`` in the currency of the imported value, ``*_volume`` in purchases.

    All are included. A company sets its own (``[segments]``); these suit one that sells cars to private people and to
    fleets (a fleet buys ten). ``ValueError`` where they stand in no order.
    """

    key: float = 1_000_000.0
    medium: float = 50_000.0
    new_for: timedelta = timedelta(days=365)
    key_volume: int = 10
    medium_volume: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.medium <= self.key < math.inf:
            raise ValueError("0 < medium <= key is needed")
        if not 0 < self.medium_volume <= self.key_volume:
            raise ValueError("0 < medium_volume <= key_volume is needed")
        if self.new_for <= timedelta(0):
            raise ValueError("new_for has to be longer than nothing")

    @classmethod
    def of(cls, how: SegmentSettings) -> Bounds:
        """The bounds of the configuration."""
        return cls(how.key_value, how.medium_value, how.new_for, how.key_volume, how.medium_volume)


@dataclass(frozen=True, slots=True)
class Segment:
    """A customer's kinds, each None where nothing is known about it, and why."""

    size: Size | None
    age: Age | None
    reason: str
    standing: Standing | None = None

    def words(self, lang: str = "zh") -> str:
        """What is shown on alerts and reports: 「大客户 · 老客户 · 显性客户」; "" where nothing is known."""
        known = [SIZES[self.size]] if self.size else []
        known += [AGES[self.age]] if self.age else []
        known += [STANDINGS[self.standing]] if self.standing else []
        return " · ".join(word[lang == "en"] for word in known)


DEFAULT = Bounds()


def segment(
    value: float | None,
    since: datetime | None,
    now: datetime,
    bounds: Bounds = DEFAULT,
    *,
    volume: int | None = None,
    dealings: int = 0,
) -> Segment:
    """The kinds of a customer worth ``value`` who has been one ``since`` then, as of ``now``.

    ``volume`` is how many purchases are on record (None: nobody said), ``dealings`` how often they called, came, had
    something repaired or spoke of us.
    """
    size, worth = _size(value, volume, bounds)
    age, known = _age(since, now, bounds)
    if age is None and volume is not None and volume == 0:
        age, known = Age.POTENTIAL, say("尚无购买", "no purchase yet")
    standing, dealt = _standing(volume, dealings)
    reasons = [worth, known, dealt] if dealt else [worth, known]
    return Segment(size, age, say("；", "; ").join(reasons), standing)


REPEATED = 2
"""Complaints before this one, within the time that counts as the same trouble, that make it graver."""

RAISED = ("提高一级", "one step up")
"""Words of the reason by which a case is graver for its customer."""


def raised(severity: Severity, found: Segment | None, before: int = 0) -> tuple[Severity, str]:
    """The severity of a case of such a customer, and why it was raised ("" where it was not).

    A key account's case is one step graver, never S1: that word belongs to danger. It is never less grave than what
    was said makes it, so nobody waits longer than the common deadline. So is that of who complained ``before`` several
    times of late: what was done did not help.
    """
    if severity not in (Severity.S3, Severity.S4):
        return severity, ""
    higher = {Severity.S3: Severity.S2, Severity.S4: Severity.S3}[severity]
    if before >= REPEATED:
        chinese, english = f"近期第 {before + 1} 次投诉，提高一级", f"complaint no. {before + 1} of late: one step up"
        return higher, say(chinese, english)
    if found is None or found.size is not Size.KEY:
        return severity, ""
    return higher, say("大客户，提高一级", "a key account: one step up")


def _size(value: float | None, volume: int | None, bounds: Bounds) -> tuple[Size | None, str]:
    by_value, worth = _by_value(value, bounds)
    if not volume or volume < bounds.medium_volume:
        return by_value, worth
    by_volume = Size.KEY if volume >= bounds.key_volume else Size.MEDIUM
    if by_value is not None and _RANK[by_value] >= _RANK[by_volume]:
        return by_value, worth
    least = bounds.key_volume if by_volume is Size.KEY else bounds.medium_volume
    return by_volume, say(f"购买 {volume} 次，不少于 {least} 次", f"{volume} purchases, at least {least}")


_RANK = {Size.SMALL: 0, Size.MEDIUM: 1, Size.KEY: 2}


def _by_value(value: float | None, bounds: Bounds) -> tuple[Size | None, str]:
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


def _standing(volume: int | None, dealings: int) -> tuple[Standing | None, str]:
    if volume:
        return Standing.EXPLICIT, say(f"有 {volume} 次购买记录", f"{volume} purchases on record")
    if dealings:
        return Standing.IMPLICIT, say(
            f"有往来 {dealings} 次，没有购买记录", f"{dealings} dealings, no purchase on record"
        )
    return None, ""
