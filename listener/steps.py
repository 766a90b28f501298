"""The pure steps with this installation's settings bound to them, as the pipeline calls them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from listener.alerts import clocks, routing, rules, sla
from listener.alerts.regulators import outside_deadline
from listener.cases import joining
from listener.cases.matters import Claim, FoundCases
from listener.complaints import judge
from listener.customers.attributes import EMPTY, Vocabulary
from listener.customers.segments import raised as raised_for
from listener.judges import SecondLook, Verdict, settle
from listener.model import (
    Alert,
    Analysis,
    CaseDecision,
    CaseState,
    Complaint,
    Mention,
    Recipient,
    Severity,
    Tier,
    TopicMatch,
)
from listener.nlp.analyse import Analyser
from listener.nlp.taxonomy.trades import judged, named, narrowed, possible
from listener.settings import WECOM_APP, Routes, SegmentSettings, Settings, Sla
from listener.store.revisits import CaseChange
from listener.store.traits import Traits
from listener.text.mask import mask
from listener.text.stars import stars_of
from listener.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Everything that deciding needs beside the batch and what is stored.

    ``company_accounts`` are the company's own, as "platform:name or id".
    ``priors`` maps a source to what it is by nature; ``digest`` hashes an identifier (kind, value).
    """

    analyser: Analyser
    topics: Topics
    digest: Callable[[str, str], str]
    calendar: sla.Calendar
    deadlines: Sla = field(default_factory=Sla)
    directory: routing.Directory = field(default_factory=routing.Directory)
    routes: Routes | None = None
    priors: Mapping[str, str] = field(default_factory=dict)
    fresh_for: timedelta = timedelta(hours=72)
    quiet: bool = False
    """True in a replay: nothing alerts, and no outside judge is asked anew."""
    second: SecondLook | None = None
    """The outside judge of what is in doubt, where one is configured."""
    company_accounts: frozenset[str] = frozenset()
    segments: SegmentSettings = field(default_factory=SegmentSettings)
    words: Vocabulary = EMPTY
    """The products, dealers and places of the customers' records, with their frequencies."""
    teams: Mapping[str, sla.Calendar] = field(default_factory=dict)
    """The calendars of teams that work otherwise."""
    trades: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The trades of those topics that name theirs."""

    def reports(self, mention: Mention) -> bool:
        """True where the mention's source is news: it speaks of others."""
        return self.priors.get(mention.source) == "news"

    def judge(self, mention: Mention, analysis: Analysis) -> Complaint:
        """Whether the mention is a complaint, with what is known of its source."""
        if self.is_own(mention):
            return Complaint(tier=Tier.NO, reason="企业自己的账号")
        rating = mention.fields.get("rating", "")
        prior = self.priors.get(mention.source, "") or ("reviews" if rating else "")
        stars = stars_of(rating) if prior == "reviews" else 0
        found = judge(mention.full_text, analysis, source_prior=prior, platform=mention.platform, stars=stars)
        return _forwarded(found, mention.forwarded_by) if mention.forwarded_by else found

    def answer(
        self, mention: Mention, analysis: Analysis, verdict: Verdict | None, topics: Collection[str]
    ) -> tuple[Analysis, Complaint]:
        """What the machine says of a mention of these topics: its own judgement, with what an outside judge said of it,
        and of the problems those that the topics' trades can have: of a supermarket no engine, of a car no taste.

        All problems stay where a topic names no trade. A complaint without a problem has that of the thing it names.
        """
        kept = possible(analysis.categories, topics, self.trades)
        complaint = settle(self.judge(mention, judged(analysis, kept)), verdict)
        analysis, complaint = narrowed(analysis, complaint, kept)
        aspects = self.analyser.aspects
        return named(analysis, complaint, lambda: possible(aspects(mention.full_text), topics, self.trades))

    def is_own(self, mention: Mention) -> bool:
        """True where the company itself speaks."""
        names = {mention.author_id, mention.author_name} - {""}
        return any(f"{mention.platform}:{name}" in self.company_accounts for name in names)

    def inherited_topics(self, mention: Mention, names: Collection[str]) -> list[TopicMatch]:
        """Matches for a mention that names nothing itself but stands in a thread about these topics."""
        return [TopicMatch(name, (), "所在主题帖属于该主题") for name in sorted(names)] if mention.thread_id else []

    def decide_cases(self, claims: Sequence[Claim], found: FoundCases, now: datetime) -> list[CaseDecision]:
        """The case decisions of a batch, with the deadlines of cases opened now."""
        habits = joining.Habits(self.deadlines.reopen_within, self.deadlines.repeat_count, self.deadlines.repeat_within)
        needed = len(self.topics) > 0
        decided = joining.decide(claims, found, self.terms(now), topics_required=needed, habits=habits)
        return [self._outside(claim.mention, each, now) for claim, each in zip(claims, decided, strict=True)]

    def for_customer(self, claim: Claim, who: Mapping[int, Mapping[str, object]]) -> Claim:
        """The claim as it is for this customer: a key account's may be graver, nobody's is less grave."""
        its = who.get(claim.customer_id or 0, {}).get("traits")
        if not self.segments.raise_key or not isinstance(its, Traits) or claim.complaint.tier is Tier.NO:
            return claim
        severity, why = raised_for(claim.complaint.severity, its.segment, its.history.complaints)
        if not why:
            return claim
        reason = "；".join(part for part in (claim.complaint.severity_reason, why) if part)
        return replace(claim, complaint=replace(claim.complaint, severity=severity, severity_reason=reason))

    def terms(self, now: datetime, team: str = "") -> dict[Severity, joining.Terms]:
        """The deadlines of a case opened now, by severity, and when its clocks are first looked at."""
        found, calendar = {}, self.teams.get(team, self.calendar)
        for severity, by in sla.deadlines_by_severity(now, self.deadlines, calendar).items():
            fresh = clocks.Clocks(state=CaseState.NEW, severity=severity, started_at=now, **by._asdict())
            attend_at = clocks.next_escalation(fresh, now, self.deadlines, calendar)
            found[severity] = joining.Terms(*by, attend_at)
        return found

    def _outside(self, mention: Mention, decision: CaseDecision, now: datetime) -> CaseDecision:
        """The decision with a regulator's number and deadline, which win where they are earlier."""
        fields = mention.fields
        name = fields.get("outside", "") or mention.platform
        if decision.action != "open" or not (fields.get("outside_number") or fields.get("outside")):
            return decision
        by = _day_of(fields.get("outside_by", ""), self.calendar)
        by = by or outside_deadline(name, fields.get("region", ""), now, self.deadlines, self.calendar)
        own = {name: getattr(decision, name) for name in ("first_contact_by", "plan_by", "close_by")}
        kept = {at: value for at, value in clocks.capped(own, by).items() if isinstance(value, datetime)}
        number = fields.get("outside_number", "")
        return replace(decision, outside_name=name, outside_number=number, outside_by=by, **kept)  # type: ignore[arg-type]

    def alerts(
        self,
        claim: Claim,
        decision: CaseDecision,
        asked: bool,
        now: datetime,
        about: Mapping[str, object],
        loads: MutableMapping[str, int],
    ) -> tuple[tuple[Alert, tuple[Recipient, ...]], ...]:
        """The alerts of one decision, each with who gets it. ``loads`` counts the open cases by owner."""
        if self.quiet:
            return ()
        named = tuple(match.topic for match in claim.topics)
        raised = rules.case_alerts(
            decision,
            claim.complaint,
            claim.mention,
            now=now,
            fresh_for=self.fresh_for,
            asked=asked,
            topics=named,
            about=about,
        )
        directory = replace(self.directory, loads=loads)
        local = now.astimezone(self.calendar.zone)
        return tuple(
            (alert, routing.recipients(alert, routing.facts_of(alert), self.routes, directory, local))
            for alert in raised
        )

    def about(self, analysis: Analysis, customer: Mapping[str, object]) -> dict[str, object]:
        """What routes match on beside the case: what the mention names, and who the customer is."""
        named = {
            kind: [e.value for e in analysis.entities if e.kind == kind] for kind in ("product", "dealer", "place")
        }
        products = [*named["product"], str(customer.get("product") or "")]
        return {
            "products": list(dict.fromkeys(product for product in products if product)),
            "dealers": list(dict.fromkeys(named["dealer"])),
            "dealer": customer.get("dealer") or "",
            "region": customer.get("region") or next(iter(named["place"]), ""),
            "segment": customer.get("segment") or "",
        }


