"""What people do about links in an installation: review what is unsure, rule, invite authors to say who they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from listener.correcting import find_mention
from listener.customers.invites import message
from listener.desk.cases import Casework
from listener.errors import BadInput, Mistake
from listener.installation import Facts
from listener.language import say
from listener.links import inviting, ruling
from listener.links.cases import By
from listener.links.ruling import Ruled
from listener.model import Judgement
from listener.settings import Person
from listener.store import rulings, views
from listener.store.customers import external_ids
from listener.store.link_tables import LinkRulingRow
from listener.store.tables import CaseRow, CustomerRow, IdentityLinkRow, IdentityRow, MentionRow
from listener.text.labels import label
from listener.text.mask import mask, mask_name, mask_value

__all__ = ["Linkwork"]


class Linkwork(Casework):
    """Rulings, the review queue and invitations of a ``listener.bootstrap.Listener``."""

    # looking

    def case_facts(self, number: int, lang: str) -> Facts:
        """One case whole, masked; that of an unknown author with the private message that invites them."""
        facts = super().case_facts(number, lang)
        told = "" if facts.get("customer") else self.invitation_of(number, lang)
        return facts | ({"invitation": told} if told else {})

    def review_rows(self, lang: str, limit: int, name: str = "", person: str = "") -> list[Facts]:
        """Mentions whose author is unsure, each with its candidates side by side, the surest first.

        Masked; with ``person`` a candidate's contacts are shown to whoever has the mention's case, which is audited.
        """
        with self.database.read() as session:
            mention = find_mention(session, name) if name else None
            found = rulings.queue(session, limit, mention)
            owners = {each["case"]: session.get(CaseRow, each["case"]) for each in found if each["case"]}
            rows = [
                self._review_row(session, each, lang, self._claims(owners.get(each["case"]), person)) for each in found
            ]
        if person and any(row["unmasked"] for row in rows):
            with self.database.write() as session:
                for row in rows:
                    if row["unmasked"]:
                        views.audit(session, person, "review links", str(row["mention"]), self.now())
        return rows

    def _claims(self, case: CaseRow | None, person: str) -> bool:
        """True where the person has claimed the case: then they may see whom they compare."""
        return bool(person and case is not None and case.owner == self.settings.person(person).name)

    def _review_row(self, session: Session, found: Facts, lang: str, unmasked: bool) -> Facts:
        said: MentionRow = found["mention"]
        return {
            "mention": said.id,
            "native_id": said.native_id,
            "platform": said.platform,
            "author": said.author_name,
            "said_at": self._local(said.happened_at),
            "text": mask(f"{said.title}\n{said.text}".strip())[:300],
            "case": found["case"],
            "complaint": found["complaint"] or "",
            "unmasked": unmasked,
            "candidates": [self._candidate(session, link, row, lang, unmasked) for link, row in found["candidates"]],
        }

    def _candidate(self, session: Session, link: IdentityLinkRow, row: CustomerRow, lang: str, unmasked: bool) -> Facts:
        name = str(json.loads(self.vault.decrypt(row.cipher)).get("name", "")) if row.cipher else ""
        held = session.exec(select(IdentityRow).where(IdentityRow.customer_id == row.id)).all()
        contacts = [(each.kind, self.vault.decrypt(each.cipher)) for each in held]
        evidence = rulings.evidence_of(link)
        return {
            "customer": row.external_id,
            "name": name if unmasked else mask_name(name),
            "party": label(row.party, lang),
            "region": row.region,
            "product": row.product,
            "dealer": row.dealer,
            "since": self._local(row.since),
            "contacts": [
                f"{label(kind, lang)} {value if unmasked else mask_value(kind, value)}" for kind, value in contacts
            ],
            "score": round(link.score, 4),
            "for": [f"{label(e.kind, lang)} {e.detail}" for e in evidence if e.supports],
            "against": [f"{label(e.kind, lang)} {e.detail}" for e in evidence if not e.supports],
        }

    def ruling_rows(self, lang: str, limit: int) -> list[Facts]:
        """The newest rulings, those undone too."""
        with self.database.read() as session:
            rows = session.exec(
                select(LinkRulingRow, MentionRow, CustomerRow.external_id)
                .join(MentionRow, col(MentionRow.id) == col(LinkRulingRow.mention_id))
                .join(CustomerRow, col(CustomerRow.id) == col(LinkRulingRow.customer_id))
                .order_by(col(LinkRulingRow.id).desc())
                .limit(limit)
            ).all()
        return [
            {
                "number": row.id,
                "mention": f"{said.platform}:{said.native_id}",
                "customer": external_id,
                "judgement": label(Judgement(row.judgement), lang),
                "person": row.person,
                "note": mask(row.note),
                "at": self._local(row.at),
                "undone_at": self._local(row.undone_at),
                "undone_by": row.undone_by,
            }
            for row, said, external_id in rows
        ]

    # ruling

    def confirm_link(self, name: str, external_id: str, person: Person, note: str) -> Ruled:
        """``person`` says that a mention is a customer's."""
        vault = self.vault  # opening it may write
        with self.database.write() as session:
            mention, customer = find_mention(session, name), self._customer(session, external_id)
            return ruling.confirm(session, vault, self.handling_desk(), mention, customer, self._by(person, note))

    def reject_link(self, name: str, external_id: str, person: Person, note: str) -> Ruled:
        """``person`` says that a mention is not a customer's."""
        vault = self.vault  # opening it may write
        with self.database.write() as session:
            mention, customer = find_mention(session, name), self._customer(session, external_id)
            return ruling.reject(session, vault, self.handling_desk(), mention, customer, self._by(person, note))

    def undo_link(self, name: str, external_id: str, person: Person, note: str) -> Ruled:
        """Take back what was ruled on a mention and a customer; a reason is needed."""
        if not note.strip():
            raise BadInput(Mistake("--note", say("缺少原因", "says no reason"), say("请写明原因", "say why")))
        vault = self.vault  # opening it may write
        with self.database.write() as session:
            mention, customer = find_mention(session, name), self._customer(session, external_id)
            ruled = rulings.in_force(session, mention, customer.id or 0)
            if ruled is None:
                what = say(f"{name} 与 {external_id} 没有生效中的判断", f"nothing is ruled on {name} and {external_id}")
                raise BadInput(Mistake("links undo", what, "listener links rulings"))
            return ruling.undo(session, vault, self.handling_desk(), ruled, self._by(person, note))

    def _by(self, person: Person, note: str) -> By:
        return By(person.name, note.strip(), self.now(), self.settings.installation.segments)

    def _customer(self, session: Session, external_id: str) -> CustomerRow:
        row = external_ids(session, [external_id]).get(external_id)
        if row is None:
            what = say(f"没有客户 {external_id}", f"no customer {external_id}")
            raise BadInput(Mistake(say("客户", "customer"), what, "listener links review"))
        return row

    # inviting

    def invite(self, number: int, person: Person, external_id: str = "", lang: str = "zh") -> Facts:
        """A fresh code for a case whose author is not known, and the private message that carries it."""
        vault = self.vault  # opening it may write
        with self.database.write() as session:
            customer = self._customer(session, external_id) if external_id else None
            code = inviting.invite(session, vault, number, customer, person.name, self.now())
            views.audit(session, person.name, "invite", f"case {number}", self.now())
        how = self.settings.installation
        return {
            "case": number,
            "code": code,
            "message": message(code.replace("-", ""), how.company, how.contact, self._code_page(lang), lang),
        }

    def redeem_code(self, code: str, external_id: str, person: Person | None, who: str) -> Ruled | None:
        """A customer told a code: the account that it was sent to is theirs. None for a code that is none."""
        name = person.name if person else who
        vault = self.vault  # opening it may write
        with self.database.write() as session:
            customer = self._customer(session, external_id)
            by = By(
                name,
                say("客户提供了验证码", "the customer told the code"),
                self.now(),
                self.settings.installation.segments,
            )
            return inviting.redeem(session, vault, self.handling_desk(), code, customer, by, who)

    def redeem_typed(self, code: str, number: str, source: str) -> bool:
        """A code typed on the page for it with a number of the customer's; True where the account was bound.

        ``source`` is the address it came from; its guesses are counted under a keyed hash of it.
        """
        vault = self.vault  # opening it may write
        how = say("本人在网页填写了验证码", "the author typed the code on the page")
        by = By(inviting.SYSTEM, how, self.now(), self.settings.installation.segments)
        who = f"page {vault.digest('source', source)[:16]}"
        with self.database.write() as session:
            done = inviting.redeem_typed(session, vault, self.handling_desk(), code, number, by, who)
        return done is not None

    def _code_page(self, lang: str) -> str:
        """The address where a code is typed; "" without a ``public_url``."""
        base = self.settings.installation.public_url.rstrip("/")
        return f"{base}/code{'?lang=en' if lang == 'en' else ''}" if base else ""

    def redeem_told(self, codes: Sequence[tuple[str, str]]) -> int:
        """Redeem codes that came with customers of a table: (external id, code); how many accounts were bound."""
        bound = 0
        for external_id, code in codes:
            try:
                done = self.redeem_code(code, external_id, None, f"import {external_id}")
            except BadInput:
                continue  # guessed too often, or the account is another's: a person decides
            bound += done is not None
        return bound

    def redeem_said_codes(self) -> int:
        """Make codes for new cases, and redeem those that mentions say; how many accounts were bound."""
        vault = self.vault  # opening it may write
        with self.database.write() as session:
            inviting.make_codes(session, vault, self.now())
            desk, how = self.handling_desk(), self.settings.installation.segments
            return len(inviting.redeem_said(session, vault, desk, self.now(), how))

    def ruled_words(self, done: Ruled) -> str:
        """One line that tells what a ruling did."""
        parts = [say(f"判断 #{done.number}", f"ruling #{done.number}")]
        parts.append(say(f"涉及信息 {len(done.mentions)} 条", f"{len(done.mentions)} mentions"))
        if done.bound:
            parts.append(say("账号绑定已变更", "the account's binding changed"))
        if done.cases:
            numbers = "、".join(f"#{number}" for number in done.cases)
            parts.append(say(f"工单 {numbers}", f"cases {numbers}"))
        return say("，", ", ").join(parts)

    def invitation_of(self, number: int, lang: str) -> str:
        """The private message for a case of an unknown author, as a mail shows it; "" where there is no code for it."""
        vault = self.vault
        with self.database.read() as session:
            code = inviting.current(session, vault, number, self.now())
        how = self.settings.installation
        return message(code, how.company, how.contact, self._code_page(lang), lang) if code else ""

    def link_facts(self, lang: str, limit: int, judgement: str = "") -> list[Facts]:
        """The links, newest mention first, the candidates of each in order, with evidence for and against."""
        with self.database.read() as session:
            rows = views.link_rows(session, limit, judgement)
        places: dict[str, int] = {}
        for row in rows:
            evidence: list[Any] = row["evidence"]
            words = [f"{label(e[0], lang)} {e[1]}" for e in evidence]
            row["for"] = [word for word, e in zip(words, evidence, strict=True) if e[2]]
            row["against"] = [word for word, e in zip(words, evidence, strict=True) if not e[2]]
            row["evidence"] = "；".join(f"{'+' if e[2] else '−'}{w}" for w, e in zip(words, evidence, strict=True))
            row["judgement_code"] = row["judgement"]
            row["judgement"] = label(Judgement(row["judgement"]), lang)
            places[row["mention"]] = row["place"] = places.get(row["mention"], 0) + 1
        return [self._worded(row, lang) for row in rows]
