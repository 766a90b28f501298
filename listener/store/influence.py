"""Authors' standings: the mentions they are made from, the newest ones kept, and what a page tells of one author."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from listener.customers.influence import WINDOW, AuthorKey, Feeling, Spoken, Standing
from listener.model import Satisfaction, Tier
from listener.store.bulk import insert
from listener.store.influence_tables import AuthorStandingRow
from listener.store.tables import (
    AnalysisRow,
    CaseEventRow,
    CaseMentionRow,
    CaseRow,
    MentionRow,
    TopicMatchRow,
)
from listener.text.nobody import author_of

Facts = dict[str, Any]

_COUNTS = ("likes", "replies", "reposts")
_PAGE = 2000
"""Mentions read at a time: memory for what is kept of them, not for their texts."""


def spoken(session: Session, now: datetime, window: timedelta = WINDOW) -> Iterator[Spoken]:
    """The mentions of ``window``, in the order of their ids; those of nobody named are left out."""
    last = 0
    while True:
        rows = session.exec(_mentions(now - window, last)).all()
        if not rows:
            return
        last = max(said.id or 0 for said, _, _ in rows)
        topics = _topics(session, [said.id or 0 for said, _, _ in rows])
        yield from (
            _spoken(said, analysis, original, topics.get(said.id or 0, ()))
            for said, analysis, original in rows
            if key_of(said).author
        )


def _mentions(since: datetime, after: int) -> Any:
    original = aliased(MentionRow)
    return (
        select(MentionRow, AnalysisRow, original)
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .outerjoin(original, original.id == MentionRow.duplicate_of)  # type: ignore[arg-type]
        .where(col(MentionRow.id) > after, col(MentionRow.happened_at) >= since)
        .where(_named())
        .order_by(col(MentionRow.id))
        .limit(_PAGE)
    )


def _named() -> Any:
    """True where a mention has an author."""
    return or_(col(MentionRow.author_id) != "", col(MentionRow.author_name) != "")


def _topics(session: Session, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    statement = select(TopicMatchRow.mention_id, TopicMatchRow.topic).where(col(TopicMatchRow.mention_id).in_(numbers))
    for number, topic in session.exec(statement):
        found[number] = (*found.get(number, ()), topic)
    return found


def _spoken(said: MentionRow, analysis: AnalysisRow, original: MentionRow | None, topics: tuple[str, ...]) -> Spoken:
    metrics = said.metrics or {}
    shown = [metrics[name] for name in _COUNTS if name in metrics]
    return Spoken(
        by=key_of(said),
        name=said.author_name or said.author_id,
        at=said.happened_at,
        thread=said.thread_id,
        followers=metrics.get("followers", 0),
        engagement=sum(shown) if shown else None,
        topics=topics,
        score=analysis.positive - analysis.negative,
        complaint=analysis.complaint == Tier.YES,
        named=said.text if "@" in said.text else "",
        repost_of=key_of(original) if original is not None and key_of(original).author else None,
        forwarded=(said.fields or {}).get("forwarded_author", ""),
    )


def key_of(said: MentionRow) -> AuthorKey:
    """Who said it; "" as ``author`` where nobody is named."""
    return AuthorKey(said.platform, said.site, author_of(said.author_id, said.author_name))


def keep(session: Session, made: Sequence[Standing], now: datetime) -> None:
    """Put these in the place of all that were kept: who is silent for 90 days has no profile any more."""
    session.execute(delete(AuthorStandingRow))
    insert(session, AuthorStandingRow, [_row(each, now) for each in made])


def _row(each: Standing, now: datetime) -> Facts:
    same = (
        "mentions", "complaints", "last_at", "followers", "engagement", "engagement_percentile", "heard_by", "core",
        "neighbours", "stance",
    )  # fmt: skip
    return (
        each.by._asdict()
        | {name: getattr(each, name) for name in same}
        | {
            "topics": [list(topic) for topic in each.topics],
            "feelings": [list(feeling) for feeling in each.feelings],
            "high": list(each.high),
            "leads": each.leads,
            "made_at": now,
        }
    )


def forget(session: Session, by: AuthorKey) -> None:
    """Delete what is kept of an author."""
    session.execute(delete(AuthorStandingRow).where(_is(AuthorStandingRow, by)))


def _is(table: Any, by: AuthorKey) -> Any:
    return and_(table.platform == by.platform, table.site == by.site, table.author == by.author)


def standings(
    session: Session, *, order: str, platform: str = "", leaders: bool = False, limit: int = 50
) -> list[Standing]:
    """Those kept, the highest in the part ``order`` first; ``leaders``: opinion leaders only."""
    statement = select(AuthorStandingRow).order_by(
        col(getattr(AuthorStandingRow, order)).desc().nulls_last(), col(AuthorStandingRow.neighbours).desc()
    )
    if platform:
        statement = statement.where(AuthorStandingRow.platform == platform)
    if leaders:
        statement = statement.where(col(AuthorStandingRow.leads).is_(True))
    return [_standing(session, row) for row in session.exec(statement.limit(limit))]


def standing(session: Session, by: AuthorKey) -> Standing | None:
    """What is kept of one author; None where nothing is."""
    row = session.exec(select(AuthorStandingRow).where(_is(AuthorStandingRow, by))).first()
    return _standing(session, row) if row is not None else None


def high_of(session: Session, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """By mention: the parts in which its author stands out, opinion leaders only."""
    statement = (
        select(MentionRow.id, AuthorStandingRow.high)
        .join(AuthorStandingRow, _written_by())
        .where(col(MentionRow.id).in_(numbers), col(AuthorStandingRow.leads).is_(True))
    )
    return {number or 0: tuple(high or ()) for number, high in session.exec(statement)}


def leading_in(session: Session, case_id: int) -> list[Standing]:
    """The opinion leaders who speak in a case."""
    statement = (
        select(AuthorStandingRow)
        .join(MentionRow, _written_by())
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .where(CaseMentionRow.case_id == case_id, col(AuthorStandingRow.leads).is_(True))
    )
    return [_standing(session, row) for row in session.exec(statement.distinct())]


def _written_by() -> Any:
    row: Any = AuthorStandingRow
    said: Any = MentionRow
    author = func.coalesce(func.nullif(said.author_id, ""), said.author_name)
    return and_(row.platform == said.platform, row.site == said.site, row.author == author)


def find(session: Session, name: str, platform: str = "") -> list[AuthorKey]:
    """The authors whose id or newest name this is, those heard lately first."""
    named = or_(col(MentionRow.author_id) == name, col(MentionRow.author_name) == name)
    statement = select(MentionRow).where(named).order_by(col(MentionRow.happened_at).desc()).limit(200)
    if platform:
        statement = statement.where(MentionRow.platform == platform)
    return list(dict.fromkeys(by for row in session.exec(statement) if (by := key_of(row)).author))


def _standing(session: Session, row: AuthorStandingRow) -> Standing:
    by = AuthorKey(row.platform, row.site, row.author)
    return Standing(
        by=by,
        name=_name(session, by),
        mentions=row.mentions,
        complaints=row.complaints,
        last_at=row.last_at,
        followers=row.followers,
        engagement=row.engagement,
        engagement_percentile=row.engagement_percentile,
        heard_by=row.heard_by,
        core=row.core,
        neighbours=row.neighbours,
        topics=tuple((str(topic), int(number)) for topic, number in row.topics or ()),
        stance=row.stance,
        feelings=tuple(Feeling(*each) for each in row.feelings or ()),
        high=tuple(row.high or ()),
    )


def _said_by(by: AuthorKey) -> Any:
    """True for this author's mentions."""
    said: Any = MentionRow
    nameless = and_(said.author_id == "", said.author_name == by.author)
    return and_(said.platform == by.platform, said.site == by.site, or_(said.author_id == by.author, nameless))


