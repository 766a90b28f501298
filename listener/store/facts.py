"""Read-only queries for reports and exports: streams of joined facts, a fixed number of statements a page.

    mentions    newest first, by keyset paging: memory does not grow with the window
    totals      one window's counts, grouped by the database
    cases, deliveries, crawls, sources

A window is half open, ``start <= happened_at < end``; a mention happened when it was published, else when it was
captured. ``snapshot`` gives one view of the data to several passes, so that all parts of a report agree.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from listener.model import CaseState, Judgement, Outcome, Sentiment, Severity, Tier, Word
from listener.model.reported import (
    PRODUCT,
    CaseFact,
    CrawlFact,
    DeliveryFact,
    Figures,
    MentionFact,
    SourceFact,
    figures_of,
)
from listener.store.engine import Database
from listener.store.tables import (
    AnalysisRow,
    CaseMentionRow,
    CaseRow,
    CrawlRow,
    CustomerRow,
    DeliveryRow,
    IdentityLinkRow,
    MentionRow,
    SourceStateRow,
    TopicMatchRow,
)

PAGE = 500
"""Rows of one page; three statements each."""


@dataclass(frozen=True, slots=True)
class Window:
    """``start <= time < end``; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, column: Any) -> list[Any]:
        """The conditions on a time column."""
        found = []
        if self.start is not None:
            found.append(col(column) >= self.start)
        if self.end is not None:
            found.append(col(column) < self.end)
        return found


ALL = Window()


@contextmanager
def snapshot(database: Database) -> Iterator[Session]:
    """A reading session whose statements all see the same state.

    SQLite's read transactions do so by themselves (WAL); PostgreSQL is asked for it.
    """
    with database.read() as session:
        if not database.is_sqlite:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def mentions(session: Session, window: Window = ALL, page: int = PAGE) -> Iterator[MentionFact]:
    """Every mention of the window, newest first, each once."""
    after: tuple[datetime, int] | None = None
    while True:
        rows = session.execute(_page(window, after, page)).all()
        if rows:
            yield from _facts(session, rows)
        if len(rows) < page:
            return
        after = (rows[-1].happened_at, rows[-1].id)


_ORIGINAL = aliased(MentionRow)
_COLUMNS = (
    *(
        col(column)
        for column in (
            MentionRow.id, MentionRow.source, MentionRow.platform, MentionRow.site, MentionRow.native_id,
            MentionRow.url, MentionRow.title, MentionRow.text, MentionRow.author_id, MentionRow.author_name,
            MentionRow.published_at, MentionRow.captured_at, MentionRow.happened_at, MentionRow.origin,
            AnalysisRow.sentiment, AnalysisRow.negative, AnalysisRow.positive, AnalysisRow.words,
            AnalysisRow.categories, AnalysisRow.entities, AnalysisRow.remedy, AnalysisRow.complaint,
            AnalysisRow.complaint_reason, AnalysisRow.severity, AnalysisRow.severity_reason, AnalysisRow.problem,
            CaseMentionRow.case_id, CaseMentionRow.joined_as,
        )
    ),
    col(MentionRow.duplicate_of).label("original_id"),
    col(_ORIGINAL.native_id).label("duplicate_of"),
)  # fmt: skip


def _page(window: Window, after: tuple[datetime, int] | None, page: int) -> Select[Any]:
    happened, number = col(MentionRow.happened_at), col(MentionRow.id)
    statement = (
        select(*_COLUMNS)
        # outer: a mention is counted even where its analysis is still to come
        .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == number)
        .outerjoin(CaseMentionRow, col(CaseMentionRow.mention_id) == number)
        .outerjoin(_ORIGINAL, col(_ORIGINAL.id) == col(MentionRow.duplicate_of))
        .where(*window.holds(MentionRow.happened_at))
        .order_by(happened.desc(), number.desc())
        .limit(page)
    )
    if after is not None:
        statement = statement.where(or_(happened < after[0], and_(happened == after[0], number < after[1])))
    return statement


