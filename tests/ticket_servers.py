"""A local server that plays Zammad, Chatwoot and Frappe Helpdesk as they are documented, and checks what it is asked.

A request that is not as documented (method, path, token, content type, fields) is answered with 400 and kept in
``wrong``. ``fault`` is played instead of an answer: a status with a body, ``hang``, ``half``, ``lost`` (done, and the
connection ends before the answer).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema

from tests import loopback

TOKEN = "TOPSECRET0123456789"
TEXT = {"type": "string", "minLength": 1}


def _object(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **more},
        "additionalProperties": False,
    }


_NOTE = {"content_type": {"const": "text/plain"}, "type": {"const": "note"}, "internal": {"const": True}}
_CONDITION = {
    "type": "object",
    "propertyNames": {"enum": ["ticket.title", "ticket.id"]},
    "additionalProperties": _object({"operator": {"enum": ["contains", "is"]}, "value": {"type": ["string", "array"]}}),
}
SCHEMAS = {
    "zammad-search": _object(
        {"condition": _CONDITION, "limit": {"type": "integer", "maximum": 200}, "expand": {"const": True}}
    ),
    "zammad-ticket": _object(
        {
            "title": {**TEXT, "maxLength": 250},
            "group": TEXT,
            "customer_id": {"type": "string", "pattern": "^guess:.+@.+$"},
            "article": _object({"subject": TEXT, "body": TEXT, **_NOTE}),
        },
        tags={"type": "string"},
    ),
    "zammad-article": _object({"ticket_id": {"type": "integer"}, "subject": TEXT, "body": TEXT, **_NOTE}),
    "chatwoot-contact": _object({"name": TEXT, "identifier": TEXT}),
    "chatwoot-conversation": _object(
        {"source_id": TEXT, "inbox_id": {"type": "integer"}, "contact_id": {"type": "integer"}},
        status={"enum": ["open", "resolved", "pending"]},
        custom_attributes={"type": "object"},
    ),
    "chatwoot-message": _object({"content": TEXT, "message_type": {"const": "outgoing"}, "private": {"const": True}}),
    "chatwoot-filter": _object(
        {
            "payload": {
                "type": "array",
                "items": _object(
                    {
                        "attribute_key": {"const": "display_id"},
                        "filter_operator": {"const": "equal_to"},
                        "values": {"type": "array", "items": {"type": "string"}, "maxItems": 25},
                        "query_operator": {"type": "null"},
                    }
                ),
            }
        }
    ),
    "frappe-ticket": _object(
        {"subject": {**TEXT, "maxLength": 140}, "description": TEXT}, agent_group=TEXT, raised_by=TEXT
    ),
    "frappe-comment": _object({"reference_ticket": TEXT, "commented_by": TEXT, "content": TEXT}),
}

Ask = tuple[str, str, dict[str, str], Any]
Said = tuple[int, Any]


@dataclass
class Fault:
    """What is done instead of answering the next request whose path holds ``where``; ``times`` 0: for ever."""

    kind: str = "status"
    status: int = 500
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    where: str = ""
    method: str = ""
    times: int = 1


@dataclass
class TicketServer:
    """One system's tickets. ``asked`` is every request; ``tickets`` by number: title, state, texts."""

    kind: str
    address: str = ""
    asked: list[Ask] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[int, str] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def texts(self) -> list[list[str]]:
        return [each["texts"] for each in self.tickets.values()]

    def next_fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.where in path and fault.method in ("", method):
                if fault.times:
                    fault.times -= 1
                    if not fault.times:
                        self.faults.remove(fault)
                return fault
        return None

    def check(self, schema: str, body: Any) -> None:
        jsonschema.validate(body, SCHEMAS[schema])

    def merge(self, number: int, into: int) -> None:
        """Zammad's ``merge_to``: the texts move, a link tells where they are. Frappe's ``merge_ticket``: the comments
        are copied, the ticket is closed and names the other."""
        texts = self.tickets[number]["texts"]
        self.tickets[into]["texts"] += texts if self.kind == "zammad" else texts[1:]
        self.tickets[number]["texts"] = ["merged"] if self.kind == "zammad" else texts
        self.tickets[number]["state"] = "merged" if self.kind == "zammad" else "Closed"
        self.merged[number] = into

    def new(self, title: str, texts: list[str], **facts: Any) -> int:
        number = 19 + len(self.tickets)
        self.tickets[number] = {"title": title, "texts": texts, "state": FIRST_STATE[self.kind], **facts}
        return number


FIRST_STATE = {"zammad": "new", "chatwoot": "open", "frappe": "Open"}
HEADERS = {
    "zammad": ("authorization", f"Token token={TOKEN}"),
    "chatwoot": ("api_access_token", TOKEN),
    "frappe": ("authorization", f"token {TOKEN}"),
}
REFUSED = {
    "zammad": (401, {"error": "Can't find user!", "error_human": "Can't find user!"}),
    "chatwoot": (401, {"error": "Invalid Access Token"}),
    "frappe": (401, {"exc_type": "AuthenticationError"}),
}


