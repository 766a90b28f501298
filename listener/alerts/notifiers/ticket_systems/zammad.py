"""Zammad by its REST API.

Sources, looked up 2026-11: docs.zammad.org "API: Ticket, Article", and zammad issue 5369 (a search by ``condition``
reads the database, one by ``query`` an index that lags behind).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from listener.alerts.notifiers.ticket_systems.rest import (
    MERGES,
    TOGETHER,
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
from listener.errors import Permanent
from listener.settings import NotifierSettings


class Zammad:
    """A Zammad: a ticket of ``group`` for ``customer`` (a mail address); the case's name stands in its title."""

    def __init__(self, rest: Rest, how: NotifierSettings) -> None:
        self._rest, self._group, self._customer = rest, how.group, how.customer
        self.solved = solved_states(how, "closed")

    @staticmethod
    def headers(secret: str) -> dict[str, str]:
        """Token access (docs.zammad.org, "Authentication")."""
        return {"authorization": f"Token token={secret}"}

    def find(self, external: str) -> str:
        found = self._search({"ticket.title": {"operator": "contains", "value": external}})
        return oldest([number_of(row) for row in found if f"[{external}]" in str(row.get("title", ""))])

    def _search(self, condition: object) -> list[dict[str, Any]]:
        body = {"condition": condition, "limit": TOGETHER, "expand": True}
        found = self._rest.ask("POST", "/api/v1/tickets/search", body)
        if isinstance(found, dict) and "tickets" in found:  # without expand: numbers beside assets
            tickets = (found.get("assets") or {}).get("Ticket") or {}
            return [row for row in tickets.values() if isinstance(row, dict)]
        return rows_at(found)

    def create(self, opening: Opening) -> str:
        article = {"subject": opening.title, "body": opening.text, **_ZAMMAD_NOTE}
        body = {
            "title": opening.title,
            "group": self._group,
            "customer_id": f"guess:{self._customer}",
            "tags": f"listener,{opening.external}",
            "article": article,
        }
        return number_of(making(lambda: self._rest.ask("POST", "/api/v1/tickets", body)))

    def noted(self, ticket: str, mark: str) -> bool:
        lasting, _ = self._lasting(ticket)
        found = self._rest.ask("GET", f"/api/v1/ticket_articles/by_ticket/{quote(lasting, safe='')}")
        return any(mark in str(row.get("body", "")) for row in rows_at(found))

    def note(self, ticket: str, text: str) -> None:
        subject = text.split("\n", 1)[0]
        body = {"ticket_id": int(self._lasting(ticket)[0]), "subject": subject, "body": text, **_ZAMMAD_NOTE}
        self._rest.ask("POST", "/api/v1/ticket_articles", body)

    def _lasting(self, ticket: str) -> tuple[str, str]:
        """The ticket that this one was merged into (itself where it was not), and its state.

        Merging moves the texts to the other ticket and leaves a link of the type parent to it (zammad ``merge_to``);
        nobody works on what is left. Where that link is not to be seen, the state stays "merged".
        """
        for _ in range(MERGES):
            state = self._state(ticket)
            into = self._merged_into(ticket) if state == MERGED else ""
            if not into:
                return ticket, state
            ticket = into
        return ticket, MERGED

    def _merged_into(self, ticket: str) -> str:
        found = self._rest.ask("GET", "/api/v1/links", link_object="Ticket", link_object_value=ticket)
        wanted = {"link_type": "parent", "link_object": "Ticket"}
        parents = [row for row in rows_at(found, "links") if wanted.items() <= row.items()]
        return number_of(parents[0], "link_object_value") if parents else ""

    def states(self, tickets: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in parts(tickets, TOGETHER):
            try:
                rows = self._search({"ticket.id": {"operator": "is", "value": part}})
            except Gone:
                raise
            except Permanent:  # a version that cannot search so
                rows = []
            found |= {number_of(row): str(row["state"]) for row in rows if isinstance(row.get("state"), str)}
        found = {key: state for key, state in found.items() if key in set(tickets) and state != MERGED}
        return completed(tickets, found, lambda ticket: self._lasting(ticket)[1])

    def _state(self, ticket: str) -> str:
        found = self._rest.ask("GET", f"/api/v1/tickets/{quote(ticket, safe='')}", expand="true")
        return number_of(found, "state")

    def close(self) -> None:
        self._rest.close()


MERGED = "merged"
"""Zammad's state of a ticket that went into another."""

_ZAMMAD_NOTE = {"content_type": "text/plain", "type": "note", "internal": True}
