"""What a crawl reads again beside its own pages: threads by their schedule, and mentions behind open cases.

    due ─▶ Revisit … ─crawl─▶ captures and what the site says is gone ─▶ kept, as events and alerts of the cases

Few of each in a crawl, so that the crawl itself never waits for them; what is not reached is still due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from listener.model import CrawlReport, RawMention
from listener.revisits import Belief, believe
from listener.settings import Settings, SourceSettings
from listener.spiders.base import Revisit
from listener.spiders.registry import reopens
from listener.steps import change_alert, directory_of
from listener.store import captures, case_routes, outbox, revisits
from listener.store.engine import Database

MOST_THREADS = 20
MOST_MENTIONS = 10
"""What is read again in one crawl at most."""


@dataclass
class Rereading:
    """One crawl's part in it. ``captured`` are the native ids that the crawl brought."""

    source: SourceSettings
    now: datetime
    threads: Sequence[str] = ()
    mentions: Sequence[revisits.Due] = ()
    captured: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, database: Database, source: SourceSettings, now: datetime) -> Rereading:
        """What is due for a source now."""
        with database.read() as session:
            threads = revisits.due_threads(session, source.name, now, MOST_THREADS) if reopens(source.platform) else []
            return cls(source, now, threads, revisits.due_mentions(session, source.name, now, MOST_MENTIONS))

    @property
    def wanted(self) -> list[Revisit]:
        """What the crawl is asked for: mentions first."""
        mentions = [Revisit(due.native_id, due.url, due.thread_id) for due in self.mentions]
        return mentions + [Revisit("", "", thread) for thread in self.threads]

    def note(self, session: Session, found: Sequence[RawMention]) -> None:
        """Captures came: when their threads were spoken in, and which of the mentions asked for are among them."""
        self.captured |= {raw.native_id for raw in found}
        if reopens(self.source.platform):
            revisits.note_threads(session, self.source.name, found, self.now)
        asked = {due.native_id for due in self.mentions}
        captures.take_up_again(session, [raw for raw in found if raw.native_id in asked])

    def keep(self, session: Session, report: CrawlReport, settings: Settings) -> Belief:
        """Keep what the crawl told of what was known, with the events and alerts of the cases."""
        belief = believe(report, frozenset(self.captured))
        revisits.visited(session, self.source.name, self.threads, self.now)
        asked = {due.native_id for due in self.mentions}
        changes = revisits.check(session, self.source.name, asked, belief, self.now)
        directory = directory_of(settings)
        segments = settings.installation.segments
        about = case_routes.about(session, {each.case_id for each in changes}, self.now, segments)
        local = self.now.astimezone(settings.zone)
        raised = [
            (each, *change_alert(each, local, settings.routes, directory, about[each.case_id])) for each in changes
        ]
        told = [(alert, each.case_id, each.mention_id, recipients) for each, alert, recipients in raised]
        outbox.add_alerts(session, told, self.now)
        return belief
