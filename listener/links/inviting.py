"""Codes by which the author of a complaint says who they are: made with the case, redeemed once, within two weeks.

    made for a case whose author is not known ─▶ sent privately, by a person ─▶ told by a customer whom we know
        (an answer, an import, a form), or said by the account together with an identifier ─▶ the account is bound

A code that was sent to one customer (``customer_id``) binds whichever account says it in public.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from listener.customers.gate import CUSTOMERS
from listener.customers.invites import GUESSED_WITHIN, GUESSES, LASTS, code_of, plain_code, shown
from listener.customers.keys import compact
from listener.errors import BadInput, Mistake
from listener.handling import Desk
from listener.language import say
from listener.links.cases import By
from listener.links.ruling import Ruled, confirm
from listener.model import Judgement, Party
from listener.settings import SegmentSettings
from listener.store import rulings
from listener.store.bulk import insert_new
from listener.store.link_tables import LinkAskedRow, LinkCodeRow, LinkGuessRow
from listener.store.tables import CaseMentionRow, CaseRow, CustomerRow, IdentityLinkRow, IdentityRow, MentionRow
from listener.store.vault import Vault
from listener.text.identifiers import email, order_number, phone, plate, vin

__all__ = ["invite", "make_codes", "redeem", "redeem_said", "redeem_typed"]

SYSTEM = "listener"


def make_codes(session: Session, vault: Vault, now: datetime) -> int:
    """Make a code for every open case that has no customer, a known author and no code yet; how many."""
    have = select(LinkCodeRow.case_id)
    statement = (
        select(CaseRow.id, MentionRow.platform, MentionRow.author_id)
        .join(CaseMentionRow, col(CaseMentionRow.case_id) == col(CaseRow.id))
        .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
        .where(
            col(CaseRow.customer_id).is_(None),
            col(CaseRow.closed_at).is_(None),
            col(CaseRow.opened_at) > now - LASTS,
            CaseMentionRow.joined_as == "opener",
            MentionRow.author_id != "",
            col(CaseRow.id).not_in(have),
        )
    )
    rows = [
        _row(vault, number or 0, 1, platform, author, None, SYSTEM, now)
        for number, platform, author in session.exec(statement)
    ]
    if rows:
        insert_new(session, LinkCodeRow, rows, ("digest",))
    return len(rows)


def _row(
    vault: Vault, case: int, serial: int, platform: str, author: str, customer: int | None, person: str, now: datetime
) -> dict[str, Any]:
    digest = vault.digest("code", code_of(vault.digest, case, serial))
    return {
        "digest": digest, "key": compact(digest), "serial": serial, "case_id": case, "customer_id": customer,
        "platform": platform, "author_id": author, "made_by": person, "made_at": now, "expires_at": now + LASTS,
        "used_by": "",
    }  # fmt: skip


def invite(
    session: Session, vault: Vault, number: int, customer: CustomerRow | None, person: str, now: datetime
) -> str:
    """A fresh code for a case; those before are void. ``BadInput`` where nobody wrote it or it has its customer."""
    case = session.get(CaseRow, number)
    where = say(f"工单 #{number}", f"case #{number}")
    if case is None:
        raise BadInput(Mistake(where, say("不存在", "does not exist"), "listener cases list"))
    if case.customer_id is not None:
        raise BadInput(Mistake(where, say("已有客户，无需邀请", "has its customer already"), "listener cases show"))
    said = _opener(session, number)
    if said is None or not said.author_id:
        what = say("发布者没有平台账号，无法邀请", "its author has no account that could be bound")
        raise BadInput(Mistake(where, what, say("在原帖请对方私信联系", "ask for a private message where it was said")))
    serial = 1
    for row in session.exec(select(LinkCodeRow).where(LinkCodeRow.case_id == number)):
        serial = max(serial, row.serial + 1)
        row.withdrawn_at = row.withdrawn_at or (None if row.used_at else now)
        session.add(row)
    made = _row(vault, number, serial, said.platform, said.author_id, customer.id if customer else None, person, now)
    session.add(LinkCodeRow(**made))
    session.flush()
    return shown(code_of(vault.digest, number, serial))


def _opener(session: Session, number: int) -> MentionRow | None:
    statement = (
        select(MentionRow)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .where(CaseMentionRow.case_id == number, CaseMentionRow.joined_as == "opener")
        .order_by(col(MentionRow.id))
    )
    return session.exec(statement).first()


def redeem(
    session: Session,
    vault: Vault,
    desk: Desk,
    typed: str,
    customer: CustomerRow,
    by: By,
    who: str,
) -> Ruled | None:
    """Bind the account of a code to the customer who told it; None for a code that is none, which counts as a guess.

    ``who`` is the source whose guesses are counted. ``BadInput`` where it guessed too often.
    """
    tried = _guesses(session, who, by.at)
    if tried >= GUESSES:
        what = say("验证码错误次数过多，请一小时后再试", "too many wrong codes; try again in an hour")
        raise BadInput(Mistake("code", what))
    row = _found(session, vault, plain_code(typed), by.at)
    if row is None or row.customer_id not in (None, customer.id):
        session.add(LinkGuessRow(who=who, at=by.at))
        session.flush()
        return None
    return _use(session, vault, desk, row, customer, by)


def redeem_typed(session: Session, vault: Vault, desk: Desk, typed: str, number: str, by: By, who: str) -> Ruled | None:
    """Bind the account of a code that was typed with a ``number`` of one customer's; None where it is not done.

    A code that was sent to one customer needs no number. Wrong tries are counted of the source and of the code, so that
    who has a code cannot try out whose number is known. Why it is not done is not told.
    """
    row = _found(session, vault, plain_code(typed), by.at)
    of_code = f"code {vault.digest('code', plain_code(typed) or '-')[:16]}"
    tried = max(_guesses(session, each, by.at) for each in (who, of_code))
    customer = _customer_of(session, vault, row, number) if row is not None and tried < GUESSES else None
    if row is not None and customer is not None:
        try:
            return _use(session, vault, desk, row, customer, by)
        except BadInput:
            pass  # the account is bound to another: a person decides
    if tried < GUESSES:
        session.execute(delete(LinkGuessRow).where(col(LinkGuessRow.at) <= by.at - GUESSED_WITHIN))  # count no more
        session.add_all([LinkGuessRow(who=each, at=by.at) for each in (who, of_code)])
        session.flush()
    return None


def _customer_of(session: Session, vault: Vault, row: LinkCodeRow, number: str) -> CustomerRow | None:
    """Whom a code was sent to, else the one customer who has this number."""
    found = {row.customer_id} if row.customer_id is not None else _holders(session, vault, number)
    customer = session.get(CustomerRow, found.pop()) if len(found) == 1 else None
    if customer is None or customer.do_not_link or Party(customer.party) not in CUSTOMERS:
        return None
    return customer


_READERS: Mapping[str, Callable[[str], str | None]] = {
    "phone": phone, "email": email, "vin": vin, "plate": plate, "order": order_number,
}  # fmt: skip


def _holders(session: Session, vault: Vault, number: str) -> set[int]:
    """The customers who have this number, whichever kind it is of."""
    read = [(kind, value) for kind, reader in _READERS.items() if (value := reader(number))]
    digests = [vault.digest(*each) for each in read]
    return set(session.exec(select(IdentityRow.customer_id).where(col(IdentityRow.digest).in_(digests))))


def _guesses(session: Session, who: str, now: datetime) -> int:
    statement = select(func.count()).where(LinkGuessRow.who == who, col(LinkGuessRow.at) > now - GUESSED_WITHIN)
    return session.exec(statement).one()


def _found(session: Session, vault: Vault, code: str, now: datetime) -> LinkCodeRow | None:
    """The code that holds now; what is compared are keyed hashes, in constant time."""
    digest = vault.digest("code", code or "-")
    row = session.exec(select(LinkCodeRow).where(LinkCodeRow.key == compact(digest)).with_for_update()).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    return row if row.used_at is None and row.withdrawn_at is None and now < row.expires_at else None


def _use(session: Session, vault: Vault, desk: Desk, row: LinkCodeRow, customer: CustomerRow, by: By) -> Ruled | None:
    said = _opener(session, row.case_id)
    if said is None or said.id is None:
        return None
    with session.begin_nested():  # a code is used up only by what it did
        row.used_at, row.used_by = by.at, by.person
        session.add(row)
        return confirm(session, vault, desk, said.id, customer, by)


def redeem_said(
    session: Session, vault: Vault, desk: Desk, now: datetime, segments: SegmentSettings
) -> list[tuple[int, Ruled]]:
    """Redeem the codes that stand in mentions of the very accounts they belong to; (case, what was done).

    Where the account is bound to another customer the code stays as it is, and a person is asked about the mention.

    Whose account it is says the code, where it was sent to one customer, else the one customer whom the mention's own
    identifiers name. A code that another account says is not used: it may have been seen and copied.
    """
    statement: Any = (
        sqlalchemy.select(LinkCodeRow, MentionRow)
        .join(LinkAskedRow, col(LinkAskedRow.digest) == col(LinkCodeRow.key))
        .join(MentionRow, col(MentionRow.id) == col(LinkAskedRow.mention_id))
        .where(
            col(LinkCodeRow.used_at).is_(None),
            col(LinkCodeRow.withdrawn_at).is_(None),
            col(LinkCodeRow.expires_at) > now,
            col(MentionRow.platform) == col(LinkCodeRow.platform),
            col(MentionRow.author_id) == col(LinkCodeRow.author_id),
        )
        .order_by(col(MentionRow.id))
    )
    done: list[tuple[int, Ruled]] = []
    for row, said in session.execute(statement).all():
        number = row.customer_id or _named(session, said.id)
        customer = session.get(CustomerRow, number) if number is not None else None
        if row.used_at is not None or customer is None or customer.do_not_link:
            continue
        by = By(SYSTEM, say("本人回复了验证码", "the author said the code"), now, segments)
        try:
            ruled = _use(session, vault, desk, row, customer, by)
        except BadInput as refused:
            _ask(session, said.id, customer, refused.mistakes[0].what, by)
            continue
        if ruled is not None:
            done.append((row.case_id, ruled))
    return done


def _ask(session: Session, mention_id: int, customer: CustomerRow, why: str, by: By) -> None:
    """Lay before a person that an account which is another's said this customer's code; once, whatever was ruled."""
    link = rulings.link_of(session, mention_id, customer.id or 0)
    known = [list(each) for each in (link.evidence if link else None) or []]
    if link is not None and (link.decided_by or any(kind == CODE for kind, *_ in known)):
        return
    link = link or IdentityLinkRow(mention_id=mention_id, customer_id=customer.id or 0, score=0.5, judgement="")
    link.judgement, link.decided_at, link.reason = Judgement.UNSURE.value, by.at, why
    link.evidence = [*known, [CODE, by.note, True], ["rival", why, False]]
    session.add(link)
    session.flush()


CODE = "code"
"""The kind of evidence that a code is."""


def _named(session: Session, mention_id: int) -> int | None:
    """The one customer whom the identifiers in a mention name."""
    statement = select(IdentityLinkRow.customer_id).where(
        IdentityLinkRow.mention_id == mention_id, IdentityLinkRow.judgement != Judgement.NEGATIVE.value
    )
    found = session.exec(statement).all()
    return found[0] if len(found) == 1 else None


def current(session: Session, vault: Vault, number: int, now: datetime) -> str:
    """The code of a case that holds now, in comparing form; "" where there is none, or where it is for one customer."""
    statement = (
        select(LinkCodeRow)
        .where(
            LinkCodeRow.case_id == number,
            col(LinkCodeRow.customer_id).is_(None),
            col(LinkCodeRow.used_at).is_(None),
            col(LinkCodeRow.withdrawn_at).is_(None),
            col(LinkCodeRow.expires_at) > now,
        )
        .order_by(col(LinkCodeRow.id).desc())
    )
    row = session.exec(statement).first()
    return code_of(vault.digest, number, row.serial) if row else ""
