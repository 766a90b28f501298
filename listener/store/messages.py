"""What the alerts of a delivery say: loaded in a fixed number of statements, personal values masked on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from listener.alerts.bursts import of_alert
from listener.alerts.facts import AlertFacts, CaseFacts, CustomerFacts, Dealing, EarlierCase, MentionFacts
from listener.model import AlertKind, CaseState, Evidence, Party, Severity, Word
from listener.settings import SegmentSettings
from listener.store import bursts, influence
from listener.store.bulk import chunks
from listener.store.customer_dealings import newest_dealings
from listener.store.tables import (
    AlertRow,
    AnalysisRow,
    CaseMentionRow,
    CaseRow,
    CustomerRow,
    DeliveryAlertRow,
    IdentityLinkRow,
    MentionRow,
)
from listener.store.traits import DEFAULT, Traits, traits
from listener.text.mask import mask, mask_name, mask_value

Decrypt = Callable[[bytes], str]

_CONTACTS = {"phones": "phone", "phone": "phone", "emails": "email", "email": "email"}
"""Keys of a customer's profile that hold contacts, and their kind."""


def alerts_of(
    session: Session,
    delivery_ids: Sequence[int],
    decrypt: Decrypt,
    now: datetime | None = None,
    how: SegmentSettings = DEFAULT,
) -> dict[int, list[AlertFacts]]:
    """The alerts of each delivery, oldest first, with case, mention and customer; customers' traits as of ``now``."""
    pairs: list[tuple[int, AlertRow]] = []
    for part in chunks(delivery_ids):
        statement = (
            select(DeliveryAlertRow.delivery_id, AlertRow)
            .join(AlertRow, col(AlertRow.id) == col(DeliveryAlertRow.alert_id))
            .where(col(DeliveryAlertRow.delivery_id).in_(part))
            .order_by(col(AlertRow.id))
        )
        pairs += session.exec(statement).all()
    cases = _cases(session, {row.case_id for _, row in pairs if row.case_id is not None}, decrypt, now, how)
    mentions = _mentions(session, {row.mention_id for _, row in pairs if row.mention_id is not None})
    listed = _burst_cases(session, [row for _, row in pairs if row.kind == AlertKind.BURST.value])
    found: dict[int, list[AlertFacts]] = {}
    for delivery_id, row in pairs:
        alert = _alert(row, cases, mentions)
        if row.id in listed:
            alert = replace(alert, facts={**alert.facts, "listed": listed[row.id]})
        found.setdefault(delivery_id, []).append(alert)
    return found


def _burst_cases(session: Session, rows: Sequence[AlertRow]) -> dict[int, list[dict[str, object]]]:
    """The cases that each burst alert takes in, as they stand now."""
    return bursts.cases_of(session, [of_alert(row.id or 0, row.facts or {}, row.created_at, ()) for row in rows])


def _alert(row: AlertRow, cases: dict[int, CaseFacts], mentions: dict[int, MentionFacts]) -> AlertFacts:
    facts = row.facts or {}
    return AlertFacts(
        kind=AlertKind(row.kind),
        reason=row.reason,
        severity=Severity(row.severity),
        created_at=row.created_at,
        subject=row.subject,
        joined_as=str(facts.get("joined_as", "")),
        facts=facts,
        case=cases.get(row.case_id) if row.case_id is not None else None,
        mention=mentions.get(row.mention_id) if row.mention_id is not None else None,
    )


def _mentions(session: Session, ids: set[int]) -> dict[int, MentionFacts]:
    found: dict[int, MentionFacts] = {}
    for part in chunks(sorted(ids)):
        statement = (
            select(MentionRow, AnalysisRow)
            .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
            .where(col(MentionRow.id).in_(part))
        )
        high = influence.high_of(session, part)
        for said, analysis in session.exec(statement):
            found[said.id or 0] = _mention(said, analysis, high.get(said.id or 0, ()))
    return found


