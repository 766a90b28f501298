"""What a batch means: understood before the transaction, decided and written inside it.

    captures ─clean─▶ mentions ─nlp─▶ analyses                                  understand, without the store
    dedupe ─ topics ─ complaints ─ corrections ─ customers ─ cases ─ alerts     decide: keys, one query, a pure decision
    mentions ─ asked ─ cases ─ priorities ─ fingerprints ─ outbox               write

A fixed number of statements for a batch, none for a mention. ``listener.pipeline`` runs it; replays and rulings do too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from listener import corrections, dedupe
from listener.alerts import clocks
from listener.cases import matters
from listener.customers import batch, match
from listener.judges import Verdict
from listener.model import (
    Alert,
    Analysis,
    CaseDecision,
    CaseState,
    Complaint,
    IdentityKey,
    IdentityLink,
    Mention,
    MentionKey,
    Processed,
    Recipient,
    Tier,
    TopicMatch,
)
from listener.settings import Sla
from listener.steps import Steps, change_alert
from listener.store import (
    asked,
    case_routes,
    customers,
    fingerprints,
    mentions,
    outbox,
    priorities,
    revisits,
    rulings,
)
from listener.store import cases as stored_cases
from listener.store import corrections as stored_corrections
from listener.store.captures import Pending
from listener.text.clean import clean


@dataclass(frozen=True, slots=True)
class Understood:
    """A mention with its analysis: all that is known of it without looking at what is stored."""

    mention: Mention
    analysis: Analysis
    alert: bool
    verdict: Verdict | None = None


def understand(steps: Steps, waiting: Sequence[Pending]) -> list[Understood]:
    """Clean and analyse; of several captures of one mention the newest counts."""
    newest = {found.raw.key: found for found in waiting}
    cleaned = [clean(found.raw, found.raw_id) for found in newest.values()]
    analyses = steps.analyser.analyse_many([mention.full_text for mention in cleaned])
    asked = [found.alert for found in newest.values()]
    understood = [Understood(*each) for each in zip(cleaned, analyses, asked, strict=True)]
    return _looked_at_again(steps, understood) if steps.second is not None else understood


def _looked_at_again(steps: Steps, understood: Sequence[Understood]) -> list[Understood]:
    """What is in doubt, with an outside judge's verdict where there is one."""
    assert steps.second is not None
    doubtful = {
        corrections.reading_of(each.mention.full_text): each.mention.full_text
        for each in understood
        if steps.judge(each.mention, each.analysis).tier is Tier.REVIEW
    }
    if not doubtful:
        return list(understood)
    found = steps.second.verdicts(list(doubtful.items()), new=not steps.quiet)
    return [replace(each, verdict=found.get(corrections.reading_of(each.mention.full_text))) for each in understood]


def decide(session: Session, steps: Steps, understood: Sequence[Understood], now: datetime) -> list[Processed]:
    """Every decision about a batch, each with its reason; a fixed number of statements, none a mention."""
    said = [each.mention for each in understood]
    prints = [dedupe.fingerprints(mention) for mention in said]
    known = fingerprints.found(session, prints)
    reposts = dedupe.decide(said, prints, [each.analysis for each in understood], known.originals)
    kept = dedupe.kept(prints, reposts, known.held)
    topics = _topics(session, steps, said)
    answers = [
        steps.answer(each.mention, each.analysis, each.verdict, [match.topic for match in named])
        for each, named in zip(understood, topics, strict=True)
    ]
    analyses, complaints, graded = _corrected(session, said, answers)
    keys, links = linked(session, steps, said, analyses, [repost.duplicate_of is not None for repost in reposts])
    parts = zip(said, complaints, topics, reposts, links, strict=True)
    claims = [
        matters.Claim(mention=mention, complaint=found, topics=tuple(named), dedupe=repost, links=tuple(linked))
        for mention, found, named, repost, linked in parts
    ]
    who = customers.route_facts(session, {c.customer_id for c in claims if c.customer_id}, now, steps.segments)
    claims = [claim if claim.mention.key in graded else steps.for_customer(claim, who) for claim in claims]
    decisions = steps.decide_cases(claims, stored_cases.found(session, matters.keys(claims)), now)
    raised = _raised(session, steps, understood, claims, decisions, now, who)
    return [
        Processed(
            mention=claim.mention,
            analysis=analyses[index],
            complaint=claim.complaint,
            topics=claim.topics,
            dedupe=claim.dedupe,
            fingerprints=kept[index],
            keys=tuple(keys[index]),
            links=claim.links,
            case=_as_alerted(steps, decisions[index], raised[index], now),
            alerts=raised[index],
        )
        for index, claim in enumerate(claims)
    ]


def linked(
    session: Session, steps: Steps, said: Sequence[Mention], analyses: Sequence[Analysis], reposts: Sequence[bool]
) -> tuple[list[list[IdentityKey]], list[list[IdentityLink]]]:
    """The keys and the links of each mention: hashed, looked up at once, decided, with what people ruled before."""
    keys, links = batch.link(
        said,
        analyses,
        steps.digest,
        lambda wanted: customers.identities(session, wanted),
        reposts=reposts,
        reported=[steps.reports(mention) for mention in said],
        words=steps.words,
    )
    return keys, _without_rejected(session, keys, links)