def _zammad(server: TicketServer, method: str, path: str, query: dict[str, str], body: Any) -> Said:
    def ticket(number: int) -> dict[str, Any]:
        row = server.tickets[number]
        return {"id": number, "number": f"22{number:03}", "title": row["title"], "state_id": 1, "state": row["state"]}

    if (method, path) == ("POST", "/api/v1/tickets/search"):
        server.check("zammad-search", body)
        (attribute, how), *_ = body["condition"].items()
        if attribute == "ticket.title":
            found = [n for n, row in server.tickets.items() if how["value"].lower() in row["title"].lower()]
        else:
            found = [n for n in server.tickets if str(n) in how["value"]]
        return 200, [ticket(number) for number in found]
    if (method, path) == ("POST", "/api/v1/tickets"):
        server.check("zammad-ticket", body)
        if body["group"] == "Nobody":
            return 422, {"error": "No lookup value found for 'group': \"Nobody\""}
        return 201, ticket(server.new(body["title"], [body["article"]["body"]]))
    if (method, path) == ("POST", "/api/v1/ticket_articles"):
        server.check("zammad-article", body)
        if body["ticket_id"] not in server.tickets:
            return 404, {"error": "Couldn't find Ticket"}
        server.tickets[body["ticket_id"]]["texts"].append(body["body"])
        return 201, {"id": 31, **body}
    if (method, path) == ("GET", "/api/v1/links"):
        assert set(query) == {"link_object", "link_object_value"} and query["link_object"] == "Ticket", query
        into = server.merged.get(int(query["link_object_value"]))
        others = [("normal", n) for n in server.tickets] + ([("parent", into)] if into else [])
        return 200, {"links": [{"link_type": t, "link_object": "Ticket", "link_object_value": n} for t, n in others]}
    found = re.fullmatch(r"/api/v1/(ticket_articles/by_ticket|tickets)/(\d+)", path)
    if method == "GET" and found:
        number = int(found[2])
        if number not in server.tickets:
            return 404, {"error": f"Couldn't find Ticket with 'id'={number}"}
        if found[1] == "tickets":
            assert query == {"expand": "true"}
            return 200, ticket(number)
        texts = server.tickets[number]["texts"]
        return 200, [{"id": i, "ticket_id": number, "body": text, "type": "note"} for i, text in enumerate(texts, 1)]
    raise LookupError(f"{method} {path}")


def _chatwoot(server: TicketServer, method: str, path: str, query: dict[str, str], body: Any) -> Said:
    base = "/api/v1/accounts/3"
    assert path.startswith(base), path
    rest = path.removeprefix(base)

    def conversation(number: int) -> dict[str, Any]:
        row = server.tickets[number]
        return {"id": number, "account_id": 3, "inbox_id": row["inbox"], "status": row["state"], "messages": []}

    if (method, rest) == ("GET", "/contacts/search"):
        found = [
            {"id": n, "identifier": each, "name": "x"} for n, each in server.contacts.items() if query["q"] in each
        ]
        return 200, {"meta": {"count": len(found), "current_page": 1}, "payload": found}
    if (method, rest) == ("POST", "/contacts"):
        server.check("chatwoot-contact", body)
        if body["identifier"] in server.contacts.values():
            return 422, {"message": "Identifier has already been taken", "attributes": ["identifier"]}
        number = 700 + len(server.contacts)
        server.contacts[number] = body["identifier"]
        return 200, {"payload": {"contact": {"id": number, **body}, "contact_inbox": {}}}
    if (method, rest) == ("POST", "/conversations"):
        server.check("chatwoot-conversation", body)
        if body["inbox_id"] != 5:
            return 404, {"error": "Resource could not be found"}
        number = server.new("", [], inbox=body["inbox_id"], contact=body["contact_id"])
        return 200, {"id": number, "account_id": 3, "inbox_id": body["inbox_id"]}
    if (method, rest) == ("POST", "/conversations/filter"):
        server.check("chatwoot-filter", body)
        found = [conversation(n) for n in server.tickets if str(n) in body["payload"][0]["values"]]
        return 200, {"meta": {"all_count": len(found)}, "payload": found}
    if method == "GET" and (found := re.fullmatch(r"/contacts/(\d+)/conversations", rest)):
        mine = [conversation(n) for n, row in server.tickets.items() if row["contact"] == int(found[1])]
        return 200, {"payload": mine}
    if found := re.fullmatch(r"/conversations/(\d+)(/messages)?", rest):
        number = int(found[1])
        if number not in server.tickets:
            return 404, {"error": "Resource could not be found"}
        if method == "GET" and not found[2]:
            return 200, conversation(number)
        texts = server.tickets[number]["texts"]
        if method == "POST":
            server.check("chatwoot-message", body)
            texts.append(body["content"])
            return 200, {"id": len(texts), "content": body["content"], "private": True}
        before = int(query.get("before", len(texts) + 1))
        page = [{"id": i, "content": text, "private": True} for i, text in enumerate(texts, 1) if i < before][-20:]
        return 200, {"meta": {}, "payload": page}
    raise LookupError(f"{method} {path}")


