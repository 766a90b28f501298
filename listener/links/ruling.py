"""People rule on links: confirm, reject, undo; each in one transaction with all that follows from it.

    confirm ─▶ the link is sure ─▶ the account is bound ─▶ the author's other mentions ─▶ their cases get the customer
    reject  ─▶ the link is negative ─▶ never proposed again by the same evidence ─▶ the case loses this customer
    undo    ─▶ everything as it was: links, binding, customers and severities of cases; the cases say so

What a ruling changes is written down with it, so that undoing restores exactly, and leaves alone what somebody changed
since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from listener.customers.said import account
from listener.errors import BadInput, Mistake
from listener.handling import Desk
from listener.language import say
from listener.links.cases import By, calm, external, give, raised_by_machine, record, take, tell
from listener.model import Judgement
from listener.store import asked, case_moves, link_index, rulings, views
from listener.store.link_tables import LinkRulingRow
from listener.store.tables import (
    CustomerRow,
    IdentityLinkRow,
    IdentityRow,
    MentionRow,
)
from listener.store.vault import Vault

__all__ = ["Ruled", "confirm", "reject", "reject_case", "undo"]

BOUND = "account"


@dataclass(slots=True)
class Ruled:
    """What a ruling did: its number, mentions whose links changed, cases that changed, whether an account was bound."""

    number: int
    mentions: list[int] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)
    bound: bool = False


def confirm(session: Session, vault: Vault, desk: Desk, mention_id: int, customer: CustomerRow, by: By) -> Ruled:
    """The mention is this customer's: the account is bound, with all that follows; ``BadInput`` where it cannot be."""
    said = _mention(session, mention_id)
    if customer.do_not_link:
        what = say("该客户要求不做匹配", "this customer is not to be linked")
        raise BadInput(Mistake(customer.external_id, what, "listener customers show"))
    digest = _digest(vault, said)
    _refuse_other(session, digest, customer)
    row = rulings.link_of(session, mention_id, customer.id or 0)
    ruling = _ruling(session, said, customer, Judgement.POSITIVE, digest, row, by)
    done, followed = Ruled(ruling.id or 0), _nothing()
    _set(session, said, customer, by, [["person", by.note or by.person, True]], followed, by.person)
    done.mentions.append(mention_id)
    if said.author_id:
        done.bound = _bind(session, vault, said, customer, digest, ruling, by, followed)
        for other in rulings.of_author(session, said.platform, said.author_id):
            if other.id != mention_id and _is_free(session, other, customer):
                detail = [[BOUND, say("账号已由人工确认", "the account was bound by a person"), True]]
                _set(session, other, customer, by, detail, followed, "")
                done.mentions.append(other.id or 0)
    done.cases = give(session, done.mentions, customer, by, followed)
    _keep(session, ruling, followed)
    views.audit(session, by.person, "confirm link", f"{said.platform}:{said.native_id} {customer.external_id}", by.at)
    return done


def reject(session: Session, vault: Vault, desk: Desk, mention_id: int, customer: CustomerRow, by: By) -> Ruled:
    """The mention is not this customer's; it is not proposed again unless by new evidence."""
    ruling, followed = _deny(session, vault, mention_id, customer, by)
    done = Ruled(ruling.id or 0, [mention_id])
    done.cases = take(session, [mention_id], customer, by, followed)
    _keep(session, ruling, followed)
    return done


def reject_case(session: Session, vault: Vault, number: int, customer_id: int, by: By) -> Ruled:
    """Nobody who speaks in this case is that customer: a rejection of each of its mentions that was linked to them.

    The case has lost its customer already, in the same transaction; undoing the first of the rulings gives it back.
    """
    customer = session.get(CustomerRow, customer_id)
    mentions = rulings.linked_in_case(session, number, customer_id)
    done = Ruled(0, mentions, [number])
    for place, mention_id in enumerate(mentions if customer is not None else ()):
        ruling, followed = _deny(session, vault, mention_id, customer, by)  # type: ignore[arg-type]
        if place == 0:
            followed["cases"].append([number, customer_id, None])
            done.number = ruling.id or 0
        _keep(session, ruling, followed)
    return done


