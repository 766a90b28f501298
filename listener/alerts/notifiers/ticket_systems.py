"""The three ticket systems by their REST APIs.

Sources, looked up 2026-11: docs.zammad.org "API: Ticket, Article" and zammad issue 5369 (a search by ``condition``
reads the database, one by ``query`` an index that lags behind); chatwoot ``swagger/paths/application`` and
``contacts_controller.rb`` (a contact's ``identifier`` is unique in an account and searchable); docs.frappe.io "REST
API" and frappe/helpdesk ``hd_ticket.json``, ``hd_ticket_comment.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import httpx

from listener.alerts.notifiers.base import NotifierDown
from listener.alerts.notifiers.http import MINUTE, Answer, client, exchange, wait_asked
from listener.alerts.notifiers.tickets import DELETED, Gone, Opening
from listener.errors import NeedsOperator, Permanent, Retry
from listener.language import say
from listener.settings import NotifierSettings
from listener.text.mask import mask

__all__ = ["TICKET_SYSTEMS", "Chatwoot", "Frappe", "Rest", "Zammad"]

TOGETHER = 100
"""Tickets whose state is asked for in one request."""

PAGES = 5
"""Pages of a ticket's messages that are looked through for a mark."""

MERGES = 5
"""How often a ticket may have been merged on, until it is followed no further."""

_SETTING = re.compile(r"lookup value|could not find|group|inbox|customer|account|permission|team", re.I)


class Rest:
    """JSON over HTTP to one system. ``headers`` hold the token, which stands in no error."""

    def __init__(self, name: str, address: str, headers: Mapping[str, str], secret: str, *, proxy: str = "") -> None:
        self.name, self._address, self._headers = name, address.rstrip("/"), dict(headers)
        self._secret, self._proxy = secret, proxy
        self._client: httpx.Client | None = None

    def ask(self, method: str, path: str, body: object = None, **params: str) -> Any:
        """The JSON of the answer; ``Gone`` for 404, else the error that the status means."""
        if self._client is None:
            self._client = client(self._proxy)
        how: dict[str, Any] = {"headers": {"accept": "application/json", **self._headers}}
        how |= {"json": body} if body is not None else {}
        how |= {"params": params} if params else {}
        answer = exchange(self._client, self.name, method, f"{self._address}{path}", **how)
        if not 200 <= answer.status < 300:
            raise self._trouble(answer)
        found = answer.json()
        if isinstance(found, str):  # a proxy's page, a login page, a body that was cut off
            what = say("答复不是 JSON", "the answer is no JSON")
            raise Retry(f"{self.name}: HTTP {answer.status}: {what}", MINUTE)
        return found

    def _trouble(self, answer: Answer) -> Retry | Permanent | NeedsOperator:
        status = answer.status
        said = self._said(answer)
        line = f"{self.name}: HTTP {status}" + (f" {said}" if said else "")
        if status == 429:
            return NotifierDown(line, wait_asked(answer) or MINUTE)
        if status >= 500:
            return NotifierDown(line, wait_asked(answer))
        if status in (401, 403) or 300 <= status < 400:
            what = say("检查地址、令牌和权限", "check its address, token and permissions")
            return NeedsOperator(f"{line} → {what}")
        if status == 404:
            return Gone(line)
        if status in (408, 425, 409):
            return Retry(line)
        return Permanent(line)

    def _said(self, answer: Answer) -> str:
        """What the system says is wrong, without token and personal values."""
        body = answer.json()
        if isinstance(body, dict):
            found = next(
                (
                    body[key]
                    for key in ("error_human", "error", "message", "exception", "exc_type", "errors")
                    if body.get(key)
                ),
                "",
            )
            body = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        elif not isinstance(body, str) or "<" in body:
            body = ""
        return mask(str(body).replace(self._secret, "***") if self._secret else str(body))[:160]

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _making(make: Callable[[], Any]) -> Any:
    """A refusal that names a group, an inbox, a customer, or a thing that is not there, is a wrong setting."""
    try:
        return make()
    except Permanent as error:
        if isinstance(error, Gone) or _SETTING.search(str(error)):
            what = say("检查 notifiers.toml 中的 group、customer、account、inbox", "check its entry in notifiers.toml")
            raise NeedsOperator(f"{error} → {what}") from None
        raise