def _frappe_row(server: TicketServer, number: int) -> dict[str, Any]:
    row, into = server.tickets[number], server.merged.get(number)
    return {"name": number, "subject": row["title"], "status": row["state"], "merged_with": into and str(into)}


def _frappe(server: TicketServer, method: str, path: str, query: dict[str, str], body: Any) -> Said:
    if (method, path) == ("GET", "/api/method/frappe.auth.get_logged_user"):
        return 200, {"message": "listener@maker.example"}
    if (method, path) == ("POST", "/api/resource/HD Ticket"):
        server.check("frappe-ticket", body)
        if body.get("agent_group") == "Nobody":
            return 417, {"exception": "frappe.exceptions.LinkValidationError: Could not find Team: Nobody"}
        number = server.new(body["subject"], [unescape(body["description"])])
        return 200, {"data": {"name": number, "subject": body["subject"], "status": "Open"}}
    if (method, path) == ("POST", "/api/resource/HD Ticket Comment"):
        server.check("frappe-comment", body)
        if int(body["reference_ticket"]) not in server.tickets:
            return 404, {"exc_type": "DoesNotExistError"}
        server.tickets[int(body["reference_ticket"])]["texts"].append(unescape(body["content"]))
        return 200, {"data": {"name": "a1b2c3", **body}}
    filters = {row[0]: row[1:] for row in json.loads(query.get("filters", "[]"))}
    if (method, path) == ("GET", "/api/resource/HD Ticket"):
        if "subject" in filters:
            operator, value = filters["subject"]
            assert operator == "like"
            found = [n for n, row in server.tickets.items() if value.strip("%") in row["title"]]
        else:
            operator, names = filters["name"]
            assert operator == "in"
            found = [n for n in server.tickets if str(n) in names]
        rows = [_frappe_row(server, n) for n in found]
        return 200, {"data": [{key: row[key] for key in json.loads(query["fields"])} for row in rows]}
    if (method, path) == ("GET", "/api/resource/HD Ticket Comment"):
        texts = server.tickets[int(filters["reference_ticket"][1])]["texts"][1:]
        wanted = filters["content"][1].strip("%")
        return 200, {"data": [{"name": str(i)} for i, text in enumerate(texts) if wanted in text]}
    if method == "GET" and (one := re.fullmatch(r"/api/resource/HD Ticket/(\d+)", path)):
        number = int(one[1])
        if number not in server.tickets:
            return 404, {"exc_type": "DoesNotExistError"}
        return 200, {"data": _frappe_row(server, number) | {"description": server.tickets[number]["texts"][0]}}
    raise LookupError(f"{method} {path}")


PLAYED: dict[str, Callable[[TicketServer, str, str, dict[str, str], Any], Said]] = {
    "zammad": _zammad,
    "chatwoot": _chatwoot,
    "frappe": _frappe,
}


@contextmanager
def ticket_server(kind: str) -> Iterator[TicketServer]:
    """A running server of that kind."""
    found, held = TicketServer(kind), threading.Event()

    class Answers(loopback.Handler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            parts = urlsplit(self.path)
            path = unquote(parts.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            found.asked.append((method, path, query, json.loads(content) if content else None))
            fault = found.next_fault(method, path)
            if fault is not None and fault.kind == "status":
                return self._send(fault.status, fault.body.encode(), fault.headers)
            if fault is not None and fault.kind == "hang":
                held.wait()
                self.close_connection = True
                return None
            status, said = self._play(method, path, query, content)
            text = json.dumps(said, ensure_ascii=False).encode()
            if fault is not None and fault.kind == "lost":
                self.close_connection = True
                return None
            if fault is not None and fault.kind == "half":
                self.close_connection = True
                return self._send(status, text[: len(text) // 2], {}, stated=len(text))
            return self._send(status, text, {"content-type": "application/json; charset=utf-8"})

        def _play(self, method: str, path: str, query: dict[str, str], content: bytes) -> Said:
            name, value = HEADERS[kind]
            if self.headers.get(name) != value:
                return REFUSED[kind]
            try:
                if content and self.headers.get("content-type") != "application/json":
                    raise LookupError("content-type")
                return PLAYED[kind](found, method, path, query, json.loads(content) if content else None)
            except (LookupError, AssertionError, jsonschema.ValidationError) as error:
                found.wrong.append(f"{method} {path}: {error}")
                return 400, {"error": "not as documented"}

        def _send(self, status: int, text: bytes, headers: dict[str, str], stated: int | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(text) if stated is None else stated))
            self.end_headers()
            self.wfile.write(text)

    with loopback.serving(Answers) as address:
        found.address = address
        try:
            yield found
        finally:
            held.set()