def _deny(
    session: Session, vault: Vault, mention_id: int, customer: CustomerRow, by: By
) -> tuple[LinkRulingRow, dict[str, Any]]:
    """The ruling that a mention is not this customer's, and what followed for their link."""
    said = _mention(session, mention_id)
    row = rulings.link_of(session, mention_id, customer.id or 0)
    ruling, followed = _ruling(session, said, customer, Judgement.NEGATIVE, _digest(vault, said), row, by), _nothing()
    if row is not None:
        followed["links"].append([mention_id, customer.id, rulings.snapshot(row)])
        row.judgement, row.decided_by, row.decided_at = Judgement.NEGATIVE.value, by.person, by.at
        row.reason = by.note or row.reason
        session.add(row)
    views.audit(session, by.person, "reject link", f"{said.platform}:{said.native_id} {customer.external_id}", by.at)
    return ruling, followed


def undo(session: Session, vault: Vault, desk: Desk, ruling: LinkRulingRow, by: By) -> Ruled:
    """Take a ruling back with all that followed; the cases' history says so, and an alert tells their owner."""
    followed = ruling.followed or _nothing()
    done = Ruled(ruling.id or 0)
    said = _mention(session, ruling.mention_id)
    later = _made_by_binding(session, said, ruling) if followed.get("identity") else []
    for mention_id, customer_id, before in reversed(followed["links"]):
        rulings.put_back(session, mention_id, customer_id, before)
        done.mentions.append(mention_id)
    if followed.get("identity"):
        session.execute(delete(IdentityRow).where(col(IdentityRow.id) == followed["identity"]))
        link_index.refresh(session, vault, [ruling.customer_id])
        done.bound = True
    for row in later:
        session.execute(delete(IdentityLinkRow).where(col(IdentityLinkRow.id) == row.id))
        done.mentions.append(row.mention_id)
    asked.mark_mentions(session, [row.mention_id for row in later])
    done.cases = _restore(session, desk, followed, [row.mention_id for row in later], ruling, by)
    ruling.undone_at, ruling.undone_by, ruling.undone_note = by.at, by.person, by.note
    session.add(ruling)
    views.audit(session, by.person, "undo link", f"ruling {ruling.id}", by.at, by.note)
    return done


def _nothing() -> dict[str, Any]:
    return {"links": [], "cases": [], "severities": [], "identity": None}


def _mention(session: Session, mention_id: int) -> MentionRow:
    row = session.get(MentionRow, mention_id)
    if row is None:
        raise BadInput(
            Mistake("MENTION", say(f"没有信息 {mention_id}", f"no mention {mention_id}"), "listener links list")
        )
    return row


def _digest(vault: Vault, said: MentionRow) -> str:
    """The author's account, or the mention itself where it has none."""
    if said.author_id:
        return vault.digest(BOUND, account(said.platform, said.author_id))
    return vault.digest("mention", f"{said.platform}:{said.site}:{said.native_id}")


def _refuse_other(session: Session, digest: str, customer: CustomerRow) -> None:
    bound = rulings.bound_account(session, digest)
    if bound is not None and bound.customer_id != customer.id:
        other = session.get(CustomerRow, bound.customer_id)
        name = other.external_id if other else "?"
        what = say(f"该账号已绑定客户 {name}", f"the account is bound to {name}")
        raise BadInput(Mistake("links confirm", what, say("先撤回或更正那一条", "undo that first")))


def _ruling(
    session: Session,
    said: MentionRow,
    customer: CustomerRow,
    judgement: Judgement,
    digest: str,
    link: IdentityLinkRow | None,
    by: By,
) -> LinkRulingRow:
    row = LinkRulingRow(
        link_id=link.id if link else None,
        mention_id=said.id or 0,
        customer_id=customer.id or 0,
        judgement=judgement.value,
        digest=digest,
        evidence=rulings.told(link.evidence or ()) if link else [],
        person=by.person,
        note=by.note,
        at=by.at,
    )
    session.add(row)
    session.flush()
    return row


def _keep(session: Session, ruling: LinkRulingRow, followed: dict[str, Any]) -> None:
    ruling.followed = followed
    session.add(ruling)
    session.flush()