def _name(session: Session, by: AuthorKey) -> str:
    statement = select(MentionRow.author_name).where(_said_by(by)).order_by(col(MentionRow.happened_at).desc())
    return session.exec(statement.limit(1)).first() or by.author


def newest(session: Session, by: AuthorKey, limit: int = 20) -> list[Facts]:
    """The author's newest mentions, with what is held of them."""
    statement = (
        select(MentionRow, AnalysisRow)
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(_said_by(by))
        .order_by(col(MentionRow.happened_at).desc())
        .limit(limit)
    )
    return [
        {"at": said.happened_at, "url": said.url, "title": said.title, "text": said.text[:200]}
        | {"sentiment": analysis.sentiment, "kind": analysis.kind, "complaint": analysis.complaint}
        for said, analysis in session.exec(statement)
    ]


def cases(session: Session, by: AuthorKey) -> list[Facts]:
    """The cases that the author's complaints opened, the newest first: what of, who worked on them, how they ended,
    and whether the author came back with it."""
    statement = (
        select(CaseRow)
        .join(CaseMentionRow, col(CaseMentionRow.case_id) == col(CaseRow.id))
        .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
        .where(_said_by(by), CaseMentionRow.joined_as == "opener")
        .order_by(col(CaseRow.id).desc())
    )
    rows = session.exec(statement).all()
    told = _told(session, [row.id or 0 for row in rows])
    return [_case(row, *told.get(row.id or 0, ([], 0))) for row in rows]


