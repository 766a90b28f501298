"""What a short command shows: the status, cases and deliveries, read from the database alone.

Nothing here understands texts or sends mail, so that such a command starts in half the time of one that does.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from listener.alerts.case_parts import factor_words
from listener.alerts.receipt import receipt_number
from listener.cases.causes import cause_words
from listener.errors import BadInput, Mistake
from listener.installation import Facts
from listener.language import say
from listener.nlp.taxonomy import Taxonomy, installed_taxonomy
from listener.nlp.taxonomy.trades import trades_of
from listener.spread import spread_of
from listener.store import arrivals, views
from listener.text.mask import mask
from listener.watching import Watching

__all__ = ["TROUBLE", "Looks"]

TROUBLE = "mailbox_trouble"
"""The installation's fact of what keeps us from reading the mailbox."""


class Looks(Watching):
    """An installation that is looked at."""

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The shipped problem and cause codes with this installation's own on top."""
        return installed_taxonomy(self.settings.config_dir / "taxonomy")

    @cached_property
    def trades(self) -> dict[str, tuple[str, ...]]:
        """The trades of those topics that name theirs."""
        return trades_of({topic.name: topic.trades for topic in self.settings.topics})

    def status(self, lang: str) -> Facts:
        """The status, with what came in by itself and what keeps us from reading the mailbox."""
        with self.database.read() as session:
            trouble = views.fact(session, TROUBLE)
        return super().status(lang) | {"arrivals": self.arrival_rows(lang), "mailbox_trouble": trouble or None}

    def arrival_rows(self, lang: str) -> list[Facts]:
        """What came in by itself within a day, by source and kind."""
        with self.database.read() as session:
            rows = arrivals.recent(session, self.now() - timedelta(days=1))
        return [self._worded(row, lang, "kind") for row in rows]

    def _causes(self, lang: str) -> list[tuple[str, str]]:
        """Code and name of every cause that closing a case may name."""
        return [(code, english if lang == "en" else name) for code, name, english in self.taxonomy.causes]

    def case_rows(self, lang: str, state: str, limit: int) -> list[Facts]:
        """The gravest cases."""
        with self.database.read() as session:
            rows = views.case_rows(session, state, limit)
        name_of = self.taxonomy.name_of
        for row in rows:
            row |= {"title": mask(row["title"]), "problem": name_of(row["problem"], lang) if row["problem"] else ""}
            row |= {"factors": factor_words(row["factors"] or [], lang)}
        return [self._worded(row, lang, "severity", "state") for row in rows]

    def case_facts(self, number: int, lang: str) -> Facts:
        """One case whole, masked; ``BadInput`` where there is none of that number."""
        with self.database.read() as session:
            facts = views.case_detail(session, number)
        if facts is None:
            raise BadInput(Mistake("case", say(f"没有工单 #{number}", f"no case #{number}"), "listener cases list"))
        said = [
            self._worded(
                m | {name: mask(m[name]) for name in ("text", "title", "company_reply")}, lang, "joined_as", "sentiment"
            )
            for m in facts["mentions"]
        ]
        for mention in said:
            mention.pop("words")
        events = [self._worded(event, lang, "old", "new") for event in facts["events"]]
        problem = self.taxonomy.name_of(facts["problem"], lang) if facts["problem"] else ""
        spread = spread_of(facts["mentions"])
        facts |= {"spread": self._worded(spread.facts(), lang) if spread else {}}
        own = {
            "title": mask(facts["title"]),
            "problem": problem,
            "receipt": receipt_number(number, facts["opened_at"], self.settings.zone),
            "factors": factor_words(facts["factors"] or [], lang),
            "wanted": mask(facts["wanted"]),
            "cause": mask(cause_words(facts["cause"], self._causes(lang))),
        }
        shown = self._worded(facts | own, lang, "severity", "state")
        return shown | {"mentions": said, "events": events}

    def delivery_rows(self, lang: str, status: str, limit: int) -> list[Facts]:
        """The newest deliveries."""
        with self.database.read() as session:
            rows = views.delivery_rows(session, status, limit)
        return [self._worded(row, lang, "status") for row in rows]
