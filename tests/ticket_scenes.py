"""Scenes played with a ticket system: once against a real server, recorded, and ever after against the recording.

``python -m tests.bench.record_tickets`` plays them against an installation (see there); ``replayed`` is a server that
gives the recorded answers and refuses any request that is not, to the letter, the one that the real server was asked.
A scene says what our notifier has to make of the answers, so that it holds for both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from listener.alerts.notifiers.base import Draft
from listener.alerts.notifiers.ticket_systems import TICKET_SYSTEMS, Rest
from listener.alerts.notifiers.tickets import TicketNotifier
from listener.alerts.render import Rendered
from listener.errors import ListenerError
from listener.model import Receiver
from listener.settings import NotifierSettings
from tests import loopback
from tests.factories import NOW

SUBJECT = "【紧急】晨曜 制动"
TEXT = (
    "车主原话：「刹车踩到底 <b>没反应</b> & 4S 店说 50% 正常」😡\n[@all](mention://user/1/all)\n请在 11:00 前联系客户"
)


class Hands(Protocol):
    """What a person does in the system between two scenes; nothing when a recording is played."""

    def resolve(self, ticket: str) -> None: ...

    def reopen(self, ticket: str) -> None: ...

    def merge(self, ticket: str, into: str) -> None: ...

    def delete(self, ticket: str) -> None: ...


class NoHands:
    """Nobody: the recording was taken after they had acted."""

    def resolve(self, ticket: str) -> None:
        """Done when it was recorded."""

    reopen = delete = resolve

    def merge(self, ticket: str, into: str) -> None:
        """Likewise."""


@dataclass
class Desk:
    """One system: its kind, where it is, the entry of notifiers.toml, the tokens of an agent and of somebody else."""

    kind: str
    address: str
    entry: dict[str, Any]
    token: str
    stranger: str
    hands: Hands = field(default_factory=NoHands)

    def notifier(self, *, token: str | None = None, **changes: Any) -> TicketNotifier:
        """A new process that remembers nothing."""
        secret = self.token if token is None else token
        kind = TICKET_SYSTEMS[self.kind]
        facts = {"name": "desk", "kind": self.kind, "address": "DESK", "secret": "DESK_TOKEN"} | self.entry | changes
        rest = Rest("desk", self.address, kind.headers(secret), secret)
        return TicketNotifier("notifier:desk", kind(rest, NotifierSettings.model_validate(facts)))

    def said(self, number: int, case: int = 7, **how: Any) -> str:
        """The receipt of a message, or the name of the error with what it says."""
        made = self.notifier(**how)
        rendered = Rendered(subject=SUBJECT, text=f"{SUBJECT}\n\n{TEXT}", html="")
        receiver = Receiver(name="desk", notifier="notifier:desk", address="desk")
        draft = Draft(
            delivery_id=number, token="t0k3n", receiver=receiver, rendered=rendered, at=NOW, thread=THREAD, case=case
        )
        try:
            return made.send(made.compose(draft)).detail
        except ListenerError as error:
            return f"{type(error).__name__}: {error}"
        finally:
            made.close()

    def states(self, *tickets: str) -> dict[str, str]:
        """What the system says of them."""
        made = self.notifier()
        try:
            return made.system.states(tickets)
        finally:
            made.close()


THREAD = "abcdef0123456789"


def play(desk: Desk, between: Callable[[str], None] = lambda scene: None) -> dict[str, Any]:
    """Every scene in turn; what was said in each. ``between`` is called with the name of the scene that begins."""
    found: dict[str, Any] = {}

    def scene(name: str, done: Callable[[], Any]) -> Any:
        between(name)
        found[name] = done()
        return found[name]

    ticket = str(scene("made", lambda: desk.said(1))).rsplit(" ", 1)[-1]
    scene("the same again", lambda: desk.said(1))
    scene("news", lambda: desk.said(2))
    scene("the news again", lambda: desk.said(2))
    other = str(scene("another case", lambda: desk.said(3, case=8))).rsplit(" ", 1)[-1]
    scene("open", lambda: desk.states(ticket))
    desk.hands.resolve(ticket)
    scene("solved there", lambda: desk.states(ticket))
    scene("news of a solved one", lambda: desk.said(4))
    scene("after that", lambda: desk.states(ticket))
    desk.hands.reopen(ticket)
    scene("reopened there", lambda: desk.states(ticket, "999999"))
    desk.hands.merge(other, ticket)
    scene("merged there", lambda: desk.states(ticket, other))
    scene("news of a merged one", lambda: desk.said(7, case=8))
    scene("the same again of a merged one", lambda: (desk.said(3, case=8), desk.said(7, case=8)))
    desk.hands.resolve(ticket)
    scene("solved with the other", lambda: desk.states(other))
    third = str(scene("a third case", lambda: desk.said(8, case=6))).rsplit(" ", 1)[-1]
    desk.hands.delete(third)
    scene("deleted there", lambda: desk.states(third))
    scene("news of a deleted one", lambda: desk.said(5, case=6))
    scene("a wrong token", lambda: desk.said(6, token="x" + desk.token[1:]))
    scene("no right to", lambda: desk.said(6, case=5, token=desk.stranger))
    scene("no right to, again", lambda: desk.said(9, case=5, token=desk.stranger))
    for name, wrong in WRONG[desk.kind].items():
        scene(name, lambda wrong=wrong: desk.said(6, case=9, **wrong))
    return found


WRONG: dict[str, dict[str, dict[str, Any]]] = {
    "zammad": {"no such group": {"group": "Nobody"}},
    "chatwoot": {"no such inbox": {"inbox": 987}, "no such account": {"account": 987}},
    "frappe": {"no such team": {"group": "Nobody"}},
}


@dataclass
class Exchange:
    """A request of ours and what came back."""

    scene: str
    method: str
    path: str
    query: list[list[str]]
    body: Any
    status: int
    answer: Any

    def asked(self) -> list[Any]:
        return [self.method, self.path, self.query, self.body]


def request(path: str, method: str, content: bytes) -> list[Any]:
    """A request as ``Exchange.asked`` holds it."""
    parts = urlsplit(path)
    query = [list(pair) for pair in parse_qsl(parts.query, keep_blank_values=True)]
    return [method, parts.path, query, json.loads(content) if content else None]


@contextmanager
def replayed(recording: Path, wrong: list[str]) -> Iterator[str]:
    """The address of a server that gives the recorded answers in their order; ``wrong`` takes what was not so asked."""
    left = [Exchange(**row) for row in json.loads(recording.read_text("utf-8"))["exchanges"]]

    class Answers(loopback.Handler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = request(self.path, self.command, content)
            if not left or left[0].asked() != asked:
                wrong.append(f"asked {asked}, recorded {left[0].asked() if left else 'nothing'}")
                return self.answer(500, {"error": "not as recorded"})
            exchange = left.pop(0)
            return self.answer(exchange.status, exchange.answer)

        do_POST = do_GET

        def answer(self, status: int, said: Any) -> None:
            text = (said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with loopback.serving(Answers) as address:
        yield address
    wrong += [f"never asked: {exchange.asked()}" for exchange in left]