def _mention(said: MentionRow, analysis: AnalysisRow | None, high: tuple[str, ...]) -> MentionFacts:
    judged: dict[str, Any] = {}
    if analysis is not None:
        judged = {
            "sentiment": analysis.sentiment,
            "probabilities": (analysis.negative, analysis.neutral, analysis.positive),
            "sentiment_reason": analysis.sentiment_reason,
            "words": tuple(Word(*word) for word in analysis.words or ()),
            "complaint_reason": analysis.complaint_reason,
            "severity_reason": analysis.severity_reason,
            "kind": analysis.kind,
            "remedy": analysis.remedy,
            "safety": analysis.safety,
        }
    return MentionFacts(
        text=said.text,
        url=said.url,
        title=said.title,
        platform=said.platform,
        source=said.source,
        author=mask(said.author_name),
        published_at=said.published_at,
        captured_at=said.captured_at,
        metrics=said.metrics or {},
        fields=said.fields or {},
        high=high,
        **judged,
    )


def _cases(
    session: Session, ids: set[int], decrypt: Decrypt, now: datetime | None, how: SegmentSettings
) -> dict[int, CaseFacts]:
    rows: list[CaseRow] = []
    for part in chunks(sorted(ids)):
        rows += session.exec(select(CaseRow).where(col(CaseRow.id).in_(part))).all()
    sizes = _sizes(session, ids)
    products = _products(session, ids)
    customers = _customers(session, rows, decrypt, now, how)
    return {
        row.id: replace(_case(row, sizes.get(row.id, {}), customers.get(row.id)), product=products.get(row.id, ""))
        for row in rows
        if row.id is not None
    }


def _case(row: CaseRow, sizes: dict[tuple[str, str], int], customer: CustomerFacts | None) -> CaseFacts:
    return CaseFacts(
        number=row.id or 0,
        fingerprint=row.fingerprint,
        state=CaseState(row.state),
        severity=Severity(row.severity),
        title=row.title,
        topic=row.topic,
        problem=row.problem,
        reason=row.reason,
        owner=row.owner,
        opened_at=row.opened_at,
        first_contact_by=row.first_contact_by,
        first_contact_at=row.first_contact_at,
        plan_by=row.plan_by,
        planned_at=row.planned_at,
        close_by=row.close_by,
        outside_name=row.outside_name,
        outside_number=row.outside_number,
        outside_by=row.outside_by,
        priority=row.priority,
        factors=tuple((str(name), float(value), str(why)) for name, value, why in row.factors or ()),
        recent=row.recent,
        wanted=row.wanted,
        paused=row.paused_since is not None,
        mentions=sum(sizes.values()) or 1,
        reposts=sum(number for (joined_as, _), number in sizes.items() if joined_as == "repost"),
        platforms=len({platform for _, platform in sizes}) or 1,
        customer=customer,
    )


def _products(session: Session, ids: set[int]) -> dict[int, str]:
    """The product that the first mention of each case names."""
    found: dict[int, str] = {}
    for part in chunks(sorted(ids)):
        statement = (
            select(CaseMentionRow.case_id, AnalysisRow.entities)
            .join(AnalysisRow, col(AnalysisRow.mention_id) == col(CaseMentionRow.mention_id))
            .where(col(CaseMentionRow.case_id).in_(part), CaseMentionRow.joined_as == "opener")
        )
        for case_id, entities in session.exec(statement):
            named = next((str(each[1]) for each in entities or () if each[0] == "product"), "")
            if named:
                found[case_id] = named
    return found


def _sizes(session: Session, ids: set[int]) -> dict[int, dict[tuple[str, str], int]]:
    """How many mentions each case has, by how they joined it and by platform."""
    found: dict[int, dict[tuple[str, str], int]] = {}
    for part in chunks(sorted(ids)):
        statement = (
            select(CaseMentionRow.case_id, CaseMentionRow.joined_as, MentionRow.platform, func.count())
            .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
            .where(col(CaseMentionRow.case_id).in_(part))
            .group_by(col(CaseMentionRow.case_id), col(CaseMentionRow.joined_as), col(MentionRow.platform))
        )
        for case_id, joined_as, platform, number in session.exec(statement):
            found.setdefault(case_id, {})[joined_as, platform] = number
    return found


