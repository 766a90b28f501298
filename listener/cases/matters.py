"""What a matter is: one speaker on one topic. What joining needs to know of a claim and of the cases that there are.

``keys`` of a batch, one query, then ``listener.cases.joining.decide``. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from listener.model import (
    CaseState,
    Complaint,
    DedupeDecision,
    IdentityLink,
    Judgement,
    Mention,
    MentionKey,
    Severity,
    Tier,
    TopicMatch,
)
from listener.text.nobody import author_of
from listener.text.oneself import tells_of_oneself

FINGERPRINT_VERSION = "v1"
"""Raised when grouping changes, so that an upgrade never regroups old cases."""

Speaker = tuple[str, ...]
"""Whose complaints are counted: ("customer", number) where one is certain, else ("author", platform, site, author)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A mention as this step needs it: what the steps before found out."""

    mention: Mention
    complaint: Complaint
    topics: tuple[TopicMatch, ...]
    dedupe: DedupeDecision
    links: tuple[IdentityLink, ...] = ()

    @property
    def topic(self) -> str:
        return self.topics[0].topic if self.topics else ""

    @property
    def customer_id(self) -> int | None:
        """The one customer that is certain, else None."""
        sure = {link.customer_id for link in self.links if link.judgement is Judgement.POSITIVE}
        return sure.pop() if len(sure) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCase:
    """A case as far as joining needs it; ``spoken_at`` is when its newest mention was said."""

    fingerprint: str
    matter: str
    state: CaseState
    severity: Severity
    problem: str
    spoken_at: datetime
    case_id: int | None = None
    title: str = ""
    topic: str = ""
    customer_id: int | None = None
    closed_at: datetime | None = None
    satisfaction: str = ""
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """What one query has to fetch: the cases of these matters, of these mentions, of these authors' threads, and those
    that anybody opened in these threads."""

    matters: frozenset[str]
    mentions: frozenset[MentionKey]
    threads: frozenset[tuple[str, str, str, str]]
    places: frozenset[tuple[str, str, str]] = frozenset()
    speakers: frozenset[Speaker] = frozenset()


@dataclass(slots=True)
class FoundCases:
    """What is stored: cases by matter (all of them, oldest first), by mention, by (author, thread), and the open cases
    that were opened in a thread, oldest first. ``complained`` is when each speaker's other cases were said.
    """

    by_matter: dict[str, list[KnownCase]] = field(default_factory=dict)
    by_mention: dict[MentionKey, KnownCase] = field(default_factory=dict)
    by_thread: dict[tuple[str, str, str, str], KnownCase] = field(default_factory=dict)
    by_place: dict[tuple[str, str, str], list[KnownCase]] = field(default_factory=dict)
    complained: dict[Speaker, list[datetime]] = field(default_factory=dict)


def matter_of(claim: Claim) -> str:
    """The matter's hash: the certain customer, else the author, else (nobody is named) the mention alone."""
    mention = claim.mention
    who: tuple[str, ...]
    if claim.customer_id is not None:
        who = ("customer", str(claim.customer_id))
    elif author := author_of(mention.author_id, mention.author_name):
        who = ("author", mention.platform, mention.site, author)
    else:
        who = ("mention", *mention.key)
    text = "\x1f".join((FINGERPRINT_VERSION, *who, claim.topic))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def speaker_of(claim: Claim) -> Speaker | None:
    """Who complains; None where nobody is named."""
    mention = claim.mention
    if claim.customer_id is not None:
        return ("customer", str(claim.customer_id))
    author = author_of(mention.author_id, mention.author_name)
    return ("author", mention.platform, mention.site, author) if author else None


def thread_of(mention: Mention) -> tuple[str, str, str, str] | None:
    """(platform, site, thread, author), or None where the platform has no threads or the author is unknown."""
    author = author_of(mention.author_id, mention.author_name)
    if not mention.thread_id or not author:
        return None
    return (mention.platform, mention.site, mention.thread_id, author)


def place_of(claim: Claim) -> tuple[str, str, str] | None:
    """The thread in which somebody may speak of another's case; None where they speak of their own, or for certain."""
    mention = claim.mention
    if claim.complaint.tier is not Tier.REVIEW or not mention.thread_id or tells_of_oneself(mention.full_text):
        return None
    return (mention.platform, mention.site, mention.thread_id)


def keys(batch: Sequence[Claim]) -> CaseKeys:
    """What ``decide`` needs to know about ``batch``, for one look-up."""
    threads = {thread for claim in batch if (thread := thread_of(claim.mention))}
    originals = {claim.dedupe.duplicate_of for claim in batch if claim.dedupe.duplicate_of}
    complaining = [claim for claim in batch if claim.complaint.tier is not Tier.NO]
    return CaseKeys(
        matters=frozenset(matter_of(claim) for claim in complaining),
        speakers=frozenset(speaker for claim in complaining if (speaker := speaker_of(claim)) is not None),
        mentions=frozenset(originals | {claim.mention.key for claim in batch}),
        threads=frozenset(threads),
        places=frozenset(place for claim in batch if (place := place_of(claim))),
    )
