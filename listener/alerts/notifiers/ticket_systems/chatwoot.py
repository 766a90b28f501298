"""Chatwoot by its application API.

Sources, looked up 2026-11: chatwoot ``swagger/paths/application`` and ``contacts_controller.rb`` (a contact's
``identifier`` is unique in an account and searchable).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from listener.alerts.notifiers.ticket_systems.rest import (
    PAGES,
    Rest,
    completed,
    making,
    number_of,
    oldest,
    parts,
    rows_at,
    solved_states,
)
from listener.alerts.notifiers.tickets import Gone, Opening
from listener.errors import Permanent, Retry
from listener.settings import NotifierSettings


class Chatwoot:
    """A Chatwoot: a conversation in an API ``inbox`` of ``account``; its contact's identifier is the case's name.

    The conversation is made without a text, which comes as its first private note.
    """

    bare = True

    def __init__(self, rest: Rest, how: NotifierSettings) -> None:
        self._rest, self._inbox = rest, how.inbox
        self._base = f"/api/v1/accounts/{how.account}"
        self.solved = solved_states(how, "resolved")

    @staticmethod
    def headers(secret: str) -> dict[str, str]:
        """An agent's access token (developers.chatwoot.com, "userApiKey")."""
        return {"api_access_token": secret}

    def find(self, external: str) -> str:
        contact = self._contact(external)
        if not contact:
            return ""
        found = self._rest.ask("GET", f"{self._base}/contacts/{contact}/conversations")
        return oldest([number_of(row) for row in rows_at(found, "payload") if row.get("inbox_id") == self._inbox])

    def _contact(self, external: str) -> str:
        found = self._rest.ask("GET", f"{self._base}/contacts/search", q=external)
        return oldest([number_of(row) for row in rows_at(found, "payload") if row.get("identifier") == external])

    def create(self, opening: Opening) -> str:
        contact = self._contact(opening.external) or self._new_contact(opening)
        body = {
            "source_id": opening.external,
            "inbox_id": self._inbox,
            "contact_id": int(contact),
            "status": "open",
            "custom_attributes": {"listener_case": opening.external},
        }
        return number_of(making(lambda: self._rest.ask("POST", f"{self._base}/conversations", body)))

    def _new_contact(self, opening: Opening) -> str:
        body = {"name": opening.title, "identifier": opening.external}
        try:
            found = making(lambda: self._rest.ask("POST", f"{self._base}/contacts", body))
        except Permanent:  # another process was first: an identifier is there once
            contact = self._contact(opening.external)
            if contact:
                return contact
            raise
        payload = found.get("payload") if isinstance(found, dict) else None
        return number_of(payload.get("contact") if isinstance(payload, dict) else None)

    def noted(self, ticket: str, mark: str) -> bool:
        path, before = f"{self._base}/conversations/{quote(ticket, safe='')}/messages", ""
        for _ in range(PAGES):
            found = self._rest.ask("GET", path, **({"before": before} if before else {}))
            rows = rows_at(found, "payload")
            if any(mark in str(row.get("content", "")) for row in rows):
                return True
            if not rows:
                return False
            before = oldest([number_of(row) for row in rows])
        return False

    def note(self, ticket: str, text: str) -> None:
        calm = text.replace("mention://", "mention ://")  # what a stranger wrote calls no agent
        body = {"content": calm, "message_type": "outgoing", "private": True}
        self._rest.ask("POST", f"{self._base}/conversations/{quote(ticket, safe='')}/messages", body)

    def states(self, tickets: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in parts(tickets, CHATWOOT_PAGE):
            wanted = {"attribute_key": "display_id", "filter_operator": "equal_to", "values": part}
            body = {"payload": [{**wanted, "query_operator": None}]}
            try:
                answer = self._rest.ask("POST", f"{self._base}/conversations/filter", body)
                rows = rows_at(answer, "data", "payload") if "data" in answer else rows_at(answer, "payload")
            except Gone:
                raise
            except (Permanent, Retry):  # some versions answer 500 to it (chatwoot 5148, 6739, 9206): one by one then
                rows = []
            found |= {number_of(row): str(row.get("status", "")) for row in rows if row.get("status")}
        return completed(tickets, {key: state for key, state in found.items() if key in set(tickets)}, self._state)

    def _state(self, ticket: str) -> str:
        return number_of(self._rest.ask("GET", f"{self._base}/conversations/{quote(ticket, safe='')}"), "status")

    def close(self) -> None:
        self._rest.close()


CHATWOOT_PAGE = 25
"""Conversations on one page of an answer."""