def _day_of(text: str, calendar: sla.Calendar) -> datetime | None:
    """The end of the day that ``text`` names, or the moment; None where it names none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return moment
    whole_day = moment.time() == time()
    return datetime.combine(moment.date(), time(23, 59) if whole_day else moment.time(), calendar.zone)


def _forwarded(found: Complaint, person: str) -> Complaint:
    """What a colleague forwards is looked at by a person, whatever the machine thinks of its few words."""
    reason = f"{person} 转交，待核实：{found.reason}"
    if found.tier is not Tier.NO:
        return replace(found, reason=reason)
    return replace(found, tier=Tier.REVIEW, severity=min(found.severity, Severity.S3), reason=reason)


def directory_of(settings: Settings) -> routing.Directory:
    """Who there is to alert in an installation."""
    groups = [one for one in settings.notifiers if one.kind != WECOM_APP]  # an application writes to people
    return routing.Directory(people=settings.people, notifiers=groups, dealers=settings.dealers)


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def change_alert(
    found: CaseChange,
    now: datetime,
    routes: Routes | None,
    directory: routing.Directory,
    about: Mapping[str, object],
) -> tuple[Alert, tuple[Recipient, ...]]:
    """The alert of a change behind an open case, for its owner, or whoever the routes name by what is known of it."""
    facts = {
        **about,
        "topics": list(dict.fromkeys(topic for topic in (found.topic, *_texts(about.get("topics"))) if topic)),
        "problem": found.problem,
        "source": found.source,
        "state": found.state,
        "title": mask(found.title)[:80],
    }
    what, new = found.change.what, found.change.new
    alert = rules.change_alert(
        found.fingerprint, what, found.severity, mention=found.mention, at=now, facts=facts, new=new
    )
    return alert, routing.case_recipients(alert, found.owner, found.team, routes, directory, now)
