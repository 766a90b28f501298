"""What commands and pages show of an installation: stored facts, masked and worded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from listener import community
from listener.crm.showing import UNMASKING
from listener.customers.influence import WORDS, AuthorKey, high_words
from listener.errors import BadInput, Mistake
from listener.installation import Facts
from listener.language import say, speaking
from listener.looking import Looks
from listener.model import Analysis, CaseState, Tier
from listener.nlp.analyse import Analyser
from listener.nlp.taxonomy.trades import judged, named, narrowed, possible
from listener.store import influence, tickets, views
from listener.text.labels import label
from listener.topics import Topics
from listener.topics.matching import text_only
from listener.web.app import Asked, Pages
from listener.web.author_page import render_author
from listener.web.case_forms import forms
from listener.web.case_page import render_case
from listener.web.links import Links
from listener.web.pushing import Taken


class Showing(Looks):
    """Read-only views of a ``listener.bootstrap.Listener``."""

    @cached_property
    def links(self) -> Links:
        """The signed links to pages."""
        raise NotImplementedError

    @cached_property
    def analyser(self) -> Analyser:
        """The nlp stage."""
        raise NotImplementedError

    @cached_property
    def topics(self) -> Topics:
        """The topics that are watched."""
        raise NotImplementedError

    def ticket_rows(self) -> list[Facts]:
        """The cases' tickets in other systems, the newest first."""
        with self.database.read() as session:
            found = tickets.rows(session)
        moments = ("created_at", "changed_at", "asked_at")
        return [
            {
                "notifier": row["notifier"],
                "external": row["external"],
                "ticket": row["ticket"] or say("正在建立", "being made"),
                "state": row["state"],
                "case": row["case_id"],
                "case_state": label(row["case_state"]) if row["case_state"] else "",
            }
            | {name: self._local(row[name]) for name in moments}
            for row in found
        ]

    def pages(self) -> Pages:
        """What the web part shows."""
        return Pages(
            health=self.health,
            metrics=self.metrics,
            case=self._case_page,
            act=self.act_by_form,
            author=self._author_page,
            push=self.take_push,
            language_of=self.language_of,
            forward=self.forward_text,
            code=self.redeem_typed,
            company=lambda: (self.settings.installation.company, self.settings.installation.language),
        )

    def redeem_typed(self, code: str, number: str, source: str) -> bool:
        """Bind the account of a code that somebody typed with a number of theirs; True where that was done."""
        raise NotImplementedError

    def language_of(self, person: str) -> str:
        """The language of somebody in people.toml, "" for nobody."""
        return next((each.language for each in self.settings.people if each.name == person), "")

    def forward_text(self, person: str, text: str) -> Sequence[str]:
        """Register what somebody pasted; what became of it."""
        raise NotImplementedError

    def take_push(self, source: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """Take in what was pushed to a source; the answer."""
        raise NotImplementedError

    def act_by_form(self, number: int, person: str, fields: Mapping[str, str]) -> str:
        """Do what a form asks for; one line that tells what was done."""
        raise NotImplementedError

    def _author_page(self, by: tuple[str, str, str]) -> str:
        language = self.settings.installation.language
        with speaking(language):
            facts = community.author_facts(self.database, AuthorKey(*by), self.settings.zone)
            parts = [(say(*words), facts[part]) for part, words in WORDS.items() if part in facts]
            return render_author(facts, parts, language)

    def _case_page(self, number: int, asked: Asked) -> str | None:
        with self.database.read() as session:
            facts = views.case_detail(session, number)
            leading = influence.leading_in(session, number)
        if facts is None:
            return None
        person = next((each for each in self.settings.people if each.name == asked.person), None)
        language = person.language if person else self.settings.installation.language
        state = CaseState(facts["state"])
        causes = self._causes(language)
        with speaking(language):
            may = forms(state, person, self.settings.people, asked.action, causes) if person else []
        return render_case(
            facts,
            self.settings.zone,
            language,
            forms=may,
            token=asked.token,
            notice=asked.notice,
            person=asked.person,
            leaders=[(each, self.links.author(each.by), high_words(each.high, say)) for each in leading],
            brief=self.brief(number, language),
            suggested=self.suggested(facts["problem"], language),
            causes=causes,
        )

    def brief(self, number: int, lang: str) -> str:
        """A case as a five-line brief to pass on."""
        raise NotImplementedError

    def suggested(self, problem: str, lang: str) -> list[tuple[str, str]]:
        """What may be answered to a problem, as (where, text)."""
        raise NotImplementedError

    def audited(self, person: str, action: str, subject: str) -> None:
        """Allow something personal to a person of people.toml whose role may see it; that they asked is kept."""
        if not person:
            raise BadInput(Mistake("--as", say("需要说明是谁", "who is asking?"), "--as NAME"))
        found = self.settings.person(person)
        allowed = found.role in UNMASKING
        with self.database.write() as session:
            views.audit(session, found.name, action if allowed else f"refused: {action}", subject, self.now())
        if not allowed:
            what = say(f"{found.name} 的角色无权查看原文", f"{found.name}'s role may not see this unmasked")
            raise BadInput(Mistake("--as", what, say("由主管或隐私专员操作", "ask a supervisor")))

    # analysis

    def analyse(self, texts: Sequence[str]) -> list[Facts]:
        """The analyses of texts as ``listener analyse`` prints them."""
        return [
            self._analysed(text, found) for text, found in zip(texts, self.analyser.analyse_many(texts), strict=True)
        ]

    def _analysed(self, text: str, analysis: Analysis) -> Facts:
        from listener.complaints import judge

        # a text that names no topic may still be of any of them: an export of reviews need not name the house
        topics = [found.topic for found in self.topics.match(text_only(text))] or self._topic_names
        aspects = possible(self.analyser.aspects(text), topics, self.trades)
        kept = possible(analysis.categories, topics, self.trades)
        complaint = judge(text, judged(analysis, kept))
        analysis, complaint = named(*narrowed(analysis, complaint, kept), lambda: aspects)
        grave = complaint.tier is not Tier.NO
        return {
            "text": text,
            "language": analysis.language,
            "sentiment": analysis.sentiment.value,
            "probabilities": _rounded(analysis.probabilities),
            "sentiment_reason": analysis.reason,
            "complaint": complaint.tier.value,
            "complaint_reason": complaint.reason,
            "kind": complaint.kind,
            "severity": complaint.severity.value if grave else None,
            "severity_reason": complaint.severity_reason,
            "categories": [category._asdict() for category in analysis.categories],
            "aspects": [aspect._asdict() for aspect in aspects],
            "remedy": analysis.remedy,
            "entities": [entity._asdict() for entity in analysis.entities],
            "words": [word._asdict() for word in analysis.words],
            "model_version": analysis.model_version,
            "taxonomy_version": self.taxonomy.version,
        }

    @cached_property
    def _topic_names(self) -> list[str]:
        return [topic.name for topic in self.settings.topics if topic.name != "*"]


def _rounded(probabilities: tuple[float, float, float]) -> list[float]:
    """Four places, the last one made so that they sum to 1."""
    negative, neutral = (round(each, 4) for each in probabilities[:2])
    return [negative, neutral, round(max(0.0, 1.0 - negative - neutral), 4)]
