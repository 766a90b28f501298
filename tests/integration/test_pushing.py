"""Mentions pushed over real HTTP to the daemon's own web server, and what is refused."""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import func, select

from listener.bootstrap import Listener
from listener.intake.pushed import LARGEST_BODY
from listener.intake.signatures import signature
from listener.loading import Environment
from listener.model import Outcome
from listener.receiving import Limiter
from listener.starter import Answers, write
from listener.store import crawls
from listener.store.tables import AlertRow, MentionRow, RawMentionRow
from listener.web.app import application
from listener.web.server import WebServer

KEY, OLD_KEY = os.urandom(32), os.urandom(24)
SOURCE = 'name = "crm"\nplatform = "webhook"\nsecret = "CRM"\nper_minute = 60\nquiet_after = "24h"\nevery = "30m"\n'


def written(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


@dataclass
class Push:
    """A sender: what it sends is signed unless told otherwise."""

    address: str
    listener: Listener

    def __call__(
        self, body: object, *, name: str = "msg_1", key: bytes = KEY, age: float = 0, **headers: str
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        at = int(time.time() - age)
        given = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(key, name, at, content),
        }
        given |= {header.replace("_", "-"): value for header, value in headers.items()}
        return httpx.post(f"{self.address}/intake/crm", content=content, headers=given, trust_env=False, timeout=30)

    def stored(self) -> int:
        with self.listener.database.read() as session:
            return session.exec(select(func.count()).select_from(RawMentionRow)).one()


def mention(number: int = 1, **more: object) -> dict[str, object]:
    return {"id": f"C-{number}", "text": f"晨曜 S7 刹车异响，第 {number} 次投诉", **more}


def batch(*numbers: int) -> dict[str, object]:
    return {"mentions": [mention(number) for number in numbers]}


def made(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setenv("LISTENER_SECRET_CRM", f"{written(KEY)} {written(OLD_KEY)}")
    answers = Answers(company="晨曜", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com")
    write(tmp_path, answers)
    (tmp_path / "config" / "sources" / "crm.toml").write_text(SOURCE, encoding="utf-8")
    return Listener.from_folder(tmp_path / "config", environment=Environment(database_url=url))


def served(listener: Listener) -> Iterator[Push]:
    with listener.database.read():
        pass  # the tables are there before requests come at once
    server = WebServer(application(listener.pages(), listener.links), "127.0.0.1", 0)
    server.start()
    yield Push(f"http://127.0.0.1:{server.port}", listener)
    server.close()
    listener.database.close()


@pytest.fixture
def push(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Push]:
    yield from served(made(tmp_path, sqlite_url, monkeypatch))


@pytest.fixture
def push_on_both(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Push]:
    yield from served(made(tmp_path, database_url, monkeypatch))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


def test_what_is_pushed_is_committed_and_worked_through(push_on_both: Push) -> None:
    push = push_on_both
    full = mention(
        7,
        title="刹车",
        url="https://crm.example.com/7",
        platform="douyin_laike",
        author={"id": "u1", "name": "老王"},
        published_at="2026-11-28T10:00:00+08:00",
        metrics={"likes": 3},
        fields={"rating": "1"},
    )
    answer = push({"mentions": [full]})
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "new": 1, "known": 0, "repeated": False})
    assert push.stored() == 1
    push.listener.process()
    with push.listener.database.read() as session:
        said = session.exec(select(MentionRow)).one()
        state = crawls.state_of(session, "crm")
    assert (said.platform, said.site, said.native_id) == ("douyin_laike", "crm", "C-7")
    assert (said.author_id, said.author_name, said.origin) == ("u1", "老王", "intake")
    assert (said.metrics, said.fields) == ({"likes": 3}, {"rating": "1"})
    assert said.published_at is not None and said.published_at.isoformat() == "2026-11-28T02:00:00+00:00"
    assert state.outcome is Outcome.OK
    (row,) = [each for each in push.listener.source_rows("zh") if each["name"] == "crm"]
    assert row["outcome_code"] == "ok"


def test_the_same_id_again_gets_the_same_answer(push: Push) -> None:
    first, again = push(batch(1, 2)), push(batch(1, 2))
    assert again.json() == {**first.json(), "repeated": True}
    assert push.stored() == 2


def test_the_same_id_with_another_body_is_a_conflict(push: Push) -> None:
    push(batch(1))
    assert code(push(batch(2))) == (409, "id_reused")
    assert push.stored() == 1


def test_the_same_mentions_under_another_id_are_known(push: Push) -> None:
    push(batch(1, 2))
    answer = push(batch(2, 3, 3), name="msg_2").json()
    assert (answer["accepted"], answer["new"], answer["known"]) == (3, 1, 2)
    assert push.stored() == 3


@pytest.mark.parametrize("age", [301, -600, 86_400])
def test_an_old_or_early_timestamp_is_refused(push: Push, age: float) -> None:
    assert code(push(batch(1), age=age)) == (401, "bad_timestamp")
    assert push.stored() == 0


def test_a_timestamp_within_five_minutes_is_taken(push: Push) -> None:
    """To the second in ``test_signatures.py``, where the clock is given: here it goes on between signing and asking."""
    assert push(batch(1), age=240).status_code == 200
    assert push(batch(1), name="msg_2", age=-299).status_code == 200


def test_signatures_that_are_wrong(push: Push) -> None:
    assert code(push(batch(1), key=os.urandom(32))) == (401, "bad_signature")
    assert code(push(batch(1), webhook_signature="v1,AAAA v2,BBBB x")) == (401, "bad_signature")
    assert code(push(batch(1), webhook_signature="")) == (400, "missing_header")
    assert code(push(batch(1), webhook_id="a b")) == (400, "missing_header")
    assert code(push(batch(1), webhook_timestamp="now")) == (401, "bad_timestamp")
    assert code(push(batch(1), webhook_id="msg_other")) == (401, "bad_signature"), "the id is signed too"
    assert push.stored() == 0


def test_several_signatures_and_a_key_that_is_being_changed(push: Push) -> None:
    assert push(batch(1), key=OLD_KEY).status_code == 200
    content, at = json.dumps(batch(2)).encode(), int(time.time())
    right = signature(KEY, "msg_2", at, content)
    several = f"{signature(os.urandom(32), 'msg_2', at, content)} v1a,abc {right}"
    answer = push(content, name="msg_2", webhook_timestamp=str(at), webhook_signature=several)
    assert answer.status_code == 200


def test_bodies_that_are_not_taken(push: Push) -> None:
    assert code(push(b"{")) == (400, "not_json")
    assert code(push(json.dumps(batch(1), ensure_ascii=False).encode("gb18030"))) == (400, "not_utf8")
    assert code(push(batch(1), content_type="application/json; charset=gbk")) == (415, "not_utf8")
    assert code(push(batch(1), content_type="text/plain")) == (415, "not_json")
    assert code(push(batch(1), content_encoding="gzip")) == (415, "compressed")
    assert code(push({"mentions": [mention(n) for n in range(1001)]})) == (422, "not_as_described")
    refused = push({"mentions": [mention(1), {"id": "2", "text": "", "publishd_at": "x", "fields": {"remark": "y"}}]})
    assert code(refused) == (422, "not_as_described")
    places = {detail["at"] for detail in refused.json()["error"]["details"]}
    assert places == {"mentions[1].text", "mentions[1].publishd_at", "mentions[1].fields"}
    assert push.stored() == 0, "one bad mention and none is taken: the sender can send it again"
    assert push(batch(1)).status_code == 200, "an id that was refused is free"


def test_a_huge_body_is_refused_before_it_is_read(push: Push) -> None:
    assert code(push(b" " * (LARGEST_BODY + 1))) == (413, "too_large")
    with closing(socket.create_connection(("127.0.0.1", httpx.URL(push.address).port or 0), timeout=60)) as raw:
        head = "POST /intake/crm HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999999999"
        raw.sendall(f"{head}\r\n\r\n".encode())
        assert b"413" in raw.recv(1000).split(b"\r\n")[0]


def test_half_a_body_leaves_nothing(push: Push) -> None:
    content, at = json.dumps(batch(1)).encode(), int(time.time())
    lines = [
        "POST /intake/crm HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(content)}",
        "webhook-id: msg_1", f"webhook-timestamp: {at}", f"webhook-signature: {signature(KEY, 'msg_1', at, content)}",
    ]  # fmt: skip
    with closing(socket.create_connection(("127.0.0.1", httpx.URL(push.address).port or 0), timeout=60)) as raw:
        raw.sendall("\r\n".join([*lines, "", ""]).encode() + content[: len(content) // 2])
        raw.shutdown(socket.SHUT_WR)
        raw.recv(1000)
    assert push.stored() == 0
    assert push(batch(1)).json()["new"] == 1, "and the whole one is taken"


def test_another_source_or_method_is_none(push: Push) -> None:
    with httpx.Client(base_url=push.address, trust_env=False) as client:
        assert client.post("/intake/other", json={}).status_code == 404
        assert client.post("/intake/news", json={}).status_code == 404
        assert client.get("/intake/crm").status_code == 405
    push.listener.pause_source("crm", True)
    assert code(push(batch(1))) == (503, "paused")


def test_too_many_requests_are_told_when_to_come_again(push: Push) -> None:
    vars(push.listener)["_limiter"] = Limiter(clock=lambda: 0.0)  # one that fills while they come may take them all
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: push(batch(number), name=f"m{number}"), range(66)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.headers["retry-after"] for answer in refused] == 6 * ["2"]
    assert push.stored() == sum(answer.status_code == 200 for answer in answers) == 60


def test_a_bucket_fills_evenly() -> None:
    now = [0.0]
    limiter = Limiter(clock=lambda: now[0])
    assert [limiter.wait("a", 2) for _ in range(3)] == [0.0, 0.0, 30.0]
    assert limiter.wait("b", 2) == 0.0
    now[0] = 30.0
    assert limiter.wait("a", 2) == 0.0


def test_the_same_push_at_once_is_taken_once(push_on_both: Push) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: push_on_both(batch(1, 2, 3)), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(not answer.json()["repeated"] for answer in answers) == 1
    assert push_on_both.stored() == 3


def test_different_pushes_of_the_same_mentions_at_once(push_on_both: Push) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: push_on_both(batch(1, 2), name=f"m{number}"), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["new"] for answer in answers) == 2
    assert push_on_both.stored() == 2


def test_a_sender_that_falls_silent_is_told_of_once(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = push.listener
    assert listener.crawl("crm").outcome is Outcome.EMPTY, "the wait begins"
    start = listener.now()
    monkeypatch.setattr(Listener, "now", lambda self: start + timedelta(hours=25))
    for _ in range(2):
        report = listener.crawl("crm")
        assert (report.outcome, "没有推送" in report.detail) == (Outcome.SUSPECT, True)
    monkeypatch.undo()
    monkeypatch.setenv("LISTENER_SECRET_CRM", written(KEY))
    assert push(batch(1)).status_code == 200
    with listener.database.read() as session:
        kinds = [row.kind for row in session.exec(select(AlertRow).order_by(AlertRow.id))]  # type: ignore[arg-type]
    assert kinds == ["source_bad", "source_recovered"]


def test_the_key_has_to_be_one(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = made(tmp_path, sqlite_url, monkeypatch)
    monkeypatch.setenv("LISTENER_SECRET_CRM", "whsec_short")
    listener.reload()
    taken = listener.take_push("crm", {}, b"")
    facts: Any = taken.facts
    assert (taken.status, facts["error"]["code"]) == (503, "no_key")
    listener.database.close()
