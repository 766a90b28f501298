"""The customer card as somebody may see it: masked, or in the open for those whose role allows it, which is audited."""

from __future__ import annotations

from listener.crm.card import Look, card
from listener.errors import BadInput, Mistake
from listener.installation import Facts, Installation
from listener.language import say
from listener.store import marks, views

__all__ = ["UNMASKING", "Cards", "no_customer"]

UNMASKING = ("privacy", "supervisor", "manager")
"""Roles that may see personal values; an agent may see those of the customer of a case of their own."""


class Cards(Installation):
    """An installation whose customers can be looked at."""

    def customer_facts(self, external_id: str, lang: str, *, unmask: bool, person: str, limit: int = 50) -> Facts:
        """One customer's card, masked; unmasked for a person by name, which is audited."""
        if unmask:
            self._may_unmask(person, external_id)
        look = Look(lang, self.now(), self.settings.installation.segments, self._local, unmask, limit)
        with self.database.read() as session:
            found = card(session, self.vault, external_id, look)
        if found is None:
            raise no_customer(external_id)
        return found

    def _may_unmask(self, name: str, external_id: str) -> None:
        """Let somebody see a customer's values and keep that they did; ``BadInput`` where their role forbids it."""
        if not name:
            raise BadInput(Mistake("--as", say("需要说明是谁", "who is asking?"), "--as NAME"))
        person = self.settings.person(name)
        with self.database.write() as session:
            own = marks.owns_case_of(session, person.name, external_id)
            allowed = person.role in UNMASKING or (person.role == "agent" and own)
            views.audit(
                session, person.name, "show customer" if allowed else "refused: show customer", external_id, self.now()
            )
        if not allowed:
            what = say(f"{person.name} 的角色无权查看原文", f"{person.name}'s role may not see this unmasked")
            mend = say("认领该客户的工单，或由主管、隐私专员操作", "claim a case of theirs, or ask a supervisor")
            raise BadInput(Mistake("--as", what, mend))


def no_customer(external_id: str) -> BadInput:
    """That nobody has this id."""
    return BadInput(Mistake("customer", say(f"没有客户 {external_id}", f"no customer {external_id}")))
