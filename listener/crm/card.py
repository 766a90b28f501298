"""The customer card: who somebody is, what they bought, what happened with them, in one timeline; masked unless asked.

One customer is read by indexes alone, so that a card is as quick at a million customers as at a hundred.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from listener.crm.fields import COLUMNS, DEALINGS, FIELDS, missing
from listener.language import say
from listener.model import CaseState, Satisfaction, Severity
from listener.settings import SegmentSettings
from listener.store import dealings
from listener.store.customer_tables import FlagRow, InteractionRow, RelationRow
from listener.store.tables import CaseEventRow, CaseRow, CustomerRow, IdentityRow
from listener.store.traits import Traits, traits
from listener.store.vault import Vault
from listener.text.labels import label
from listener.text.mask import mask, mask_name, mask_value

__all__ = ["Look", "card"]

Facts = dict[str, Any]

EXCERPT = 120
"""Characters of what was said that stand in the timeline."""

RELATED = 50
"""Members of a group or a household that are listed."""

_PRIVATE = {"order": "order", "vin": "vin", "plate": "plate", "serial": "serial"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a card is shown: its language, whether personal values are readable, how many entries, times as text."""

    lang: str
    now: datetime
    segments: SegmentSettings
    local: Callable[[datetime | None], str | None]
    unmask: bool = False
    limit: int = 50

    def value(self, kind: str, value: str) -> str:
        """A personal value as it may be shown."""
        return value if self.unmask else mask_value(kind, value)

    def text(self, text: str) -> str:
        """Running text as it may be shown."""
        return text if self.unmask else mask(text)


def card(session: Session, vault: Vault, external_id: str, look: Look) -> Facts | None:
    """All that is known of a customer; None where there is none of that id."""
    row = session.exec(select(CustomerRow).where(CustomerRow.external_id == external_id)).first()
    if row is None:
        return None
    number = row.id or 0
    profile = json.loads(vault.decrypt(row.cipher))
    dealt = dealings.of_customer(session, number)
    private = {one.id: json.loads(vault.decrypt(one.cipher)) if one.cipher else {} for one in dealt}
    cases = dealings.cases(session, number)
    its = traits(session, [row], look.now, look.segments)[number]
    return {
        **_who(row, profile, look),
        **_standing(row, its, look),
        "completeness": row.completeness,
        "missing": [say(FIELDS[name][0], name) for name in missing(profile, {n: getattr(row, n) for n in COLUMNS})],
        "identities": _identities(session, vault, number, look),
        "products": _products(dealt, private, look),
        "service": [_dealing(one, private[one.id], look) for one in dealt if one.kind == "service"][: look.limit],
        "relations": _relations(session, row, look),
        "flags": _flags(session, vault, number, look),
        "do_not_link": row.do_not_link,
        "fields": _sources(row),
        "cases": sorted(case.id for case in cases if case.id is not None),
        "timeline": _timeline(session, number, dealt, private, cases, look),
    }


def _who(row: CustomerRow, profile: Facts, look: Look) -> Facts:
    name, contact = str(profile.get("name", "")), str(profile.get("contact", ""))
    return {
        "external_id": row.external_id,
        "name": name if look.unmask else mask_name(name),
        "party": label(row.party, look.lang),
        "contact": contact if look.unmask else mask_name(contact),
        "address": look.value("address", str(profile.get("address", ""))) if profile.get("address") else "",
        "region": row.region,
        "product": row.product,
        "dealer": row.dealer,
        "owner": row.owner,
        "since": look.local(row.since),
        "value": row.value,
        "profit": row.profit,
        "volume": row.volume,
        "imported_at": look.local(row.imported_at),
    }


def _standing(row: CustomerRow, its: Traits, look: Look) -> Facts:
    return {
        "segment": row.segment or its.segment.words(look.lang),
        "segment_reason": its.segment.reason,
        "stage": its.lifecycle.words(look.lang),
        "stage_reason": its.lifecycle.reason,
        "leaving": its.lifecycle.leaving,
    }


def _identities(session: Session, vault: Vault, number: int, look: Look) -> list[str]:
    rows = session.exec(select(IdentityRow).where(IdentityRow.customer_id == number).order_by(col(IdentityRow.id)))
    return [f"{label(one.kind, look.lang)} {look.value(one.kind, vault.decrypt(one.cipher))}" for one in rows]


def _sources(row: CustomerRow) -> dict[str, Facts]:
    """Where each field comes from, how sure it is, and when somebody checked it."""
    told = (row.facts or {}).get("fields", {})
    return {
        name: {"source": source, "confidence": confidence, "verified": verified or None}
        for name, (source, confidence, verified) in sorted(told.items())
    }


def _products(dealt: Sequence[InteractionRow], private: dict[int | None, Facts], look: Look) -> list[Facts]:
    """What was bought: how many, how often, from when to when, with which numbers; what was bought last comes first."""
    found: dict[str, Facts] = {}
    for one in dealt:
        if one.kind != "purchase":
            continue
        empty = {"product": one.product, "quantity": 0, "times": 0, "first": one.at, "last": one.at, "amount": 0.0}
        kept = found.setdefault(one.product, empty | {f"{kind}s": [] for kind in _PRIVATE})
        kept["times"] += 1
        kept["quantity"] += one.quantity if one.quantity is not None else 1
        kept["amount"] += one.amount or 0.0
        kept["first"] = min(kept["first"], one.at)
        for kind in _PRIVATE:
            if value := private[one.id].get(kind):
                kept[f"{kind}s"].append(look.value(kind, value))
    return [each | {name: look.local(each[name]) for name in ("first", "last")} for each in found.values()]


