"""The demo's web site on loopback: a news feed, a forum, and robots.txt; ``serve`` starts it.

The content is that of ``listener.demo.mentions``, its times relative to the ``now`` that ``serve`` is given.
"""

from __future__ import annotations

import sys
import threading
from datetime import datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from listener.demo.forum import Board
from listener.demo.mentions import Content, load_content
from listener.demo.news import News
from listener.demo.pages import Answer

HOST = "127.0.0.1"
STATIC = Path(__file__).parent / "templates"

ROBOTS = """\
User-agent: *
Disallow: /home.php
Disallow: /member.php
Disallow: /search.php
Disallow: /misc.php
Disallow: /forum.php?mod=post
Disallow: /forum.php?mod=redirect
"""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that hangs up early is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class DemoSite:
    """The running site: ``url`` (ends with a slash), ``requests`` (paths asked for, in order), ``close()``."""

    def __init__(self, now: datetime, port: int, content: Content) -> None:
        self.requests: list[str] = []
        self._server = _Server((HOST, port), _handler(self))
        self.url = f"http://{HOST}:{self._server.server_address[1]}/"
        self._content = content
        self._board = Board(content, now, self.url)
        self._news = News(content, now, self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="demo-site")
        self._thread.start()

    @property
    def feed_url(self) -> str:
        """The address of the news feed."""
        return f"{self.url}news/feed.xml"

    def close(self) -> None:
        """Stop serving and free the port; calling it twice does no harm."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, target: str, headers: dict[str, str]) -> Answer:
        """What the site answers to GET ``target``."""
        self.requests.append(target)
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        pages = {
            "/": lambda: self._news.front(self._content.forums),
            "/robots.txt": lambda: Answer(200, ROBOTS.encode(), "text/plain; charset=utf-8"),
            "/forum.php": lambda: self._board.answer(query),
            "/home.php": lambda: self._board.answer({"mod": "login"}),
            "/member.php": lambda: self._board.answer({"mod": "login"}),
            "/news/feed.xml": lambda: self._news.feed(headers),
            "/uc_server/avatar.php": lambda: _avatar(query.get("uid", "0")),
            "/static/demo.css": lambda: Answer(200, (STATIC / "demo.css").read_bytes(), "text/css; charset=utf-8"),
        }
        found = pages.get(parts.path)
        if found is not None:
            return found()
        number = parts.path.removeprefix("/news/").removesuffix(".html")
        return self._news.article(number) if parts.path.startswith("/news/") else _missing()


def serve(now: datetime, port: int = 0, content: Content | None = None) -> DemoSite:
    """The site, serving on loopback; port 0 takes a free one. ``OSError`` where the port is taken."""
    if now.tzinfo is None:
        raise ValueError("now needs an offset")
    return DemoSite(now, port, content or load_content())


def _missing() -> Answer:
    return Answer(404, "没有这个页面".encode(), "text/plain; charset=utf-8")


def _avatar(uid: str) -> Answer:
    """A plain picture whose colour follows the user number."""
    hue = int(uid) * 47 % 360 if uid.isdecimal() and len(uid) < 10 else 0
    body = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120" viewBox="0 0 120 120">'
        f'<rect width="120" height="120" fill="hsl({hue},45%,72%)"/><circle cx="60" cy="46" r="22" fill="#fff"/>'
        f'<path d="M18 120a42 42 0 0 1 84 0z" fill="#fff"/><title>{escape(uid[:9])}</title></svg>'
    )
    return Answer(200, body.encode(), "image/svg+xml")


def _handler(site: DemoSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """GET and HEAD over the site's answers; HTTP/1.0, so that no connection outlives its answer."""

        server_version = "DemoSite/1"
        sys_version = ""

        def do_GET(self) -> None:
            answer = site.answer(self.path, self._asked())
            self._head(answer)
            if answer.status != 304:
                self.wfile.write(answer.body)

        def do_HEAD(self) -> None:
            self._head(site.answer(self.path, self._asked()))

        def _asked(self) -> dict[str, str]:
            """The request's headers; names as RFC 9110 writes them, whatever case they came in."""
            return {name.title(): value for name, value in self.headers.items()}

        def _head(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 304:
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the demo's screen belongs to its progress."""

    return Handler
