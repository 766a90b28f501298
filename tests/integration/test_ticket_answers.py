"""Answers in the shape that the systems' documentation shows (``ticket_answers/``), and some that real servers gave
(``ticket_answers/recorded/``, see its README), read as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from listener.alerts.notifiers.ticket_systems import TICKET_SYSTEMS, Rest
from listener.alerts.notifiers.tickets import DELETED, Opening
from listener.errors import Retry
from tests import loopback
from tests.integration.test_tickets import settings
from tests.ticket_scenes import Desk, play, replayed

SAMPLES = Path(__file__).parent / "ticket_answers"
NAME = "LS7XABCDEF0123"
TITLE = ("__pytest__", f"[{NAME}] x")
"""What the recorded tickets are called, and as what the server shows them: a name to be found by."""


@pytest.fixture
def served() -> Iterator[dict[str, str]]:
    """A server that answers a path with the sample of that name, or that status; "address" is where it is."""
    found: dict[str, str] = {}

    class Answers(loopback.Handler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            sample = found[self.path.split("?")[0]]
            text = (SAMPLES / f"{sample}.json").read_bytes() if not sample.isdecimal() else b'{"error": "x"}'
            text = text.replace(*(each.encode() for each in TITLE))
            self.send_response(int(sample) if sample.isdecimal() else 200)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

    with loopback.serving(Answers) as address:
        found["address"] = address
        yield found


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


def test_zammad_s_recorded_answers(served: dict[str, str]) -> None:
    served["/api/v1/tickets/search"] = "recorded/zammad-search"
    served["/api/v1/tickets"] = "recorded/zammad-created"
    served["/api/v1/ticket_articles"] = "recorded/zammad-note"
    served["/api/v1/ticket_articles/by_ticket/375"] = "recorded/zammad-articles"
    served["/api/v1/tickets/352"] = "recorded/zammad-expanded"
    served["/api/v1/tickets/375"] = "zammad-ticket"
    served["/api/v1/links"] = "zammad-links"
    served["/api/v1/tickets/9"] = "zammad-ticket"
    asked = system("zammad", served)
    assert asked.create(Opening(external=NAME, title="x", text="y")) == "345"
    assert asked.find(NAME) == "373", "of two of one name the older"
    assert asked.find("LS7XABCDEF9999") == ""
    assert asked.noted("375", "pytest article #0") and not asked.noted("375", "pytest article #9")
    asked.note("375", "x")
    assert asked.states(["352"]) == {"352": "closed"}, "merged into 9, which is closed"
    asked.close()


def test_chatwoot_s_list_in_its_recorded_shape(served: dict[str, str]) -> None:
    served["/api/v1/accounts/3/conversations/filter"] = "recorded/chatwoot-list-shape"
    asked = system("chatwoot", served)
    assert asked.states(["42", "43"]) == {"42": "open", "43": "resolved"}
    asked.close()


@pytest.mark.parametrize("status", ["500", "422"])
def test_a_chatwoot_whose_filter_fails_is_asked_one_by_one(served: dict[str, str], status: str) -> None:
    """chatwoot 5148, 6739, 9206: versions whose filter answers 500 to what is documented."""
    served["/api/v1/accounts/3/conversations/filter"] = status
    served["/api/v1/accounts/3/conversations/42"] = "chatwoot-conversation"
    served["/api/v1/accounts/3/conversations/43"] = "404"
    asked = system("chatwoot", served)
    assert asked.states(["42", "43"]) == {"42": "resolved", "43": DELETED}
    served["/api/v1/accounts/3/conversations/42"] = "500"
    with pytest.raises(Retry):
        asked.states(["42"])
    asked.close()


@pytest.mark.parametrize("kind", ["chatwoot", "frappe"])
def test_what_a_real_server_was_asked_and_said(kind: str) -> None:
    """Every scene as it was played with the real server: the same requests to the letter, the same made of the answers.

    After a change of what is asked, ``python -m tests.bench.record_tickets`` has to play it with a real one again.
    """
    recording, wrong = SAMPLES / "recorded" / f"{kind}-scenes.json", list[str]()
    recorded = json.loads(recording.read_text("utf-8"))
    with replayed(recording, wrong) as address:
        found = play(Desk(kind, address, recorded["entry"], token="TOKEN-OF-AN-AGENT", stranger="TOKEN-OF-ANOTHER"))
    assert not wrong, wrong
    assert json.loads(json.dumps(found)) == recorded["said"]


def test_samples_are_json() -> None:
    assert all(json.loads(path.read_text("utf-8")) for path in SAMPLES.rglob("*.json"))
