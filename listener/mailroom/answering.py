"""Mails that come back to an installation: answers that act on cases, bounces that mark an address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr

from listener.alerts import receivers, routing, rules
from listener.alerts.told_back import orders_alert
from listener.answers.reading import Order, answer_in, automatic, fresh_text, prepared, read_orders, references, tokens
from listener.cases.moves import Action
from listener.desk.cases import Casework
from listener.errors import BadInput, Mistake
from listener.installation import Facts
from listener.language import say, speaking
from listener.mailroom import bounces
from listener.model import Alert, Receiver, Recipient
from listener.settings import Person
from listener.store import bounced, outbox

__all__ = ["Answered", "MailAnswers"]


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answered about which case, and one line for each thing that was done or refused."""

    person: Person
    case_id: int | None
    told: tuple[tuple[int | None, str], ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line for _, line in self.told)


class MailAnswers(Casework):
    """What a ``listener.bootstrap.Listener`` does with mails that answer its own."""

    def answer(self, mail: EmailMessage) -> Answered | None:
        """Do what an answer to one of our mails orders; None where it is no answer to a mail of ours.

        What proves that the writer may act is the Message-ID they answer, or the token of a prepared answer; who writes
        from another address than the one we sent to is refused. An answer that no person wrote does nothing.
        Who named cases, or ordered what could not be done, is told by mail what became of each.
        """
        if automatic(mail):
            return None
        sender = parseaddr(str(mail.get("from", "")))[1]
        found = self._author_of(mail, sender)
        if found is None:
            return None
        receiver, own = found
        person = next((each for each in self.settings.people if each.name == receiver), None)
        if person is None or person.mail.lower() != sender.lower():
            return None
        with speaking(person.language):
            subject = str(mail.get("subject", ""))
            orders = read_orders(fresh_text(answer_in(mail), person.name, person.mail)) or read_orders(
                prepared(subject)
            )
            told = [each for order in orders for each in self._obey(order, own, person)]
            if any(refused for _, _, refused in told) or any(order.numbers for order in orders):
                self._tell(mail, person, [(number, line) for number, line, _ in told])
        return Answered(person, own, tuple((number, line) for number, line, _ in told))

    def _tell(self, mail: EmailMessage, person: Person, told: list[tuple[int | None, str]]) -> None:
        message_id = str(mail.get("message-id", "")).strip()
        name = hashlib.sha256(message_id.encode() or mail.as_bytes()).hexdigest()[:16]
        alert = orders_alert(name, told, in_reply_to=message_id, at=self.now())
        why = say("您回复了邮件", "you answered a mail")
        with self.database.write() as session:
            recipient = Recipient(receiver=receivers.person_receiver(person), reason=why)
            outbox.add_alerts(session, [(alert, None, None, (recipient,))], self.now())

    def _author_of(self, mail: EmailMessage, sender: str) -> tuple[str, int | None] | None:
        for token in tokens(str(mail.get("subject", ""))):
            opened = self.links.read(token)
            if opened.person:
                return opened.person, opened.case_id
        with self.database.read() as session:
            return outbox.answered(session, references(mail), sender)

    def _obey(self, order: Order, own: int | None, person: Person) -> list[tuple[int | None, str, bool]]:
        """(case, what became of it, whether it was refused) for each case of an order."""
        numbers = order.numbers or ((own,) if own is not None else ())
        if not numbers:
            what = say("没有说哪个工单：请写编号，如「认领 3 5」", "names no case: write its number, as in: claim 3 5")
            return [(None, what, True)]
        how = dict(order.given)
        try:
            if order.action is Action.ASSIGN:
                how |= self.assignee(str(how.pop("to", "")))
            done = self.act(numbers, order.action, person, **how)
        except BadInput as error:
            return [(own, str(error), True)]
        return [(number, self.done_words(number, each), isinstance(each, BadInput)) for number, each in done]

    def take_bounce(self, mail: EmailMessage) -> tuple[str, ...]:
        """Mark the addresses that a bounce of a mail of ours gives up, and tell the operator; which they are.

        Nothing where the mail is no bounce, or quotes no mail that we sent to that address.
        """
        found = bounces.read(mail)
        if found is None:
            return ()
        now, gone = self.now(), []
        with self.database.write() as session:
            for address in found.addresses:
                if not bounced.sent_by_us(session, address, found.message_ids):
                    continue
                gone.append(address)
                if bounced.mark(session, address, found.reason, now):
                    alert, recipients = self._bounced_alert(address, found.reason)
                    outbox.add_alerts(session, [(alert, None, None, recipients)], now)
        return tuple(gone)

    def _bounced_alert(self, address: str, why: str) -> tuple[Alert, tuple[Recipient, ...]]:
        person = next((one.name for one in self.settings.people if one.mail.lower() == address), address)
        alert = rules.operations_alert(
            f"bounced:{address}:{self.now():%Y-%m-%d}",
            f"{person} 的邮箱退信，已停止向它发送",
            facts={"what": "bounced", "receiver": person, "why": why},
        )
        beside = Receiver(name=person, notifier="email", address=address)
        local = self.now().astimezone(self.settings.zone)
        return alert, routing.other_way(alert, beside, self.settings.routes, self.directory(), local)

    def bounced_rows(self) -> list[Facts]:
        """The addresses that mail came back from, and since when nothing is sent there."""
        with self.database.read() as session:
            return [row | {"at": self._local(row["at"])} for row in bounced.rows(session)]

    def clear_bounced(self, address: str) -> None:
        """Send to the address again; ``BadInput`` where it was not marked."""
        with self.database.write() as session:
            if not bounced.clear(session, address):
                what = say(f"{address} 没有退信标记", f"{address} is not marked")
                raise BadInput(Mistake("--clear", what, "listener people bounced"))