def _customers(
    session: Session, cases: Sequence[CaseRow], decrypt: Decrypt, now: datetime | None, how: SegmentSettings
) -> dict[int, CustomerFacts]:
    """The customer of each case that has one, by case id."""
    owned = {row.id: row.customer_id for row in cases if row.id is not None and row.customer_id is not None}
    if not owned:
        return {}
    people: dict[int, CustomerRow] = {}
    for part in chunks(sorted(set(owned.values()))):
        people |= {
            row.id: row
            for row in session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(part)))
            if row.id is not None
        }
    links = _links(session, owned)
    others = _cases_of(session, sorted(set(owned.values())))
    known = traits(session, list(people.values()), now, how) if now is not None else {}
    dealt = newest_dealings(session, sorted(people), decrypt)
    return {
        case_id: _with_traits(
            _customer(people[customer], links.get(case_id), _before(case_id, others[customer]), decrypt),
            known.get(customer),
            dealt.get(customer, ()),
        )
        for case_id, customer in owned.items()
        if customer in people
    }


def _with_traits(facts: CustomerFacts, its: Traits | None, dealings: tuple[Dealing, ...]) -> CustomerFacts:
    facts = replace(facts, dealings=dealings)
    return replace(facts, kinds=its.segment, lifecycle=its.lifecycle, flags=its.flags) if its else facts


def _before(case_id: int, others: Sequence[EarlierCase]) -> list[EarlierCase]:
    return [other for other in others if other.number < case_id]


def _links(session: Session, owned: dict[int, int]) -> dict[int, IdentityLinkRow]:
    """The best link of each case's mentions to the case's customer."""
    found: dict[int, IdentityLinkRow] = {}
    for part in chunks(sorted(owned)):
        statement = (
            select(CaseMentionRow.case_id, IdentityLinkRow)
            .join(IdentityLinkRow, col(IdentityLinkRow.mention_id) == col(CaseMentionRow.mention_id))
            .where(col(CaseMentionRow.case_id).in_(part), IdentityLinkRow.judgement == "positive")
            .order_by(col(IdentityLinkRow.score), col(IdentityLinkRow.id).desc())
        )
        found |= {case: link for case, link in session.exec(statement) if link.customer_id == owned[case]}
    return found


def _cases_of(session: Session, customers: Sequence[int]) -> dict[int, list[EarlierCase]]:
    """Every case of these customers that counts, oldest first."""
    found: dict[int, list[EarlierCase]] = {customer: [] for customer in customers}
    counted = col(CaseRow.state).not_in((CaseState.MERGED.value, CaseState.NOT_COMPLAINT.value))
    for part in chunks(customers):
        statement = select(CaseRow).where(col(CaseRow.customer_id).in_(part), counted).order_by(col(CaseRow.id))
        for row in session.exec(statement):
            one = EarlierCase(
                number=row.id or 0,
                opened_at=row.opened_at,
                problem=row.problem,
                state=CaseState(row.state),
                satisfaction=row.satisfaction,
            )
            found[row.customer_id or 0].append(one)
    return found


_EARLIER = 5
"""Earlier cases that a message lists."""


def _customer(
    row: CustomerRow, link: IdentityLinkRow | None, before: Sequence[EarlierCase], decrypt: Decrypt
) -> CustomerFacts:
    profile = _profile(decrypt(row.cipher))
    return CustomerFacts(
        external_id=row.external_id,
        name=mask_name(str(profile.get("name", ""))),
        contacts=_contacts(profile),
        party=Party(row.party),
        segment=row.segment,
        product=row.product,
        dealer=row.dealer,
        region=row.region,
        since=row.since,
        value=row.value,
        completeness=row.completeness or None,
        owner=row.owner,
        nth=1 + len(before),
        earlier=tuple(reversed(before[-_EARLIER:])),
        score=link.score if link else None,
        reason=link.reason if link else "",
        evidence=tuple(Evidence(*each) for each in (link.evidence or ())) if link else (),
    )


def _profile(text: str) -> dict[str, Any]:
    """The decrypted profile; an unreadable one must not keep the mail from going out."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _contacts(profile: dict[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for key, kind in _CONTACTS.items():
        values = profile.get(key) or []
        for value in values if isinstance(values, list) else [values]:
            found.append(mask_value(kind, str(value)))
    return tuple(dict.fromkeys(found))