def _told(session: Session, numbers: Sequence[int]) -> dict[int, tuple[list[str], int]]:
    """By case: the people who acted on it in the order of their first act, and how often it was reopened."""
    found: dict[int, tuple[list[str], int]] = {}
    statement = select(CaseEventRow).where(col(CaseEventRow.case_id).in_(numbers)).order_by(col(CaseEventRow.id))
    for event in session.exec(statement):
        people, reopened = found.get(event.case_id, ([], 0))
        if event.actor != "listener" and event.actor not in people:
            people = [*people, event.actor]
        found[event.case_id] = (people, reopened + (event.new == "reopened"))
    return found


def _case(row: CaseRow, people: list[str], reopened: int) -> Facts:
    names = ("state", "severity", "problem", "title", "opened_at", "closed_at", "owner", "satisfaction")
    return {"number": row.id} | {name: getattr(row, name) for name in names} | {"people": people, "reopened": reopened}


def advocates(session: Session, since: datetime, limit: int = 50) -> list[Facts]:
    """Who deserves thanks: who praised us since then, or was satisfied with how their complaint was handled."""
    found: dict[AuthorKey, Facts] = {}
    praised = (
        select(MentionRow)
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(
            AnalysisRow.kind == "praise", col(MentionRow.happened_at) >= since, col(MentionRow.duplicate_of).is_(None)
        )
        .where(_named())
        .where(_on_a_topic())
        .order_by(col(MentionRow.happened_at).desc())
    )
    for said in session.exec(praised):
        facts = found.setdefault(key_of(said), _advocate(said))
        facts["praises"] += 1
    for said, number in session.exec(_satisfied(since)):
        found.setdefault(key_of(said), _advocate(said))["satisfied_cases"].append(number)
    ordered = sorted(found.values(), key=lambda one: one["at"], reverse=True)
    return sorted(ordered, key=lambda one: (-len(one["satisfied_cases"]), -one["praises"]))[:limit]


def _on_a_topic() -> Any:
    """Praise of something that is watched: the company, not the weather."""
    return select(TopicMatchRow.mention_id).where(TopicMatchRow.mention_id == MentionRow.id).exists()


def _satisfied(since: datetime) -> Any:
    return (
        select(MentionRow, CaseRow.id)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .where(CaseMentionRow.joined_as == "opener", CaseRow.satisfaction == Satisfaction.SATISFIED.value)
        .where(func.coalesce(CaseRow.closed_at, CaseRow.updated_at) >= since)
        .where(_named())
        .order_by(col(CaseRow.id).desc())
    )


def _advocate(said: MentionRow) -> Facts:
    return {
        "by": key_of(said),
        "name": said.author_name or said.author_id,
        "praises": 0,
        "satisfied_cases": [],
        "at": said.happened_at,
        "url": said.url,
        "text": said.text[:80],
    }
