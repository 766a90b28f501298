"""Frappe Helpdesk by Frappe's REST API.

Sources, looked up 2026-11: docs.frappe.io "REST API" and frappe/helpdesk ``hd_ticket.json``,
``hd_ticket_comment.json``.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from html import escape
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


class Frappe:
    """A Frappe Helpdesk: an HD Ticket for the team ``group``, raised by ``customer``; its subject holds the name."""

    def __init__(self, rest: Rest, how: NotifierSettings) -> None:
        self._rest, self._group, self._customer = rest, how.group, how.customer
        self._user = ""
        self.solved = solved_states(how, "resolved", "closed")

    @staticmethod
    def headers(secret: str) -> dict[str, str]:
        """``secret`` is ``api_key:api_secret`` (docs.frappe.io, "Token Based Authentication")."""
        return {"authorization": f"token {secret}"}

    def find(self, external: str) -> str:
        found = self._list(TICKET, ["name", "subject"], [["subject", "like", f"%{external}%"]])
        return oldest([number_of(row, "name") for row in found if f"[{external}]" in str(row.get("subject", ""))])

    def _list(self, doctype: str, fields: list[str], filters: list[list[object]]) -> list[dict[str, Any]]:
        params = {"fields": json.dumps(fields), "filters": json.dumps(filters), "limit_page_length": str(TOGETHER)}
        return rows_at(self._rest.ask("GET", f"/api/resource/{quote(doctype)}", **params), "data")

    def create(self, opening: Opening) -> str:
        body = {"subject": opening.title, "description": _html(opening.text)}
        body |= {"agent_group": self._group} if self._group else {}
        body |= {"raised_by": self._customer} if self._customer else {}
        made = making(lambda: self._rest.ask("POST", f"/api/resource/{quote(TICKET)}", body))
        return number_of(made.get("data") if isinstance(made, dict) else None, "name")

    def _one(self, ticket: str) -> dict[str, Any]:
        found = self._rest.ask("GET", f"/api/resource/{quote(TICKET)}/{quote(ticket, safe='')}")
        data = found.get("data") if isinstance(found, dict) else None
        return data if isinstance(data, dict) else {}

    def noted(self, ticket: str, mark: str) -> bool:
        chain = self._chain(ticket)
        if any(mark in str(each.get("description", "")) for each in chain):
            return True
        lasting = number_of(chain[-1], "name")
        filters: list[list[object]] = [["reference_ticket", "=", lasting], ["content", "like", f"%{mark}%"]]
        return bool(self._list(COMMENT, ["name"], filters))

    def note(self, ticket: str, text: str) -> None:
        if not self._user:
            said = self._rest.ask("GET", "/api/method/frappe.auth.get_logged_user")
            self._user = number_of(said, "message")
        lasting = number_of(self._chain(ticket)[-1], "name")
        body = {"reference_ticket": lasting, "commented_by": self._user, "content": _html(text)}
        self._rest.ask("POST", f"/api/resource/{quote(COMMENT)}", body)

    def _chain(self, ticket: str) -> list[dict[str, Any]]:
        """The ticket, what it was merged into, and so on: the last is the one that is worked on.

        Merging closes a ticket, copies its comments and names the other in ``merged_with`` (helpdesk ``merge_ticket``).
        """
        chain = [self._one(ticket)]
        while len(chain) <= MERGES and (into := chain[-1].get("merged_with")):
            chain.append(self._one(str(into)))
        return chain

    def states(self, tickets: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in parts(tickets, TOGETHER):
            rows = [row for row in self._statuses(part) if row.get("status") and not row.get("merged_with")]
            found |= {number_of(row, "name"): str(row["status"]) for row in rows}
        return completed(tickets, found, lambda ticket: number_of(self._chain(ticket)[-1], "status"))

    def _statuses(self, part: list[str]) -> list[dict[str, Any]]:
        filters: list[list[object]] = [["name", "in", part]]
        try:
            return self._list(TICKET, ["name", "status", "merged_with"], filters)
        except Gone:
            raise
        except Permanent:  # before 2025-04 tickets could not be merged: "Field not permitted in query"
            return self._list(TICKET, ["name", "status"], filters)

    def close(self) -> None:
        self._rest.close()


TICKET, COMMENT = "HD Ticket", "HD Ticket Comment"


def _html(text: str) -> str:
    """Text as Frappe's editor keeps it."""
    return "<p>" + escape(text).replace("\n", "<br>") + "</p>"
