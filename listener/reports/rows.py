"""Facts as flat rows of plain JSON values: what exports and the report's JSON hold.

Times are ISO 8601 with the offset of the installation's zone, or null. ``cover`` masks texts (``mask``) or leaves
them (``str``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from listener.model.reported import CaseFact, DeliveryFact, MentionFact

MENTION_COLUMNS = (
    "source", "platform", "native_id", "url", "title", "author_id", "author_name", "text", "published_at",
    "captured_at", "duplicate_of", "topics", "sentiment", "sentiment_score", "complaint", "category", "severity",
    "customer_id", "case_id", "site", "categories", "complaint_reason", "joined_as",
)  # fmt: skip
CASE_COLUMNS = (
    "case_id", "state", "severity", "title", "topic", "problem", "reason", "customer_id", "owner", "team", "mentions",
    "opened_at", "spoken_at", "updated_at", "first_contact_by", "first_contact_at", "closed_at", "fingerprint",
)  # fmt: skip
DELIVERY_COLUMNS = (
    "delivery_id", "status", "receiver", "notifier", "address", "subject", "severity", "case_id", "digest", "reason",
    "held", "message_id", "attempts", "created_at", "sent_at", "last_error",
)  # fmt: skip

Row = dict[str, Any]
Cover = Callable[[str], str]


def _at(zone: tzinfo, moment: datetime | None) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None


def mention_row(fact: MentionFact, zone: tzinfo, cover: Cover) -> Row:
    """One mention by ``MENTION_COLUMNS``, in their order."""
    return {
        "source": fact.source,
        "platform": fact.platform,
        "native_id": fact.native_id,
        "url": fact.url,
        "title": cover(fact.title),
        "author_id": fact.author_id,
        "author_name": cover(fact.author_name),
        "text": cover(fact.text),
        "published_at": _at(zone, fact.published_at),
        "captured_at": _at(zone, fact.captured_at),
        "duplicate_of": fact.duplicate_of,
        "topics": list(fact.topics),
        "sentiment": fact.sentiment.value,
        "sentiment_score": round(fact.score, 4),
        "complaint": fact.tier.value,
        "category": fact.problems[0] if fact.problems else None,
        "severity": fact.severity.value,
        "customer_id": fact.customer or None,
        "case_id": fact.case_id,
        "site": fact.site,
        "categories": list(fact.problems),
        "complaint_reason": cover(fact.reason),
        "joined_as": fact.joined_as or None,
    }


def case_row(fact: CaseFact, zone: tzinfo, cover: Cover) -> Row:
    """One case by ``CASE_COLUMNS``, in their order."""
    return {
        "case_id": fact.id,
        "state": fact.state.value,
        "severity": fact.severity.value,
        "title": cover(fact.title),
        "topic": fact.topic,
        "problem": fact.problem or None,
        "reason": cover(fact.reason),
        "customer_id": fact.customer or None,
        "owner": fact.owner or None,
        "team": fact.team or None,
        "mentions": fact.mentions,
        "opened_at": _at(zone, fact.opened_at),
        "spoken_at": _at(zone, fact.spoken_at),
        "updated_at": _at(zone, fact.updated_at),
        "first_contact_by": _at(zone, fact.first_contact_by),
        "first_contact_at": _at(zone, fact.first_contact_at),
        "closed_at": _at(zone, fact.closed_at),
        "fingerprint": fact.fingerprint,
    }


def delivery_row(fact: DeliveryFact, zone: tzinfo, cover: Cover) -> Row:
    """One delivery by ``DELIVERY_COLUMNS``, in their order."""
    return {
        "delivery_id": fact.id,
        "status": fact.status,
        "receiver": fact.receiver,
        "notifier": fact.notifier,
        "address": cover(fact.address),
        "subject": cover(fact.subject),
        "severity": fact.severity,
        "case_id": fact.case_id,
        "digest": fact.digest,
        "reason": cover(fact.reason),
        "held": cover(fact.held) or None,
        "message_id": fact.message_id or None,
        "attempts": fact.attempts,
        "created_at": _at(zone, fact.created_at),
        "sent_at": _at(zone, fact.sent_at),
        "last_error": cover(fact.last_error) or None,
    }