def _dealing(one: InteractionRow, told: Facts, look: Look) -> Facts:
    kept = {kind: look.value(kind, told[kind]) for kind in _PRIVATE if told.get(kind)}
    return {
        "at": look.local(one.at),
        "product": one.product,
        "dealer": one.dealer,
        "amount": one.amount,
        "result": one.result,
        "note": look.text(told.get("note", "")),
        **kept,
    }


def _relations(session: Session, row: CustomerRow, look: Look) -> Facts:
    """The group above and the subsidiaries below, and who lives in the same household, by external id."""
    own = session.exec(select(RelationRow).where(RelationRow.customer_id == row.id)).all()
    houses = [one.other for one in own if one.kind == "household"]
    return {
        "group": [one.other for one in own if one.kind == "parent"],
        "subsidiaries": _related(session, "parent", [row.external_id], row),
        "household": _related(session, "household", houses, row) if houses else [],
    }


def _related(session: Session, kind: str, others: list[str], row: CustomerRow) -> list[str]:
    statement = (
        select(CustomerRow.external_id)
        .join(RelationRow, col(RelationRow.customer_id) == col(CustomerRow.id))
        .where(RelationRow.kind == kind, col(RelationRow.other).in_(others), CustomerRow.id != row.id)
        .order_by(col(CustomerRow.id))
        .limit(RELATED)
    )
    return list(session.exec(statement))


def _flags(session: Session, vault: Vault, number: int, look: Look) -> list[Facts]:
    rows = session.exec(select(FlagRow).where(FlagRow.customer_id == number).order_by(col(FlagRow.id)))
    return [
        {
            "flag": one.flag,
            "word": label(one.flag, look.lang),
            "evidence": look.text(vault.decrypt(one.cipher)),
            "set_by": one.set_by,
            "set_at": look.local(one.set_at),
            "ended_by": one.ended_by or None,
            "ended_at": look.local(one.ended_at),
        }
        for one in rows
    ]


Entry = tuple[datetime, Facts]


def _timeline(
    session: Session,
    number: int,
    dealt: Sequence[InteractionRow],
    private: dict[int | None, Facts],
    cases: Sequence[CaseRow],
    look: Look,
) -> list[Facts]:
    """Everything that happened, newest first: dealings, mentions, cases, answers, satisfaction."""
    entries = [
        *((one.at, _dealing_entry(one, private[one.id], look)) for one in dealt[: look.limit]),
        *((said["at"], _said(said, look)) for said in dealings.said(session, number, look.limit)),
        *_case_entries(cases, look),
        *((event.at, _done(event, look)) for event in dealings.done(session, number, look.limit)),
    ]
    newest = sorted(entries, key=lambda entry: entry[0], reverse=True)[: look.limit]
    return [{"at": look.local(at), **facts} for at, facts in newest]


def _dealing_entry(one: InteractionRow, told: Facts, look: Look) -> Facts:
    parts = [one.product, f"×{one.quantity}" if one.quantity and one.quantity > 1 else "", one.dealer]
    parts += [f"{one.amount:,.0f}" if one.amount is not None else "", told.get("note", ""), one.result]
    parts += [look.value(kind, told[kind]) for kind in _PRIVATE if told.get(kind)]
    word = DEALINGS.get(one.kind, (one.kind, one.kind))[look.lang == "en"]
    return {"kind": one.kind, "word": word, "what": look.text(" ".join(part for part in parts if part))}


def _said(said: Facts, look: Look) -> Facts:
    text = f"{said['title']} {said['text']}".strip() if not said["text"].startswith(said["title"]) else said["text"]
    mood = label(said["sentiment"], look.lang) if said["sentiment"] else ""
    return {
        "kind": "mention",
        "word": say("信息", "mention"),
        "what": look.text(f"{said['platform']} {text[:EXCERPT]}"),
        "sentiment": mood,
        "url": said["url"],
    }


def _case_entries(cases: Sequence[CaseRow], look: Look) -> Iterator[Entry]:
    for case in cases[: look.limit]:
        state, severity = (label(kind(code), look.lang) for kind, code in
                           ((CaseState, case.state), (Severity, case.severity)))  # fmt: skip
        yield (
            case.opened_at,
            {"kind": "case", "word": say("工单", "case"), "case": case.id,
             "what": look.text(f"#{case.id} {severity} {state} {case.title}")},
        )  # fmt: skip
        if case.satisfaction:
            told = label(Satisfaction(case.satisfaction), look.lang)
            yield (
                case.closed_at or case.updated_at,
                {"kind": "satisfaction", "word": say("满意度", "satisfaction"), "case": case.id,
                 "what": f"#{case.id} {told}"},
            )  # fmt: skip


def _done(event: CaseEventRow, look: Look) -> Facts:
    return {
        "kind": "answer",
        "word": label(event.action, look.lang),
        "case": event.case_id,
        "what": look.text(f"#{event.case_id} {event.actor} {event.note}".strip()),
    }