def _without_rejected(
    session: Session, keys: Sequence[Sequence[IdentityKey]], links: Sequence[Sequence[IdentityLink]]
) -> list[list[IdentityLink]]:
    """What people rejected for an author is not proposed again by the same evidence."""
    authors = [next((key.digest for key in each if key.kind == "account"), "") for each in keys]
    wanted = {author for author, found in zip(authors, links, strict=True) if author and found}
    ruled = rulings.rejected(session, wanted) if wanted else {}
    return [match.without_rejected(found, ruled.get(author, {})) for author, found in zip(authors, links, strict=True)]


def _corrected(
    session: Session, said: Sequence[Mention], answers: Sequence[tuple[Analysis, Complaint]]
) -> tuple[list[Analysis], list[Complaint], set[MentionKey]]:
    """The machine's answers with people's words in their place: corrections win, whatever the model.

    With them the mentions whose severity a person said: nothing changes that any more.
    """
    words = stored_corrections.in_force(session, {mention.key: mention.full_text for mention in said})
    found = [
        corrections.apply(*answer, words.get(mention.key, {})) for mention, answer in zip(said, answers, strict=True)
    ]
    graded = {key for key, spoken in words.items() if "severity" in spoken}
    return [analysis for analysis, _ in found], [complaint for _, complaint in found], graded


Raised = tuple[tuple[Alert, tuple[Recipient, ...]], ...]


def _raised(
    session: Session,
    steps: Steps,
    understood: Sequence[Understood],
    claims: Sequence[matters.Claim],
    decisions: Sequence[CaseDecision],
    now: datetime,
    who: Mapping[int, Mapping[str, object]],
) -> list[Raised]:
    """The alerts of each decision, with who gets them; what they have to do is looked up once."""
    opened = [claim for claim, decision in zip(claims, decisions, strict=True) if decision.action != "none"]
    loads = stored_cases.loads(session) if opened else {}
    return [
        steps.alerts(
            claim, decision, each.alert, now, steps.about(each.analysis, who.get(claim.customer_id or 0, {})), loads
        )
        for claim, decision, each in zip(claims, decisions, understood, strict=True)
    ]


def _as_alerted(steps: Steps, decision: CaseDecision, raised: Raised, now: datetime) -> CaseDecision:
    """The decision with what its alerts mean for the case.

    A case that alerts nobody (imported, old) has quiet clocks until somebody takes it up; one that a route gives to
    somebody is assigned.
    """
    if not raised:
        return replace(decision, attend_at=None)
    given = next((r.receiver.name for _, recipients in raised for r in recipients if r.assigned), "")
    if not given or decision.action != "open" or decision.state is not CaseState.NEW:
        return decision
    team = next((person.team for person in steps.directory.people if person.name == given), "")
    decision = replace(decision, owner=given, team=team, state=CaseState.ASSIGNED)
    if team not in steps.teams:
        return decision
    terms = steps.terms(now, team)[decision.severity]._asdict()
    return replace(decision, **clocks.capped(terms, decision.outside_by))  # type: ignore[arg-type]


def _topics(session: Session, steps: Steps, said: Sequence[Mention]) -> list[Sequence[TopicMatch]]:
    """The topics of each mention: its own words', else those of the thread it stands in.

    「我的也是，刹车也失灵了」 names no brand; the thread it answers does.
    """
    matched = [steps.topics.match(mention) for mention in said]
    threads = {
        (m.platform, m.site, m.thread_id) for m, own in zip(said, matched, strict=True) if m.thread_id and not own
    }
    inherited = {key: set(names) for key, names in mentions.thread_topics(session, threads).items()}
    for mention, own in zip(said, matched, strict=True):
        inherited.setdefault((mention.platform, mention.site, mention.thread_id), set()).update(t.topic for t in own)
    return [
        own
        or steps.inherited_topics(mention, inherited.get((mention.platform, mention.site, mention.thread_id), set()))
        for mention, own in zip(said, matched, strict=True)
    ]


def write(session: Session, decided: Sequence[Processed], now: datetime, steps: Steps | None = None) -> int:
    """Write everything decided; how many alerts were raised.

    With ``steps`` it is told what became of mentions behind open cases; in a replay nothing did.
    """
    changes = _changes(session, decided, steps, now) if steps else []
    ids = mentions.write(session, decided, now)
    asked.keep(session, {done.mention.key: done.keys for done in decided}, ids)
    numbers = stored_cases.write(session, decided, ids, now)
    if numbers:
        priorities.refresh(session, numbers.values(), now, steps.deadlines if steps else Sla())
    fingerprints.add(session, decided, ids)
    raised = [
        (alert, numbers.get(done.case.fingerprint), ids[done.mention.key], recipients)
        for done in decided
        for alert, recipients in done.alerts
    ]
    return outbox.add_alerts(session, [*raised, *changes], now)


def _changes(session: Session, decided: Sequence[Processed], steps: Steps, now: datetime) -> list[outbox.Raised]:
    """What these mentions changed behind open cases, kept as events; the alerts of it."""
    said = [done.mention for done in decided]
    found = revisits.changed(session, said)
    found += revisits.answered_by_company(session, [mention for mention in said if steps.is_own(mention)])
    revisits.record(session, found, now)
    local = now.astimezone(steps.calendar.zone)
    about = case_routes.about(session, {each.case_id for each in found}, now, steps.segments)
    told = [(each, *change_alert(each, local, steps.routes, steps.directory, about[each.case_id])) for each in found]
    return [(alert, each.case_id, each.mention_id, recipients) for each, alert, recipients in told]