def _facts(session: Session, rows: Sequence[Any]) -> Iterator[MentionFact]:
    numbers = [row.id for row in rows]
    topics = _topics(session, numbers)
    customers = _customers(session, numbers)
    for row in rows:
        yield _fact(row, topics.get(row.id, ()), *customers.get(row.id, (None, "")))


def _topics(session: Session, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = select(TopicMatchRow.mention_id, TopicMatchRow.topic).where(col(TopicMatchRow.mention_id).in_(numbers))
    for mention, topic in session.exec(rows.order_by(col(TopicMatchRow.topic))):
        found[mention] = (*found.get(mention, ()), topic)
    return found


def _customers(session: Session, numbers: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The surest positive link of each mention: the customer's id and number in the company's records."""
    rows = (
        select(IdentityLinkRow.mention_id, IdentityLinkRow.customer_id, CustomerRow.external_id)
        .join(CustomerRow, col(CustomerRow.id) == col(IdentityLinkRow.customer_id))
        .where(col(IdentityLinkRow.mention_id).in_(numbers), IdentityLinkRow.judgement == Judgement.POSITIVE.value)
        .order_by(col(IdentityLinkRow.score), col(IdentityLinkRow.id).desc())
    )
    return {mention: (customer, external) for mention, customer, external in session.exec(rows)}


def _fact(row: Any, topics: tuple[str, ...], customer_id: int | None, customer: str) -> MentionFact:
    return MentionFact(
        id=row.id,
        source=row.source,
        platform=row.platform,
        site=row.site,
        native_id=row.native_id,
        url=row.url,
        title=row.title,
        text=row.text,
        author_id=row.author_id,
        author_name=row.author_name,
        published_at=row.published_at,
        captured_at=row.captured_at,
        happened_at=row.happened_at,
        origin=row.origin,
        original_id=row.original_id,
        duplicate_of=row.duplicate_of,
        topics=topics,
        customer_id=customer_id,
        customer=customer,
        case_id=row.case_id,
        joined_as=row.joined_as or "",
        **_analysis(row),
    )


def _analysis(row: Any) -> dict[str, Any]:
    if row.sentiment is None:
        return {}
    return {
        "sentiment": Sentiment(row.sentiment),
        "score": row.positive - row.negative,
        "words": tuple(Word(*word) for word in row.words or ()),
        "tier": Tier(row.complaint),
        "reason": row.complaint_reason,
        "severity": Severity(row.severity),
        "severity_reason": row.severity_reason,
        "problems": _unique([row.problem, *(category[0] for category in row.categories or ())]),
        "products": _products(row),
        "remedy": row.remedy,
    }


def _products(row: Any) -> tuple[str, ...]:
    spans = [(start, end) for kind, _, start, end in row.entities or () if kind == PRODUCT]
    if not spans:
        return ()
    text = MentionFact(
        id=0, source="", platform="", native_id="", url="", title=row.title, text=row.text,
        captured_at=row.captured_at, happened_at=row.captured_at,
    ).full_text  # fmt: skip
    return _unique(unicodedata.normalize("NFKC", text[start:end]).strip() for start, end in spans)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def totals(session: Session, window: Window) -> Figures:
    """The counts of a window, grouped by the database: one statement, whatever the window holds."""
    repost = col(MentionRow.duplicate_of).is_not(None)
    statement = (
        select(AnalysisRow.sentiment, AnalysisRow.complaint, repost, func.count())
        .select_from(MentionRow)
        .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(*window.holds(MentionRow.happened_at))
        .group_by(col(AnalysisRow.sentiment), col(AnalysisRow.complaint), repost)
    )
    found = Figures()
    for sentiment, tier, reposted, count in session.execute(statement):
        kind = Sentiment(sentiment) if sentiment else Sentiment.NEUTRAL
        found += figures_of(kind, Tier(tier or "no"), bool(reposted), count)
    return found


def cases(session: Session, window: Window | None = None) -> Iterator[CaseFact]:
    """Every case, oldest first; with a window those of which something was said in it."""
    statement = (
        select(CaseRow, CustomerRow.external_id)
        .outerjoin(CustomerRow, col(CustomerRow.id) == col(CaseRow.customer_id))
        .order_by(col(CaseRow.id))
        .limit(PAGE)
    )
    if window is not None:
        spoken = (
            select(CaseMentionRow.case_id)
            .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
            .where(*window.holds(MentionRow.happened_at))
        )
        statement = statement.where(col(CaseRow.id).in_(spoken))
    after = 0
    while rows := session.exec(statement.where(col(CaseRow.id) > after)).all():
        counts = _case_sizes(session, [row.id or 0 for row, _ in rows])
        yield from (_case(row, external or "", counts.get(row.id or 0, 0)) for row, external in rows)
        after = rows[-1][0].id or 0
        session.expunge_all()


def _case_sizes(session: Session, numbers: Sequence[int]) -> dict[int, int]:
    sizes = select(CaseMentionRow.case_id, func.count()).group_by(col(CaseMentionRow.case_id))
    return dict(session.exec(sizes.where(col(CaseMentionRow.case_id).in_(numbers))).all())


def _case(row: CaseRow, customer: str, size: int) -> CaseFact:
    assert row.id is not None
    return CaseFact(
        id=row.id,
        fingerprint=row.fingerprint,
        state=CaseState(row.state),
        severity=Severity(row.severity),
        title=row.title,
        topic=row.topic,
        problem=row.problem,
        reason=row.reason,
        customer_id=row.customer_id,
        customer=customer,
        owner=row.owner,
        team=row.team,
        opened_at=row.opened_at,
        spoken_at=row.spoken_at,
        updated_at=row.updated_at,
        first_contact_by=row.first_contact_by,
        first_contact_at=row.first_contact_at,
        closed_at=row.closed_at,
        mentions=size,
    )


_DELIVERY = list(DeliveryFact.__dataclass_fields__)


def deliveries(session: Session, window: Window = ALL) -> Iterator[DeliveryFact]:
    """Every delivery of the window (by when it was made), oldest first, without its bytes."""
    columns = [col(getattr(DeliveryRow, name)) for name in _DELIVERY]
    statement = select(*columns).where(*window.holds(DeliveryRow.created_at)).order_by(col(DeliveryRow.id)).limit(PAGE)
    after = 0
    while rows := session.execute(statement.where(col(DeliveryRow.id) > after)).all():
        yield from (DeliveryFact(**row._mapping) for row in rows)
        after = rows[-1].id


def crawls(session: Session, window: Window) -> Iterator[CrawlFact]:
    """The crawls of the window, by source and time, and of each source the last one before it."""
    before = select(func.max(CrawlRow.id)).where(col(CrawlRow.ended_at) < window.start).group_by(col(CrawlRow.source))
    chosen = or_(and_(*window.holds(CrawlRow.ended_at)), col(CrawlRow.id).in_(before))
    columns = [col(getattr(CrawlRow, name)) for name in CrawlFact.__dataclass_fields__]
    statement = select(*columns).where(chosen).order_by(col(CrawlRow.source), col(CrawlRow.ended_at), col(CrawlRow.id))
    for row in session.execute(statement, execution_options={"yield_per": PAGE}):
        yield CrawlFact(**{**row._mapping, "outcome": Outcome(row.outcome)})


def sources(session: Session) -> dict[str, SourceFact]:
    """Every source that was ever crawled or paused, by name; its title and schedule are the configuration's."""
    began = select(CrawlRow.source, func.min(CrawlRow.started_at)).group_by(col(CrawlRow.source))
    first = dict(session.exec(began).all())
    return {
        row.source: SourceFact(
            source=row.source,
            configured=False,
            paused=row.paused,
            first_crawl_at=first.get(row.source),
            bad_since=row.bad_since,
            last_good_at=row.last_good_at,
        )
        for row in session.exec(select(SourceStateRow))
    }