def _rows(found: Any, *path: str) -> list[dict[str, Any]]:
    """The objects at ``path`` in an answer; ``Retry`` where it has not the documented shape."""
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        what = say("答复的结构不符合文档", "the answer has not the documented shape")
        raise Retry(what, MINUTE)
    return [row for row in found if isinstance(row, dict)]


def _number(row: Any, key: str = "id") -> str:
    """A ticket's number; ``Retry`` where the answer has none."""
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, int | str) or not str(value):
        raise Retry(say("答复中没有编号", "the answer holds no number"), MINUTE)
    return str(value)


def _first(numbers: Collection[str]) -> str:
    """The oldest of several tickets of one name."""
    return min(numbers, key=lambda each: (len(each), each), default="")


def _parts(tickets: Collection[str], size: int) -> Iterator[list[str]]:
    wanted = sorted(set(tickets))
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


def _completed(tickets: Collection[str], found: dict[str, str], one: Callable[[str], str]) -> dict[str, str]:
    """Those that the list does not hold are asked for one by one: gone, or not shown to a search."""
    for ticket in tickets:
        if ticket not in found:
            try:
                found[ticket] = one(ticket)
            except Gone:
                found[ticket] = DELETED
    return found


class Zammad:
    """A Zammad: a ticket of ``group`` for ``customer`` (a mail address); the case's name stands in its title."""

    def __init__(self, rest: Rest, how: NotifierSettings) -> None:
        self._rest, self._group, self._customer = rest, how.group, how.customer
        self.solved = _solved(how, "closed")

    @staticmethod
    def headers(secret: str) -> dict[str, str]:
        """Token access (docs.zammad.org, "Authentication")."""
        return {"authorization": f"Token token={secret}"}

    def find(self, external: str) -> str:
        found = self._search({"ticket.title": {"operator": "contains", "value": external}})
        return _first([_number(row) for row in found if f"[{external}]" in str(row.get("title", ""))])

    def _search(self, condition: object) -> list[dict[str, Any]]:
        body = {"condition": condition, "limit": TOGETHER, "expand": True}
        found = self._rest.ask("POST", "/api/v1/tickets/search", body)
        if isinstance(found, dict) and "tickets" in found:  # without expand: numbers beside assets
            tickets = (found.get("assets") or {}).get("Ticket") or {}
            return [row for row in tickets.values() if isinstance(row, dict)]
        return _rows(found)

    def create(self, opening: Opening) -> str:
        article = {"subject": opening.title, "body": opening.text, **_ZAMMAD_NOTE}
        body = {
            "title": opening.title,
            "group": self._group,
            "customer_id": f"guess:{self._customer}",
            "tags": f"listener,{opening.external}",
            "article": article,
        }
        return _number(_making(lambda: self._rest.ask("POST", "/api/v1/tickets", body)))

    def noted(self, ticket: str, mark: str) -> bool:
        lasting, _ = self._lasting(ticket)
        found = self._rest.ask("GET", f"/api/v1/ticket_articles/by_ticket/{quote(lasting, safe='')}")
        return any(mark in str(row.get("body", "")) for row in _rows(found))

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
        parents = [row for row in _rows(found, "links") if wanted.items() <= row.items()]
        return _number(parents[0], "link_object_value") if parents else ""

    def states(self, tickets: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(tickets, TOGETHER):
            try:
                rows = self._search({"ticket.id": {"operator": "is", "value": part}})
            except Gone:
                raise
            except Permanent:  # a version that cannot search so
                rows = []
            found |= {_number(row): str(row["state"]) for row in rows if isinstance(row.get("state"), str)}
        found = {key: state for key, state in found.items() if key in set(tickets) and state != MERGED}
        return _completed(tickets, found, lambda ticket: self._lasting(ticket)[1])

    def _state(self, ticket: str) -> str:
        found = self._rest.ask("GET", f"/api/v1/tickets/{quote(ticket, safe='')}", expand="true")
        return _number(found, "state")

    def close(self) -> None:
        self._rest.close()


MERGED = "merged"
"""Zammad's state of a ticket that went into another."""

_ZAMMAD_NOTE = {"content_type": "text/plain", "type": "note", "internal": True}


class Chatwoot:
    """A Chatwoot: a conversation in an API ``inbox`` of ``account``; its contact's identifier is the case's name.

    The conversation is made without a text, which comes as its first private note.
    """

    bare = True

    def __init__(self, rest: Rest, how: NotifierSettings) -> None:
        self._rest, self._inbox = rest, how.inbox
        self._base = f"/api/v1/accounts/{how.account}"
        self.solved = _solved(how, "resolved")

    @staticmethod
    def headers(secret: str) -> dict[str, str]:
        """An agent's access token (developers.chatwoot.com, "userApiKey")."""
        return {"api_access_token": secret}

    def find(self, external: str) -> str:
        contact = self._contact(external)
        if not contact:
            return ""
        found = self._rest.ask("GET", f"{self._base}/contacts/{contact}/conversations")
        return _first([_number(row) for row in _rows(found, "payload") if row.get("inbox_id") == self._inbox])

    def _contact(self, external: str) -> str:
        found = self._rest.ask("GET", f"{self._base}/contacts/search", q=external)
        return _first([_number(row) for row in _rows(found, "payload") if row.get("identifier") == external])

    def create(self, opening: Opening) -> str:
        contact = self._contact(opening.external) or self._new_contact(opening)
        body = {
            "source_id": opening.external,
            "inbox_id": self._inbox,
            "contact_id": int(contact),
            "status": "open",
            "custom_attributes": {"listener_case": opening.external},
        }
        return _number(_making(lambda: self._rest.ask("POST", f"{self._base}/conversations", body)))

    def _new_contact(self, opening: Opening) -> str:
        body = {"name": opening.title, "identifier": opening.external}
        try:
            found = _making(lambda: self._rest.ask("POST", f"{self._base}/contacts", body))
        except Permanent:  # another process was first: an identifier is there once
            contact = self._contact(opening.external)
            if contact:
                return contact
            raise
        payload = found.get("payload") if isinstance(found, dict) else None
        return _number(payload.get("contact") if isinstance(payload, dict) else None)

    def noted(self, ticket: str, mark: str) -> bool:
        path, before = f"{self._base}/conversations/{quote(ticket, safe='')}/messages", ""
        for _ in range(PAGES):
            found = self._rest.ask("GET", path, **({"before": before} if before else {}))
            rows = _rows(found, "payload")
            if any(mark in str(row.get("content", "")) for row in rows):
                return True
            if not rows:
                return False
            before = _first([_number(row) for row in rows])
        return False

    def note(self, ticket: str, text: str) -> None:
        calm = text.replace("mention://", "mention ://")  # what a stranger wrote calls no agent
        body = {"content": calm, "message_type": "outgoing", "private": True}
        self._rest.ask("POST", f"{self._base}/conversations/{quote(ticket, safe='')}/messages", body)

    def states(self, tickets: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in _parts(tickets, CHATWOOT_PAGE):
            wanted = {"attribute_key": "display_id", "filter_operator": "equal_to", "values": part}
            body = {"payload": [{**wanted, "query_operator": None}]}
            try:
                answer = self._rest.ask("POST", f"{self._base}/conversations/filter", body)
                rows = _rows(answer, "data", "payload") if "data" in answer else _rows(answer, "payload")
            except Gone:
                raise
            except (Permanent, Retry):  # some versions answer 500 to it (chatwoot 5148, 6739, 9206): one by one then
                rows = []
            found |= {_number(row): str(row.get("status", "")) for row in rows if row.get("status")}
        return _completed(tickets, {key: state for key, state in found.items() if key in set(tickets)}, self._state)

    def _state(self, ticket: str) -> str:
        return _number(self._rest.ask("GET", f"{self._base}/conversations/{quote(ticket, safe='')}"), "status")

    def close(self) -> None:
        self._rest.close()


CHATWOOT_PAGE = 25
"""Conversations on one page of an answer."""


class Frappe:
    """A Frappe Helpdesk: an HD Ticket for the team ``group``, raised by ``customer``; its subject holds the name."""

    def __init__(self, rest: Rest, how: NotifierSettings) -> None:
        self._rest, self._group, self._customer = rest, how.group, how.customer
        self._user = ""
        self.solved = _solved(how, "resolved", "closed")

    @staticmethod
    def headers(secret: str) -> dict[str, str]:
        """``secret`` is ``api_key:api_secret`` (docs.frappe.io, "Token Based Authentication")."""
        return {"authorization": f"token {secret}"}

    def find(self, external: str) -> str:
        found = self._list(TICKET, ["name", "subject"], [["subject", "like", f"%{external}%"]])
        return _first([_number(row, "name") for row in found if f"[{external}]" in str(row.get("subject", ""))])

    def _list(self, doctype: str, fields: list[str], filters: list[list[object]]) -> list[dict[str, Any]]:
        params = {"fields": json.dumps(fields), "filters": json.dumps(filters), "limit_page_length": str(TOGETHER)}
        return _rows(self._rest.ask("GET", f"/api/resource/{quote(doctype)}", **params), "data")

    def create(self, opening: Opening) -> str:
        body = {"subject": opening.title, "description": _html(opening.text)}
        body |= {"agent_group": self._group} if self._group else {}
        body |= {"raised_by": self._customer} if self._customer else {}
        made = _making(lambda: self._rest.ask("POST", f"/api/resource/{quote(TICKET)}", body))
        return _number(made.get("data") if isinstance(made, dict) else None, "name")

    def _one(self, ticket: str) -> dict[str, Any]:
        found = self._rest.ask("GET", f"/api/resource/{quote(TICKET)}/{quote(ticket, safe='')}")
        data = found.get("data") if isinstance(found, dict) else None
        return data if isinstance(data, dict) else {}

    def noted(self, ticket: str, mark: str) -> bool:
        chain = self._chain(ticket)
        if any(mark in str(each.get("description", "")) for each in chain):
            return True
        lasting = _number(chain[-1], "name")
        filters: list[list[object]] = [["reference_ticket", "=", lasting], ["content", "like", f"%{mark}%"]]
        return bool(self._list(COMMENT, ["name"], filters))

    def note(self, ticket: str, text: str) -> None:
        if not self._user:
            said = self._rest.ask("GET", "/api/method/frappe.auth.get_logged_user")
            self._user = _number(said, "message")
        lasting = _number(self._chain(ticket)[-1], "name")
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
        for part in _parts(tickets, TOGETHER):
            rows = [row for row in self._statuses(part) if row.get("status") and not row.get("merged_with")]
            found |= {_number(row, "name"): str(row["status"]) for row in rows}
        return _completed(tickets, found, lambda ticket: _number(self._chain(ticket)[-1], "status"))

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


def _solved(how: NotifierSettings, *usual: str) -> frozenset[str]:
    return frozenset(state.lower() for state in how.solved or usual)


TICKET_SYSTEMS: Mapping[str, type[Zammad | Chatwoot | Frappe]] = {
    "zammad": Zammad,
    "chatwoot": Chatwoot,
    "frappe": Frappe,
}
"""By the word that notifiers.toml uses."""
