"""Play the scenes of ``tests/ticket_scenes.py`` against an installation of a ticket system, and record them.

    python -m tests.bench.record_tickets chatwoot http://127.0.0.1:3000 --token T --stranger S --admin A \
        --set account=1 --set inbox=1 --about "Chatwoot 2.16.1" --out FILE

For trial installations only: tickets are made, resolved, merged and deleted there. ``--token`` is an agent's,
``--stranger`` that of a user who may not work on tickets, ``--admin`` that of whoever may delete them. The recording
holds every request of our notifier and its answer; tokens stand in headers, which are not kept. Prints what was said.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from listener.alerts.notifiers.ticket_systems import TICKET_SYSTEMS
from tests.ticket_scenes import Desk, Exchange, play, request

LONGEST = 4000
"""Characters of an error page that are kept (a trace of the server's own code is nothing that we read)."""


class Agent:
    """Somebody who works in the system itself."""

    def __init__(self, kind: str, address: str, account: int, token: str, deleting: str = "") -> None:
        headers = TICKET_SYSTEMS[kind].headers(token)
        self._client = httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=60)
        self._kind, self._account, self._deleting = kind, account, deleting

    def _path(self, ticket: str) -> str:
        return {
            "zammad": f"/api/v1/tickets/{ticket}",
            "chatwoot": f"/api/v1/accounts/{self._account}/conversations/{ticket}",
            "frappe": f"/api/resource/HD Ticket/{ticket}",
        }[self._kind]

    def _state(self, ticket: str, state: str) -> None:
        if self._kind == "chatwoot":
            self._done("POST", f"{self._path(ticket)}/toggle_status", {"status": state})
        else:
            self._done("PUT", self._path(ticket), {"state" if self._kind == "zammad" else "status": state})

    def resolve(self, ticket: str) -> None:
        self._state(ticket, {"zammad": "closed", "chatwoot": "resolved", "frappe": "Resolved"}[self._kind])

    def reopen(self, ticket: str) -> None:
        self._state(ticket, "Open" if self._kind == "frappe" else "open")

    def merge(self, ticket: str, into: str) -> None:
        """Chatwoot merges no conversations."""
        if self._kind == "zammad":
            number = self._client.get(self._path(into)).json()["number"]
            self._done("PUT", f"/api/v1/ticket_merge/{ticket}/{number}", None)
        elif self._kind == "frappe":
            method = "helpdesk.helpdesk.doctype.hd_ticket.api.merge_ticket"
            self._done("POST", f"/api/method/{method}", {"source": ticket, "target": into})

    def delete(self, ticket: str) -> None:
        if self._deleting:
            subprocess.run([*shlex.split(self._deleting), ticket], check=True)
        else:
            self._done("DELETE", self._path(ticket), None)

    def _done(self, method: str, path: str, body: object) -> None:
        answer = self._client.request(method, path, json=body)
        print(f"    {method} {path} {body or ''} → {answer.status_code}")
        if answer.is_error:
            raise typer.BadParameter(f"{method} {path}: {answer.status_code} {answer.text[:500]}")


def forwarding(address: str, kept: list[Exchange], scene: list[str]) -> ThreadingHTTPServer:
    """A server that hands every request on and keeps it with its answer."""
    by = httpx.Client(base_url=address, trust_env=False, timeout=60)

    class Forwards(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection")}
            answer = by.request(self.command, self.path, content=content, headers=headers)
            method, path, query, body = request(self.path, self.command, content)
            kept.append(Exchange(scene[-1], method, path, query, body, answer.status_code, said(answer)))
            self.send_response(answer.status_code)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Forwards)


def said(answer: httpx.Response) -> Any:
    """The answer as JSON without traces, else its beginning."""
    try:
        found = answer.json()
    except ValueError:
        return answer.text[:LONGEST]
    if isinstance(found, dict) and answer.is_error:
        return {key: value for key, value in found.items() if key not in ("exc", "_debug_messages", "traces")}
    return found


def main(
    kind: str,
    address: str,
    token: Annotated[str, typer.Option()],
    stranger: Annotated[str, typer.Option()],
    admin: Annotated[str, typer.Option()],
    out: Annotated[Path, typer.Option()],
    about: Annotated[str, typer.Option()] = "",
    set: Annotated[list[str] | None, typer.Option()] = None,
    deleting: Annotated[str, typer.Option(help="A command that deletes a ticket, where its API cannot.")] = "",
) -> None:
    """Play, print and record."""
    entry: dict[str, Any] = dict(each.split("=", 1) for each in set or [])
    kept: list[Exchange] = []
    scenes = [""]
    with forwarding(address, kept, scenes) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            hands = Agent(kind, address, int(entry.get("account", 0)), admin, deleting)
            desk = Desk(kind, f"http://127.0.0.1:{server.server_port}", entry, token, stranger, hands)
            found = play(desk, scenes.append)
        finally:
            server.shutdown()
            thread.join()
    for scene, what in found.items():
        print(f"{scene}: {what}")
    recorded = {"about": about, "entry": entry, "said": found, "exchanges": [asdict(each) for each in kept]}
    out.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
