"""What is kept of hosts, and what is read from their headers and rules."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from listener.spiders.hosts import Hosts, forget_old, host_of, retry_after
from listener.spiders.outcomes import Happened, outcome
from listener.spiders.robots import LONGEST_DELAY, Robots
from tests.factories import NOW

URL = "https://A.example:443/x"


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 5 ", timedelta(seconds=5)),
        ("0", None),
        ("-5", None),
        ("1e9", None),
        ("9" * 30, timedelta(days=1)),
        ("٣٠", None),
        (format_datetime(NOW + timedelta(hours=2)), timedelta(hours=2)),
        (format_datetime(NOW + timedelta(days=400)), timedelta(days=1)),
        (format_datetime(NOW - timedelta(hours=2)), None),
        ("soon", None),
        ("", None),
    ],
)
def test_what_a_retry_after_means(text: str, wait: timedelta | None) -> None:
    until = retry_after(text, NOW)
    assert (until - NOW if until else None) == wait


def test_a_host_is_one_for_all_its_addresses() -> None:
    assert host_of("http://user:x@A.example:80/p") == host_of("wss://a.example:80/q") == "a.example:80"


@pytest.mark.parametrize("folder", [True, False])
def test_waits_end_by_themselves(tmp_path: Path, folder: bool) -> None:
    now: list[datetime] = [NOW]
    hosts = Hosts(tmp_path if folder else None, lambda: now[0])
    assert hosts.waits_until(URL) is None
    hosts.told_to_wait(URL, NOW + timedelta(hours=1))
    assert hosts.waits_until("https://a.example:443/other") == NOW + timedelta(hours=1)
    now[0] = NOW + timedelta(hours=1)
    assert hosts.waits_until(URL) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"next": "x", "wait": 5, "robots": 7}', '{"next": 9e99}', "\0" * 10])
def test_a_broken_file_counts_as_new(tmp_path: Path, text: str) -> None:
    hosts = Hosts(tmp_path, lambda: NOW)
    hosts.reserve(URL, 1.0, 5.0)
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert hosts.waits_until(URL) is None
    assert hosts.robots("https://a.example:443/robots.txt") is None
    assert hosts.reserve(URL, 1.0, 5.0) == 0.0


def test_what_nobody_asks_for_is_forgotten(tmp_path: Path) -> None:
    Hosts(tmp_path, lambda: NOW).reserve(URL, 1.0, 5.0)
    (file,) = tmp_path.iterdir()
    at = file.stat().st_mtime
    assert forget_old(tmp_path, at + 3600) == 0
    os.utime(file, (at - 3 * 86400, at - 3 * 86400))
    assert (forget_old(tmp_path, at), forget_old(tmp_path / "none", at)) == (1, 0)


@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        ("User-agent: *\nCrawl-delay: 5", 5.0),
        ("User-agent: ListenerBot\nCrawl-delay: 2.5\n\nUser-agent: *\nCrawl-delay: 50", 2.5),
        ("User-agent: *\nRequest-rate: 1/10", 10.0),
        ("User-agent: *\nCrawl-delay: 86400", LONGEST_DELAY),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: *\nCrawl-delay: -5", 0.0),
        ("User-agent: *\nDisallow: /", 0.0),
        ("", 0.0),
    ],
)
def test_the_delay_that_rules_ask_for(rules: str, seconds: float) -> None:
    robots = Robots("ListenerBot", NOW)
    robots.answered(URL, 200, rules)
    assert robots.delay(URL) == seconds


@pytest.mark.parametrize("status", [500, 503, 429, 599])
def test_rules_that_cannot_be_read_are_asked_for_again_and_kept_nowhere(tmp_path: Path, status: int) -> None:
    hosts = Hosts(tmp_path, lambda: NOW)
    robots = Robots("ListenerBot", NOW, hosts=hosts)
    robots.answered(URL, status, "User-agent: *\nAllow: /")
    assert robots.why_not(URL)
    assert not Robots("ListenerBot", NOW, hosts=hosts).known(URL)


def test_rules_are_shared_for_a_day(tmp_path: Path) -> None:
    hosts = Hosts(tmp_path, lambda: NOW)
    Robots("ListenerBot", NOW, hosts=hosts).answered(URL, 404, "")
    assert Robots("ListenerBot", NOW + timedelta(hours=23), hosts=hosts).known(URL)
    assert not Robots("ListenerBot", NOW + timedelta(hours=24), hosts=hosts).known(URL)
    assert not Robots("ListenerBot", NOW - timedelta(hours=1), hosts=hosts).known(URL), "the clock was set back"


def test_a_host_that_was_left_alone_says_so_beside_what_was_read() -> None:
    facts: dict[str, Any] = {"told_to_wait": [NOW.isoformat()], "read": 1, "captures": 1}
    found, detail = outcome(Happened(**facts))
    assert (found.value, "网站要求等到 2026-11-23 10:00" in detail) == ("ok", True)
