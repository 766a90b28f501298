"""Mentions and what was found out about them: analysis, topics, identifiers, links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlmodel import Session, col, select

from listener.customers.keys import EXACT
from listener.model import Analysis, Complaint, IdentityLink, Mention, MentionKey, Processed
from listener.store.bulk import among, chunks, insert_new, upsert
from listener.store.tables import AnalysisRow, IdentityLinkRow, MentionKeyRow, MentionRow, TopicMatchRow

NATURAL = ("platform", "site", "native_id")
NATURAL_COLUMNS = (col(MentionRow.platform), col(MentionRow.site), col(MentionRow.native_id))
THREAD_COLUMNS = (col(MentionRow.platform), col(MentionRow.site), col(MentionRow.thread_id))
Ids = Mapping[MentionKey, int]


def ids(session: Session, keys: Iterable[MentionKey]) -> dict[MentionKey, int]:
    """The database ids of those mentions that are stored."""
    found: dict[MentionKey, int] = {}
    for part in chunks(set(keys), 3):
        rows = session.exec(select(MentionRow).where(among(NATURAL_COLUMNS, part)))
        found |= {MentionKey(row.platform, row.site, row.native_id): row.id or 0 for row in rows}
    return found


def thread_topics(
    session: Session, threads: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], frozenset[str]]:
    """The topics that each (platform, site, thread) already belongs to."""
    found: dict[tuple[str, str, str], frozenset[str]] = {}
    for part in chunks(set(threads), 3):
        statement = (
            select(MentionRow.platform, MentionRow.site, MentionRow.thread_id, TopicMatchRow.topic)
            .join(TopicMatchRow, col(TopicMatchRow.mention_id) == col(MentionRow.id))
            .where(among(THREAD_COLUMNS, part))
            .distinct()
        )
        for platform, site, thread_id, topic in session.exec(statement):
            key = (platform, site, thread_id)
            found[key] = found.get(key, frozenset()) | {topic}
    return found


def write(session: Session, batch: Sequence[Processed], now: datetime) -> dict[MentionKey, int]:
    """Write mentions with their analyses, topics, identifiers and links; the ids of the batch and of its originals.

    A mention that is there already (its page was edited) is overwritten by its newer capture.
    """
    rows = [_mention_row(done.mention) for done in batch]
    returned = upsert(session, MentionRow, rows, NATURAL, returning=[col(MentionRow.id), *NATURAL_COLUMNS])
    found = {MentionKey(row.platform, row.site, row.native_id): row.id for row in returned}
    originals = {done.dedupe.duplicate_of for done in batch if done.dedupe.duplicate_of}
    found |= ids(session, originals - found.keys())
    _mark_reposts(session, batch, found)
    rows = [_analysis_row(found[done.mention.key], done.analysis, done.complaint, now) for done in batch]
    upsert(session, AnalysisRow, rows, ("mention_id",))
    _write_topics(session, batch, found)
    _write_identities(session, batch, found, now)
    return found


def _mention_row(mention: Mention) -> dict[str, Any]:
    return {
        "raw_id": mention.raw_id,
        "source": mention.source,
        "platform": mention.platform,
        "site": mention.site,
        "native_id": mention.native_id,
        "url": mention.url,
        "title": mention.title,
        "text": mention.text,
        "author_id": mention.author_id,
        "author_name": mention.author_name,
        "published_at": mention.published_at,
        "captured_at": mention.captured_at,
        "happened_at": mention.happened_at,
        "thread_id": mention.thread_id,
        "origin": mention.origin.value,
        "metrics": dict(mention.metrics),
        "fields": dict(mention.fields),
        "duplicate_reason": "",
    }


def _mark_reposts(session: Session, batch: Sequence[Processed], found: Ids) -> None:
    marks = [
        {"mention": found[done.mention.key], "original": found.get(done.dedupe.duplicate_of), "why": done.dedupe.reason}
        for done in batch
        if done.dedupe.duplicate_of
    ]
    if marks:
        statement = (
            update(MentionRow.__table__)  # type: ignore[attr-defined]
            .where(col(MentionRow.id) == bindparam("mention"))
            .values(duplicate_of=bindparam("original"), duplicate_reason=bindparam("why"))
        )
        session.connection().execute(statement, marks)


def rewrite_analysis(
    session: Session, mention_id: int, analysis: Analysis, complaint: Complaint, now: datetime
) -> None:
    """Put other answers in the place of a mention's."""
    upsert(session, AnalysisRow, [_analysis_row(mention_id, analysis, complaint, now)], ("mention_id",))
    session.expire_all()


def _analysis_row(mention_id: int, analysis: Analysis, complaint: Complaint, now: datetime) -> dict[str, Any]:
    negative, neutral, positive = analysis.probabilities
    return {
        "mention_id": mention_id,
        "language": analysis.language,
        "sentiment": analysis.sentiment.value,
        "negative": negative,
        "neutral": neutral,
        "positive": positive,
        "sentiment_reason": analysis.reason,
        "words": [list(word) for word in analysis.words],
        "categories": [list(category) for category in analysis.categories],
        # where an identifier stands is kept, the identifier itself is not: it is in the text, or hashed
        "entities": [[entity.kind, "", entity.start, entity.end] for entity in analysis.entities],
        "remedy": analysis.remedy,
        "model_version": analysis.model_version,
        "complaint": complaint.tier.value,
        "complaint_reason": complaint.reason,
        "kind": complaint.kind,
        "severity": complaint.severity.value,
        "severity_reason": complaint.severity_reason,
        "problem": complaint.problem,
        "safety": complaint.safety,
        "analysed_at": now,
    }


def _write_topics(session: Session, batch: Sequence[Processed], found: Ids) -> None:
    for part in chunks([found[done.mention.key] for done in batch]):
        session.execute(delete(TopicMatchRow).where(col(TopicMatchRow.mention_id).in_(part)))
    rows = [
        {
            "mention_id": found[done.mention.key],
            "topic": match.topic,
            "words": [list(word) for word in match.words],
            "reason": match.reason,
        }
        for done in batch
        for match in done.topics
    ]
    if rows:
        insert_new(session, TopicMatchRow, rows, ("mention_id", "topic"))


def _write_identities(session: Session, batch: Sequence[Processed], found: Ids, now: datetime) -> None:
    keys = [
        {"mention_id": found[done.mention.key], "kind": key.kind, "digest": key.digest}
        for done in batch
        for key in done.keys
        if key.kind in EXACT
    ]
    if keys:
        insert_new(session, MentionKeyRow, keys, ("mention_id", "kind", "digest"))
    links = [link_row(link, found[done.mention.key], now) for done in batch for link in done.links]
    if links:
        # a link that a person judged, or that stands from before an edit, is not decided again here
        insert_new(session, IdentityLinkRow, links, ("mention_id", "customer_id"))


def link_row(link: IdentityLink, mention_id: int, now: datetime) -> dict[str, Any]:
    """A link of the machine's as it is stored."""
    return {
        "mention_id": mention_id,
        "customer_id": link.customer_id,
        "judgement": link.judgement.value,
        "score": link.score,
        "evidence": [list(evidence) for evidence in link.evidence],
        "reason": link.reason,
        "decided_by": "",
        "decided_at": now,
    }
