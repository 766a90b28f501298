"""Answers in the shape that the systems' documentation shows (``ticket_answers/``), read as they are."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from listener.alerts.notifiers.ticket_systems import TICKET_SYSTEMS, Rest
from tests.integration.test_tickets import settings

SAMPLES = Path(__file__).parent / "ticket_answers"
NAME = "LS7XABCDEF0123"


@pytest.fixture
def served() -> Iterator[dict[str, str]]:
    """A server that answers a path with the sample of that name; "address" is where it is."""
    found: dict[str, str] = {}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            sample = found[self.path.split("?")[0]]
            text = (SAMPLES / f"{sample}.json").read_bytes()
            self.send_response(200)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        found["address"] = f"http://127.0.0.1:{server.server_port}"
        yield found
        server.shutdown()
        thread.join()


def system(kind: str, served: dict[str, str]) -> Any:
    return TICKET_SYSTEMS[kind](Rest("x", served["address"], {}, ""), settings(kind))


def test_zammad_s_search_without_names_is_completed_one_by_one(served: dict[str, str]) -> None:
    served["/api/v1/tickets/search"] = "zammad-search"
    served["/api/v1/tickets/9"] = "zammad-ticket"
    asked = system("zammad", served)
    assert asked.find(NAME) == "9", "a title that only quotes the name is another's"
    assert asked.states(["9"]) == {"9": "closed"}
    asked.close()


def test_chatwoot_s_lists(served: dict[str, str]) -> None:
    served["/api/v1/accounts/3/contacts/search"] = "chatwoot-contacts"
    served["/api/v1/accounts/3/conversations/filter"] = "chatwoot-list"
    asked = system("chatwoot", served)
    assert asked._contact(NAME) == "700"
    assert asked.states(["42", "43"]) == {"42": "resolved", "43": "snoozed"}
    asked.close()


def test_frappe_s_list(served: dict[str, str]) -> None:
    served["/api/resource/HD%20Ticket"] = "frappe-list"
    asked = system("frappe", served)
    assert asked.find(NAME) == "12"
    assert asked.states(["12", "15"]) == {"12": "Replied", "15": "Resolved"}
    asked.close()


def test_samples_are_json() -> None:
    assert all(json.loads(path.read_text("utf-8")) for path in SAMPLES.glob("*.json"))