def _set(
    session: Session,
    said: MentionRow,
    customer: CustomerRow,
    by: By,
    more: list[list[Any]],
    followed: dict[str, Any],
    decided_by: str,
) -> None:
    """The link between the two is sure."""
    row = rulings.link_of(session, said.id or 0, customer.id or 0)
    followed["links"].append([said.id, customer.id, rulings.snapshot(row)])
    row = row or IdentityLinkRow(mention_id=said.id or 0, customer_id=customer.id or 0, judgement="", score=0.0)
    row.judgement, row.score = Judgement.POSITIVE.value, 0.9999
    row.evidence = [*(row.evidence or []), *more]
    row.reason = by.note or say("人工确认", "confirmed by a person")
    row.decided_by, row.decided_at = decided_by, by.at
    session.add(row)
    session.flush()


def _is_free(session: Session, said: MentionRow, customer: CustomerRow) -> bool:
    """True where nobody ruled on this mention, and it is not linked for sure already."""
    rows = session.exec(select(IdentityLinkRow).where(IdentityLinkRow.mention_id == said.id)).all()
    sure = [row for row in rows if row.judgement == Judgement.POSITIVE.value]
    own = [row for row in rows if row.customer_id == customer.id and row.decided_by]
    return said.duplicate_of is None and not sure and not own


def _bind(
    session: Session,
    vault: Vault,
    said: MentionRow,
    customer: CustomerRow,
    digest: str,
    ruling: LinkRulingRow,
    by: By,
    followed: dict[str, Any],
) -> bool:
    if rulings.bound_account(session, digest) is not None:
        return False
    row = IdentityRow(
        customer_id=customer.id or 0,
        kind=BOUND,
        digest=digest,
        cipher=vault.encrypt(account(said.platform, said.author_id)),
        provenance=f"ruling {ruling.id} {by.person}",
        origin="link",
        verified_at=by.at,
        added_at=by.at,
    )
    session.add(row)
    session.flush()
    followed["identity"] = row.id
    link_index.refresh(session, vault, [customer.id or 0])
    return True


def _made_by_binding(session: Session, said: MentionRow, ruling: LinkRulingRow) -> list[IdentityLinkRow]:
    """Links that the machine made since because the account was bound."""
    mentions = [row.id for row in rulings.of_author(session, said.platform, said.author_id)]
    statement = select(IdentityLinkRow).where(
        col(IdentityLinkRow.mention_id).in_(mentions),
        IdentityLinkRow.customer_id == ruling.customer_id,
        IdentityLinkRow.decided_by == "",
        col(IdentityLinkRow.decided_at) >= ruling.at,
    )
    known = {(mention, customer) for mention, customer, _ in (ruling.followed or {}).get("links", ())}
    return [
        row
        for row in session.exec(statement)
        if (row.mention_id, row.customer_id) not in known and any(each[0] == BOUND for each in row.evidence or ())
    ]


def _restore(
    session: Session, desk: Desk, followed: dict[str, Any], later: list[int], ruling: LinkRulingRow, by: By
) -> list[int]:
    """Customers of cases as they were; where somebody set another one since, that stays."""
    numbers: dict[int, tuple[int | None, int | None]] = {
        case: (before, after) for case, before, after in followed["cases"]
    }
    for case in rulings.open_cases(session, later):
        numbers.setdefault(case.id or 0, (None, ruling.customer_id))
    raised_since = raised_by_machine(session, list(numbers))
    done = []
    for number, (before, after) in sorted(numbers.items()):
        case = case_moves.locked(session, number)
        if case.customer_id != after:
            continue
        old, new = (external(session, each) for each in (after, before))
        record(session, case, before, "link_withdrawn", old, new, by)
        graver = next((each for each in followed.get("severities", ()) if each[0] == number), None)
        if graver is not None and case.severity == graver[2]:
            calm(session, case, graver[1], by)
        elif graver is None and number in raised_since and case.severity == raised_since[number][1]:
            calm(session, case, raised_since[number][0], by)
        tell(session, case, desk, by)
        done.append(number)
    return done
