"""httpx behind the guard: public addresses only, in every spelling, through redirects, past the environment's proxy."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import httpx
import pytest

from listener.spiders import guard
from listener.spiders.http import TooLarge, guarded_client, read_limited
from tests import loopback
from tests.canary import SPELLINGS, Canary


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", path[4:])
            self.end_headers()
            return
        body = gzip.compress(b"\0" * 20_000_000) if path == "/bomb" else b"hello"
        self.send_response(200)
        if path == "/bomb":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Site)
    server.asked = []  # type: ignore[attr-defined]
    with loopback.running(server):
        yield server


@pytest.fixture
def site() -> Iterator[HTTPServer]:
    with serving() as server:
        yield server


def home(site: HTTPServer) -> str:
    return f"http://127.0.0.1:{site.server_port}"


def test_at_least_forty_spellings_never_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    with Canary() as canary, guarded_client() as client:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{canary.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{canary.port}")
        for url in canary.urls():
            with pytest.raises((httpx.ConnectError, httpx.InvalidURL)):
                client.get(url)
        assert canary.came() == 0
    assert len(set(SPELLINGS)) >= 40


def test_the_connection_is_checked_where_the_name_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public-looking name that resolves to a private address."""
    with Canary() as canary, guarded_client() as client:
        inside = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", canary.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [inside])
        with pytest.raises(httpx.ConnectError, match="not a public address"):
            client.get(f"http://rebound.example.com:{canary.port}/")
        assert canary.came() == 0


def test_an_opened_address_is_reached_and_a_redirect_from_it_is_not(site: HTTPServer) -> None:
    with Canary() as canary, guarded_client(allowed=guard.opened([home(site)])) as client:
        assert client.get(f"{home(site)}/").text == "hello"
        with pytest.raises(httpx.ConnectError):
            client.get(f"{home(site)}/to/http://127.0.0.1:{canary.port}/", follow_redirects=True)
        assert canary.came() == 0


def test_link_local_is_not_even_opened() -> None:
    with guarded_client(allowed=guard.opened(["http://169.254.169.254/"])) as client, pytest.raises(httpx.ConnectError):
        client.get("http://169.254.169.254/latest/meta-data/")


def test_a_proxy_is_used_for_the_outside_and_not_for_the_inside(site: HTTPServer) -> None:
    with guarded_client(proxy=home(site)) as client:
        assert client.get("http://feeds.example.com/x").text == "hello"
        for inside in ("http://127.0.0.1:9/", "http://intranet/", "http://db.internal/", "http://0x7f.1/"):
            with pytest.raises(httpx.ConnectError):
                client.get(inside)
    assert site.asked == ["http://feeds.example.com/x"]  # type: ignore[attr-defined]


def test_a_body_has_a_limit_after_decompression(site: HTTPServer) -> None:
    with guarded_client(allowed=guard.opened([home(site)])) as client:
        assert read_limited(client, client.build_request("GET", f"{home(site)}/")) == (200, b"hello")
        with pytest.raises(TooLarge, match="more than 1000000 bytes"):
            read_limited(client, client.build_request("GET", f"{home(site)}/bomb"), 1_000_000)


@pytest.mark.parametrize("url", ["http://does-not-exist.invalid/", "http://127.0.0.1:1/"])
def test_a_host_that_is_gone_is_a_connect_error(url: str) -> None:
    with guarded_client(allowed=guard.opened([url])) as client, pytest.raises(httpx.ConnectError):
        client.get(url)
