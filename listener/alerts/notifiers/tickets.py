"""Tickets in another system (Zammad, Chatwoot, Frappe Helpdesk): one for each case, made once, notes after that.

    send ─▶ known ticket? ─no─▶ look for the case's name there ─not there─▶ create
                 └─yes─▶ this message there already? ─no─▶ add a note

Each case has a name that is like no other word (``LS12X4F0A11B7``); it stands in the ticket where its system can look
for it exactly. Each message has a mark in its text. So a repeat after a kill finds what the first try left behind,
and makes neither a second ticket nor a second note. Notes are internal: the customer never sees them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from listener.alerts.notifiers.base import Draft, NotifierDown, Outgoing, Receipt
from listener.alerts.wording import one_line
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.language import say

__all__ = ["DELETED", "Gone", "Opening", "TicketBook", "TicketNotifier", "TicketSystem"]

DELETED = "deleted"
"""The state of a ticket that is not there any more."""

LONGEST_TITLE = 130
"""Frappe's subject holds 140 characters (fieldtype Data), Zammad's title 250."""


RESERVED_AGAIN = 60.0
"""Seconds after which a ticket that another process is making is asked for again."""


class Gone(Permanent):
    """What was asked for is not there (any more)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A ticket to be made: the case's name, title and text."""

    external: str
    title: str
    text: str


class TicketSystem(Protocol):
    """One system's API. Errors are those of ``listener.alerts.notifiers.base``; ``Gone`` for a ticket that is gone."""

    solved: frozenset[str]
    """The states, in small letters, in which a ticket is done with."""

    def find(self, external: str) -> str:
        """The number of the ticket of that name, "" where there is none."""
        ...

    def create(self, opening: Opening) -> str:
        """Make the ticket; its number."""
        ...

    def noted(self, ticket: str, mark: str) -> bool:
        """True where the ticket holds a text with this mark; ``Gone`` where there is no such ticket."""
        ...

    def note(self, ticket: str, text: str) -> None:
        """Add an internal note; ``Gone`` where there is no such ticket."""
        ...

    def states(self, tickets: Collection[str]) -> dict[str, str]:
        """The states of these tickets by number, in few requests; ``DELETED`` for what is gone.

        ``Gone`` where the very list is not there: an address or account that is wrong deletes no tickets.
        """
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class TicketBook(Protocol):
    """Which ticket is which case's, kept across restarts."""

    def known(self, notifier: str, external: str) -> str:
        """The ticket's number, "" where none is known."""
        ...

    def keep(self, notifier: str, external: str, ticket: str, case: int | None) -> None:
        """Remember it."""
        ...

    def forget(self, notifier: str, external: str) -> None:
        """It was deleted there, or could not be made."""
        ...

    def reserve(self, notifier: str, external: str, case: int | None) -> bool:
        """True where this process alone may make the ticket now; a reservation that nobody ends lapses."""
        ...


class NoBook:
    """Remembers nothing: every ticket is looked for by its name."""

    def known(self, notifier: str, external: str) -> str:
        return ""

    def keep(self, notifier: str, external: str, ticket: str, case: int | None) -> None:
        """Nothing."""

    def forget(self, notifier: str, external: str) -> None:
        """Nothing."""

    def reserve(self, notifier: str, external: str, case: int | None) -> bool:
        return True


def external_name(draft: Draft) -> str:
    """The name of the case's ticket; of a message without a case (a digest, an outage) its own."""
    if draft.case is not None and draft.thread:
        return f"LS{draft.case}X{draft.thread[:10].upper()}"
    return f"LSM{draft.delivery_id}X{draft.token[:10].upper()}"


class TicketNotifier:
    """Sends alerts as tickets and notes. ``receiver`` is its name in routes and in the book."""

    def __init__(self, receiver: str, system: TicketSystem, book: TicketBook | None = None) -> None:
        self.receiver, self.system = receiver, system
        self._book = book or NoBook()

    def compose(self, draft: Draft) -> Outgoing:
        """Name, title, text and mark, as JSON."""
        name, mark = external_name(draft), f"{draft.delivery_id}.{draft.token}"
        text = draft.rendered.text.removeprefix(draft.rendered.subject).strip()
        letter = {
            "external": name,
            "case": draft.case,
            "title": one_line(f"[{name}] {draft.rendered.subject}", LONGEST_TITLE),
            "heading": one_line(draft.rendered.subject, 200),
            "text": f"{text}\n\n-- Listener {mark}",
            "mark": mark,
        }
        content = json.dumps(letter, ensure_ascii=False, sort_keys=True).encode()
        return Outgoing(delivery_id=draft.delivery_id, address=self.receiver, message_id=mark, content=content)

    def send(self, message: Outgoing) -> Receipt:
        """Make the case's ticket, or add a note to it; a repeat changes nothing."""
        letter = json.loads(message.content)
        external = letter["external"]
        ticket = self._book.known(self.receiver, external)
        if ticket:
            try:
                return self._noted(ticket, letter)
            except Gone:  # somebody deleted it there: what comes now gets a ticket of its own again
                self._book.forget(self.receiver, external)
        if not self._book.reserve(self.receiver, external, letter["case"]):
            raise Retry(say("另一进程正在建这张外部工单", "another process is making this ticket"), RESERVED_AGAIN)
        ticket, made = self._look_or_make(letter)
        if not made:
            return self._noted(ticket, letter)
        self._ensure_text(ticket, letter)
        return Receipt(say(f"已建外部工单 {ticket}", f"made ticket {ticket}"))

    def _look_or_make(self, letter: Mapping[str, Any]) -> tuple[str, bool]:
        """The ticket's number, and whether it was made now."""
        external = letter["external"]
        found, asked = "", False
        try:
            found = self._find(external)
            asked = True
            opening = Opening(external=external, title=letter["title"], text=letter["text"])
            ticket = found or self.system.create(opening)
        except ListenerError as error:
            # where no answer came it may be made all the same, a little later: the reservation stays until it lapses
            if not (asked and isinstance(error, NotifierDown)):
                self._book.forget(self.receiver, external)
            raise
        self._book.keep(self.receiver, external, ticket, letter["case"])
        return ticket, not found

    def _find(self, external: str) -> str:
        """As the system's; a list that is not there is a wrong address or account, which the operator mends."""
        try:
            return self.system.find(external)
        except Gone as error:
            what = say("检查地址和 notifiers.toml 中的设置", "check its address and its entry in notifiers.toml")
            raise NeedsOperator(f"{error} → {what}") from None

    def _ensure_text(self, ticket: str, letter: Mapping[str, str]) -> None:
        """Systems that take no text with a new ticket get it as its first note."""
        if getattr(self.system, "bare", False):
            self.system.note(ticket, f"{letter['heading']}\n\n{letter['text']}")

    def _noted(self, ticket: str, letter: Mapping[str, str]) -> Receipt:
        if self.system.noted(ticket, letter["mark"]):
            return Receipt(say(f"外部工单 {ticket} 中已有", f"ticket {ticket} has it already"))
        self.system.note(ticket, f"{letter['heading']}\n\n{letter['text']}")
        return Receipt(say(f"已在外部工单 {ticket} 加备注", f"noted in ticket {ticket}"))

    def close(self) -> None:
        """End the connection."""
        self.system.close()
