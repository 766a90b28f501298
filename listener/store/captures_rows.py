"""Captures as facts again."""

from __future__ import annotations

from listener.model import Origin, RawMention
from listener.store.tables import RawMentionRow


def raw_of(row: RawMentionRow) -> RawMention:
    """The capture of a row."""
    return RawMention(
        source=row.source,
        platform=row.platform,
        site=row.site,
        native_id=row.native_id,
        url=row.url,
        title=row.title,
        content=row.content,
        content_type=row.content_type,
        author_id=row.author_id,
        author_name=row.author_name,
        published_at=row.published_at,
        published_raw=row.published_raw,
        thread_id=row.thread_id,
        origin=Origin(row.origin),
        metrics=row.metrics or {},
        fields=row.fields or {},
        captured_at=row.captured_at,
    )
