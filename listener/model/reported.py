"""What reports and exports read: plain frozen rows, joined once by ``listener.store.facts``. No behaviour.

All times are aware. A fact names stored things by their database ids, since it is never written back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.model import CaseState, Outcome, Sentiment, Severity, Tier, Word

PRODUCT = "product"


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionFact:
    """One mention with all that was found out about it.

    ``duplicate_of`` is the native id of the original where this is a repost. ``problems`` are taxonomy codes,
    the main one first. ``products`` are as the text spells them. ``customer_id`` is of a positive link
    only, ``customer`` is that customer's number in the company's own records, ``segments`` are the codes of their kinds
    and stage. ``score`` is P(positive) -
    P(negative), from -1 to 1.
    """

    id: int
    source: str
    platform: str
    native_id: str
    url: str
    captured_at: datetime
    happened_at: datetime
    published_at: datetime | None = None
    site: str = ""
    title: str = ""
    text: str = ""
    author_id: str = ""
    author_name: str = ""
    origin: str = "crawl"
    original_id: int | None = None
    duplicate_of: str | None = None
    topics: tuple[str, ...] = ()
    sentiment: Sentiment = Sentiment.NEUTRAL
    score: float = 0.0
    words: tuple[Word, ...] = ()
    tier: Tier = Tier.NO
    reason: str = ""
    severity: Severity = Severity.S4
    severity_reason: str = ""
    problems: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    remedy: str = ""
    customer_id: int | None = None
    customer: str = ""
    segments: tuple[str, ...] = ()
    case_id: int | None = None
    joined_as: str = ""

    @property
    def repost(self) -> bool:
        return self.original_id is not None

    @property
    def full_text(self) -> str:
        """The string that offsets count in; the same as ``Mention.full_text``."""
        if not self.title or self.text.startswith(self.title):
            return self.text
        return f"{self.title}\n{self.text}" if self.text else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFact:
    """One case; ``mentions`` is how many mentions belong to it in all, whenever they were said."""

    id: int
    fingerprint: str
    state: CaseState
    severity: Severity
    title: str
    opened_at: datetime
    spoken_at: datetime
    updated_at: datetime
    topic: str = ""
    problem: str = ""
    reason: str = ""
    customer_id: int | None = None
    customer: str = ""
    owner: str = ""
    team: str = ""
    first_contact_by: datetime | None = None
    first_contact_at: datetime | None = None
    closed_at: datetime | None = None
    mentions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFact:
    """One message to one receiver, without its bytes."""

    id: int
    receiver: str
    notifier: str
    address: str
    status: str
    subject: str
    created_at: datetime
    language: str = "zh"
    digest: bool = False
    case_id: int | None = None
    severity: str = "S4"
    reason: str = ""
    held: str = ""
    message_id: str = ""
    attempts: int = 0
    sent_at: datetime | None = None
    last_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlFact:
    """One finished crawl."""

    source: str
    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    detail: str = ""
    found: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFact:
    """A source as configured and as it stands: ``every`` and ``title`` are of the configuration, if it is given.

    ``quiet`` is how long at most it is left alone on purpose. ``first_crawl_at`` is None where it was never crawled;
    ``bad_since`` is None while it is seen.
    """

    source: str
    title: str = ""
    platform: str = ""
    every: timedelta | None = None
    quiet: timedelta = timedelta()
    configured: bool = True
    paused: bool = False
    first_crawl_at: datetime | None = None
    bad_since: datetime | None = None
    last_good_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts that stand in every table. Reposts count in ``volume`` and in the three sentiments.

    ``complaints`` and ``review`` (doubtful, a person looks) count originals only: a repost complains of nothing new.
    """

    volume: int = 0
    reposts: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    complaints: int = 0
    review: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.volume + other.volume,
            self.reposts + other.reposts,
            self.negative + other.negative,
            self.neutral + other.neutral,
            self.positive + other.positive,
            self.complaints + other.complaints,
            self.review + other.review,
        )

    @property
    def originals(self) -> int:
        """Volume without reposts."""
        return self.volume - self.reposts


def figures_of(sentiment: Sentiment, tier: Tier, repost: bool, count: int = 1) -> Figures:
    """What ``count`` mentions of one kind add to every table that they belong to."""
    return Figures(
        volume=count,
        reposts=count * repost,
        negative=count * (sentiment is Sentiment.NEGATIVE),
        neutral=count * (sentiment is Sentiment.NEUTRAL),
        positive=count * (sentiment is Sentiment.POSITIVE),
        complaints=count * (tier is Tier.YES and not repost),
        review=count * (tier is Tier.REVIEW and not repost),
    )
