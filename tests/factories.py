"""Makers of facts for tests: every field has a sensible value, name only what the test is about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from listener.cases.matters import Claim
from listener.model import (
    Analysis,
    CaseDecision,
    Complaint,
    DedupeDecision,
    Mention,
    MentionKey,
    Processed,
    RawMention,
    Sentiment,
    Severity,
    Tier,
    TopicMatch,
)

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
"""A Monday morning within working hours."""

HOUR = timedelta(hours=1)


def raw(native_id: str = "1", **changes: Any) -> RawMention:
    facts: dict[str, Any] = {
        "source": "owners-forum",
        "platform": "discuz",
        "site": "forum.example",
        "native_id": native_id,
        "url": f"http://forum.example/{native_id}",
        "captured_at": NOW,
        "content": "刹车失灵，找4S店没人管",
        "author_id": "7",
        "author_name": "车主老王",
        "published_at": NOW - HOUR,
        "thread_id": f"t{native_id}",
    }
    return RawMention(**(facts | changes))


def mention(native_id: str = "1", raw_id: int = 1, **changes: Any) -> Mention:
    made = raw(native_id)
    facts: dict[str, Any] = {
        "raw_id": raw_id,
        "source": made.source,
        "platform": made.platform,
        "site": made.site,
        "native_id": native_id,
        "url": made.url,
        "captured_at": made.captured_at,
        "text": made.content,
        "author_id": made.author_id,
        "author_name": made.author_name,
        "published_at": made.published_at,
        "thread_id": made.thread_id,
    }
    return Mention(**(facts | changes))


def key(native_id: str) -> MentionKey:
    return mention(native_id).key


def analysis(**changes: Any) -> Analysis:
    facts: dict[str, Any] = {"language": "zh", "sentiment": Sentiment.NEGATIVE, "probabilities": (0.8, 0.15, 0.05)}
    return Analysis(**(facts | changes))


def complaint(tier: Tier = Tier.YES, severity: Severity = Severity.S2, **changes: Any) -> Complaint:
    facts: dict[str, Any] = {"tier": tier, "reason": "测试", "severity": severity, "problem": "quality"}
    return Complaint(**(facts | changes))


def claim(native_id: str = "1", **changes: Any) -> Claim:
    facts: dict[str, Any] = {
        "mention": mention(native_id),
        "complaint": complaint(),
        "topics": (TopicMatch("晨曜"),),
        "dedupe": DedupeDecision(),
    }
    return Claim(**(facts | changes))


def processed(native_id: str = "1", raw_id: int = 1, **changes: Any) -> Processed:
    facts: dict[str, Any] = {
        "mention": mention(native_id, raw_id),
        "analysis": analysis(),
        "complaint": complaint(),
        "topics": (TopicMatch("晨曜", (("晨曜", 0, 2),)),),
        "dedupe": DedupeDecision(),
        "case": CaseDecision(mention=key(native_id), action="none", reason="测试"),
    }
    return Processed(**(facts | changes))
