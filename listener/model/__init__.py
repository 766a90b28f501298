"""The facts that travel the way of a mention; plain frozen values, no behaviour beyond themselves.

    RawMention → Mention → DedupeDecision → TopicMatch → Analysis → Complaint
        → IdentityLink → CaseDecision → Alert → Delivery

A fact that is not stored yet is named by its ``MentionKey`` (platform, site, native id), never by a
database id, so that every pure step works the same on stored and on unstored facts. All times are
aware datetimes. All offsets count code points. Users see the Chinese words of ``listener.text.labels``.
"""

from __future__ import annotations

from listener.model.effects import (
    Alert,
    CaseDecision,
    Evidence,
    IdentityKey,
    IdentityLink,
    Processed,
    Receiver,
    Recipient,
    receiver_key,
)
from listener.model.matches import TopicMatch
from listener.model.mentions import LARGEST_NUMBER, CrawlReport, CrawlSigns, Mention, MentionKey, Proof, RawMention
from listener.model.understanding import Analysis, Category, Complaint, DedupeDecision, Entity, Word
from listener.model.words import (
    AlertKind,
    CaseState,
    DeliveryStatus,
    Judgement,
    Origin,
    Outcome,
    Party,
    Satisfaction,
    Sentiment,
    Severity,
    Tier,
)

__all__ = [
    "LARGEST_NUMBER",
    "Alert",
    "AlertKind",
    "Analysis",
    "CaseDecision",
    "CaseState",
    "Category",
    "Complaint",
    "CrawlReport",
    "CrawlSigns",
    "DedupeDecision",
    "DeliveryStatus",
    "Entity",
    "Evidence",
    "IdentityKey",
    "IdentityLink",
    "Judgement",
    "Mention",
    "MentionKey",
    "Origin",
    "Outcome",
    "Party",
    "Processed",
    "Proof",
    "RawMention",
    "Receiver",
    "Recipient",
    "Satisfaction",
    "Sentiment",
    "Severity",
    "Tier",
    "TopicMatch",
    "Word",
    "receiver_key",
]
