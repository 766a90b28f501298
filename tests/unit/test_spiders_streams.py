"""Listening to streams that hang, trickle, lie, break off or never end: it ends in its time, and keeps what came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from twisted.internet.error import DNSLookupError
from websockets.exceptions import ConnectionClosedError

from listener.settings import SourceSettings
from listener.spiders import guard, streams
from listener.spiders.base import ENDED
from listener.spiders.failures import failure_kind
from listener.spiders.registry import check_parameters
from listener.spiders.robots import robots_url
from listener.spiders.streams import Heard, StreamTimeout
from tests.factories import NOW
from tests.stream_server import Jetstream, serving

SECOND = timedelta(seconds=1)


@pytest.fixture
def site() -> Iterator[Jetstream]:
    with serving(Jetstream()) as stream:
        stream.say("1", "刹车失灵", NOW - 9 * SECOND)
        stream.say("2", "没人管\n三次了", NOW - 8 * SECOND)
        yield stream


def listen(site: Jetstream, seconds: float = 0.3, **how: bool) -> Heard:
    return streams.listen(f"{site.url}?cursor=0", seconds=seconds, agent="ListenerBot/0.1", headers={}, **how)


def test_what_is_said_comes_a_line_each(site: Jetstream) -> None:
    heard = listen(site, seconds=2)
    assert heard.body.decode().split("\n") == site.log
    assert (heard.status, heard.headers[ENDED]) == (200, "time")


def test_who_listens_says_so_and_offers_no_compression(site: Jetstream) -> None:
    site.way = "cut"
    listen(site, seconds=20)
    ((_, headers),) = site.asked
    assert headers["User-Agent"] == "ListenerBot/0.1"
    assert "Sec-WebSocket-Extensions" not in headers


@pytest.mark.parametrize("way", ["hang", "trickle"])
def test_a_stream_without_a_whole_message_times_out(site: Jetstream, way: str) -> None:
    site.way = way
    with pytest.raises(StreamTimeout) as caught:  # the server has all the time of the test
        listen(site)
    assert failure_kind(caught.value) == "timeout"


def test_silence_of_a_few_authors_is_an_answer(site: Jetstream) -> None:
    site.way = "hang"
    assert listen(site, seconds=2, quiet=True).body == b""


@pytest.mark.parametrize(("way", "kind"), [("broken", "lost"), ("bomb", "too_large")])
def test_what_is_no_stream_is_named(site: Jetstream, way: str, kind: str) -> None:
    site.way = way
    with pytest.raises(ConnectionClosedError) as caught:
        listen(site, seconds=20)
    assert failure_kind(caught.value) == kind


def test_what_came_before_a_cut_is_kept(site: Jetstream) -> None:
    site.way = "cut"
    heard = listen(site, seconds=20)
    assert (len(heard.body.split(b"\n")), heard.headers[ENDED]) == (2, "closed")


def test_an_endless_stream_is_left_when_it_is_enough(site: Jetstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGEST_BODY", 50_000)
    site.way = "endless"
    heard = listen(site, seconds=20)
    assert 50_000 <= len(heard.body) < 60_000
    assert heard.headers[ENDED] == "full"


@pytest.mark.parametrize("status", [302, 401, 429, 503])
def test_a_refused_handshake_is_an_answer_with_its_status(site: Jetstream, status: int) -> None:
    site.answers["/subscribe"] = (status, "no", {"Location": "ws://10.0.0.1/", "Retry-After": "60"})
    heard = listen(site, seconds=20)
    assert (heard.status, heard.headers["Retry-After"], heard.body) == (status, "60", b"")
    assert len(site.asked) == 1  # nothing was followed


def test_a_host_that_does_not_exist_is_named() -> None:
    with pytest.raises(DNSLookupError):
        streams.listen("ws://no-such-host.invalid/", seconds=2, agent="x", headers={})


def test_robots_txt_of_a_stream_is_that_of_its_host() -> None:
    assert robots_url("wss://jetstream.example/subscribe") == "https://jetstream.example/robots.txt"
    assert robots_url("ws://127.0.0.1:8080/subscribe?x") == "http://127.0.0.1:8080/robots.txt"


def test_only_platforms_that_listen_open_streams() -> None:
    both = frozenset({"http", "https", "ws", "wss"})
    assert guard.screen("wss://jetstream.example/subscribe", frozenset()) == "address"
    assert guard.screen("wss://jetstream.example/subscribe", frozenset(), schemes=both) == ""
    assert guard.screen("wss://0x7f000001/subscribe", frozenset(), schemes=both) == "forbidden"
    assert guard.screen("wss://169.254.169.254/", frozenset({("169.254.169.254", 443)}), schemes=both) == "forbidden"


def test_a_feed_behind_a_stream_is_a_mistake_in_its_file() -> None:
    facts = {"name": "s", "platform": "feed", "url": "wss://a.example/"}
    (mistake,) = check_parameters(SourceSettings.model_validate(facts))
    assert (mistake.key, mistake.mend) == ("url", "http://, https://")
