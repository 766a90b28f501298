"""The daemon's pages, asked over real HTTP."""

from __future__ import annotations

import socket
import string
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer

from listener.errors import NeedsOperator
from listener.web.app import Pages, application
from listener.web.case_page import render_case
from listener.web.links import Links
from listener.web.server import WebServer
from tests.factories import NOW, ZONE

LINKS = Links("https://listener.example/", "secret")


def facts(**changes: Any) -> dict[str, Any]:
    said = {
        "joined_as": "opener",
        "said_at": NOW,
        "platform": "discuz",
        "source": "bbs",
        "number": 1,
        "author": "老王",
        "author_id": "",
        "title": "<script>alert(1)</script>",
        "text": "电话 13812345678，刹车失灵 <img src=x onerror=alert(2)>",
        "url": "javascript:alert(3)",
        "sentiment": "negative",
    }
    repost = said | {
        "joined_as": "repost",
        "platform": "weibo",
        "source": "weibo",
        "number": 2,
        "repost_reason": "相似 98%",
    }
    event = {"at": NOW, "actor": "listener", "action": "opened", "old": "", "new": "new", "note": "刹车失灵"}
    case = {
        "number": 7,
        "opened_at": NOW,
        "severity": "S1",
        "state": "new",
        "title": "刹车失灵",
        "topic": "白露",
        "reason": "安全",
        "first_contact_by": NOW,
        "mentions": [said, repost],
        "events": [event],
    }
    return case | changes


@pytest.fixture
def web() -> Iterator[tuple[str, dict[str, Any]]]:
    health: dict[str, Any] = {"ok": True}
    pages = Pages(
        health=lambda: health,
        metrics=lambda: b"listener_backlog 3\n",
        case=lambda number, asked: render_case(facts(), ZONE, "zh") if number == 7 else None,
        act=lambda number, person, fields: "",
    )
    server = WebServer(application(pages, LINKS), "127.0.0.1", 0)
    server.start()
    yield f"http://127.0.0.1:{server.port}", health
    server.close()


def path(number: int) -> str:
    return LINKS.case(number).removeprefix("https://listener.example")


def test_health_says_so_with_its_status(web: tuple[str, dict[str, Any]]) -> None:
    address, health = web
    assert httpx.get(f"{address}/health").status_code == 200
    health["ok"] = False
    assert httpx.get(f"{address}/health").status_code == 503


def test_metrics_are_text(web: tuple[str, dict[str, Any]]) -> None:
    assert httpx.get(f"{web[0]}/metrics").text == "listener_backlog 3\n"


def test_a_signed_link_opens_its_case_masked_and_harmless(web: tuple[str, dict[str, Any]]) -> None:
    answer = httpx.get(web[0] + path(7))
    assert answer.status_code == 200
    assert "138****5678" in answer.text
    assert "13812345678" not in answer.text
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "共 2 条（转发 1），2 个来源、2 位发布者，discuz 1、weibo 1" in answer.text
    assert "转发（相似 98%）" in answer.text
    assert 'href="javascript' not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("query", ["", "?token=", "?token=abc", "of another case"])
def test_a_guessed_number_shows_nothing(web: tuple[str, dict[str, Any]], query: str) -> None:
    if query == "of another case":
        query = "?token=" + LINKS.case(8).split("=", 1)[1]
    answer = httpx.get(f"{web[0]}/cases/7{query}")
    assert answer.status_code == 403
    assert "刹车" not in answer.text


def test_a_link_to_no_case_says_so(web: tuple[str, dict[str, Any]]) -> None:
    assert httpx.get(web[0] + path(9)).status_code == 404


def test_an_old_link_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = URLSafeTimedSerializer("secret", salt="case-page")
    token = signer.dumps(7)
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 4_000_000_000)
    assert LINKS.opens(token, 7) == "expired"


def test_without_a_public_address_there_is_no_link() -> None:
    assert Links("", "secret").case(7) == ""


def test_links_of_another_key_do_not_open() -> None:
    token = Links("https://x.example", "other").case(7).split("=", 1)[1]
    assert LINKS.opens(token, 7) == "invalid"


def test_a_token_opens_as_it_was_written_only() -> None:
    """Four last letters mean the same twenty bytes, and a decoder passes over what is no letter."""
    letters = string.ascii_letters + string.digits + "-_"
    for number in range(8):
        token = LINKS.token(number)
        assert LINKS.opens(token, number) == ""
        altered = [token[:-1] + letter for letter in letters if letter != token[-1]]
        altered += [token + "=", token + "==", token[:-1] + "!" + token[-1], token + "\u0441", token[:-1]]
        altered += [token[:at] + token[at].swapcase() + token[at + 1 :] for at in range(len(token))]
        opened = [each for each in altered if each != token and LINKS.opens(each, number) != "invalid"]
        assert opened == []


def test_a_taken_port_needs_the_operator() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        pages = Pages(health=dict, metrics=bytes, case=lambda number, asked: None, act=lambda *asked: "")
        with pytest.raises(NeedsOperator, match=r"\[web\] port"):
            WebServer(application(pages, LINKS), "127.0.0.1", taken.getsockname()[1])
