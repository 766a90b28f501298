"""A topic as it is now, tried on the mentions of the last days: what it would bring, and what it would lose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlmodel import Session, col, select

from listener.errors import BadInput, Mistake
from listener.files.toml_files import did_you_mean, nearest
from listener.installation import Installation
from listener.language import say
from listener.model import Mention
from listener.settings import TopicSettings
from listener.store.engine import Database
from listener.store.tables import MentionRow, TopicMatchRow
from listener.topics import Topics, check
from listener.topics.compiling import EVERY

__all__ = ["SHOWN", "TopicTrials", "Trial", "try_topic"]

PAGE = 500
SHOWN = 10
"""Mentions shown of those that would come and of those that would go."""


class TopicTrials(Installation):
    """An installation whose topics are tried."""

    checks = (lambda settings: check(settings.topics),)

    @cached_property
    def topics(self) -> Topics:
        """The topics as they are configured."""
        return Topics(self.settings.topics)


@dataclass(slots=True)
class Trial:
    """``read`` mentions, of which ``matched`` match now and ``had`` are stored with the topic (their thread's counts);
    ``fresh`` and ``lost`` count the differences, of which the first are kept as (number, reason, text)."""

    topic: str
    read: int = 0
    matched: int = 0
    had: int = 0
    fresh: int = 0
    lost: int = 0
    coming: list[tuple[int, str, str]] = field(default_factory=list)
    going: list[tuple[int, str, str]] = field(default_factory=list)


def try_topic(database: Database, settings: tuple[TopicSettings, ...], name: str, since: datetime) -> Trial:
    """The trial of topic ``name`` on what was said since; ``BadInput`` with the nearest name where there is none."""
    names = [topic.name for topic in settings if topic.name != EVERY]
    if name not in names:
        what = say(f"没有主题 {name}", f"no topic is called {name}")
        raise BadInput(Mistake(say("主题", "topic"), what, _mend(name, names)))
    topic = Topics([each for each in settings if each.name in (name, EVERY)])
    trial, after = Trial(name), 0
    while True:
        with database.read() as session:
            rows = _page(session, since, after)
            had = _had(session, name, [row.id or 0 for row in rows])
        if not rows:
            return trial
        for row in rows:
            _count(trial, row, topic, (row.id or 0) in had)
        after = rows[-1].id or 0


def _page(session: Session, since: datetime, after: int) -> list[MentionRow]:
    chosen = select(MentionRow).where(col(MentionRow.happened_at) >= since, col(MentionRow.id) > after)
    return list(session.exec(chosen.order_by(col(MentionRow.id)).limit(PAGE)))


def _had(session: Session, name: str, numbers: list[int]) -> set[int]:
    chosen = select(TopicMatchRow.mention_id).where(
        col(TopicMatchRow.topic) == name, col(TopicMatchRow.mention_id).in_(numbers)
    )
    return set(session.exec(chosen))


def _count(trial: Trial, row: MentionRow, topic: Topics, had: bool) -> None:
    mention = Mention(
        raw_id=row.raw_id,
        source=row.source,
        platform=row.platform,
        site=row.site,
        native_id=row.native_id,
        url=row.url,
        captured_at=row.captured_at,
        title=row.title,
        text=row.text,
        author_id=row.author_id,
        author_name=row.author_name,
        metrics=row.metrics or {},
    )
    found = topic.match(mention)
    trial.read += 1
    trial.had += had
    trial.matched += bool(found)
    text = mention.full_text
    if found and not had:
        trial.fresh += 1
        trial.coming += [(row.id or 0, found[0].reason, text)] * (len(trial.coming) < SHOWN)
    elif had and not found:
        trial.lost += 1
        trial.going += [(row.id or 0, "", text)] * (len(trial.going) < SHOWN)


def _mend(name: str, names: list[str]) -> str:
    near = nearest(name, names)
    return did_you_mean(near) if near else say("现有 ", "there are ") + ("、".join(names[:10]) or say("无", "none"))
