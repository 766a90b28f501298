"""A local server that answers what it is told to, for tests of notifiers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests import loopback


@dataclass
class Vendor:
    """Answers in order, the last answer for ever; keeps what it was asked.

    Status 0 hangs up without a word, 1 says half of what it promised, 2 says nothing until the test ends, 3 sends a
    byte every tenth of a second.
    """

    answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    address: str = ""
    base: str = ""
    tokens: list[Any] = field(default_factory=list)
    """What is answered to a GET for a token, the last one for ever; statuses as above with ``answers``."""
    token_asked: list[str] = field(default_factory=list)

    def says(self, body: object, status: int = 200, **headers: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.answers.append((status, text, {name.replace("_", "-"): value for name, value in headers.items()}))

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.asked]


@contextmanager
def vendor_server() -> Iterator[Vendor]:
    """A running one; its address holds a secret that must not be shown."""
    found, ended = Vendor(), threading.Event()

    class Answers(loopback.Handler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, text, headers = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            if status in (0, 2):
                if status:
                    ended.wait()
                self.close_connection = True
                return
            self.send_response(status if status > 3 else 200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(text.encode()) + (1000 if status in (1, 3) else 0)))
            self.end_headers()
            self.wfile.write(text.encode())
            while status == 3 and not ended.wait(0.1):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    break
            self.close_connection = status in (1, 3)

        def do_GET(self) -> None:
            found.token_asked.append(self.path)
            said = found.tokens.pop(0) if len(found.tokens) > 1 else found.tokens[0]
            text = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with loopback.serving(Answers) as address:
        found.base, found.address = address, f"{address}/hook?key=TOPSECRET"
        try:
            yield found
        finally:
            ended.set()
