"""Outcomes, encodings, robots.txt and the registry of platforms."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from listener.language import speaking
from listener.model import Outcome
from listener.settings import SourceSettings
from listener.spiders.decode import decode
from listener.spiders.failures import failure_kind
from listener.spiders.outcomes import Happened, failure, outcome, wall, wall_at
from listener.spiders.registry import check_parameters, platforms
from listener.spiders.robots import Robots
from tests.factories import NOW


@pytest.mark.parametrize(
    ("happened", "wanted"),
    [
        (Happened(statuses=Counter({200: 3}), captures=5, read=3), Outcome.OK),
        (Happened(statuses=Counter({304: 1}), read=1), Outcome.OK),
        (Happened(statuses=Counter({200: 1}), read=1), Outcome.EMPTY),
        (Happened(statuses=Counter({403: 1})), Outcome.BLOCKED),
        (Happened(statuses=Counter({412: 1})), Outcome.BLOCKED),
        (Happened(statuses=Counter({418: 1})), Outcome.BLOCKED),
        (Happened(statuses=Counter({429: 2, 200: 9}), captures=80, read=9), Outcome.BLOCKED),
        (Happened(statuses=Counter({432: 1})), Outcome.BLOCKED),
        (Happened(statuses=Counter({451: 1})), Outcome.BLOCKED),
        (Happened(statuses=Counter({401: 1})), Outcome.LOGIN_EXPIRED),
        (Happened(statuses=Counter({500: 1})), Outcome.UNREACHABLE),
        (Happened(statuses=Counter({404: 1})), Outcome.UNREACHABLE),
        (Happened(failures=Counter({"dns": 1})), Outcome.UNREACHABLE),
        (Happened(statuses=Counter({200: 1}), broken=["改版"]), Outcome.PARSER_BROKE),
        (Happened(statuses=Counter({200: 1}), broken=["x"], walls=[Outcome.BLOCKED]), Outcome.BLOCKED),
        (Happened(denied=["robots.txt 不允许采集"]), Outcome.ROBOTS_DENIED),
        (Happened(denied=["不允许"], statuses=Counter({200: 3}), captures=5, read=3), Outcome.ROBOTS_DENIED),
        (Happened(skipped=["不允许"], statuses=Counter({200: 1}), read=1), Outcome.ROBOTS_DENIED),
        (Happened(skipped=["不允许"], statuses=Counter({200: 3}), captures=5, read=3), Outcome.OK),
        (Happened(statuses=Counter({200: 3, 404: 1}), captures=5, read=3), Outcome.UNREACHABLE),
        (Happened(failures=Counter({"timeout": 3, "forbidden": 1})), Outcome.UNREACHABLE),
        (Happened(statuses=Counter({200: 2}), captures=5, read=2, left=7), Outcome.OK),
    ],
)
def test_what_happened_decides(happened: Happened, wanted: Outcome) -> None:
    found, detail = outcome(happened)
    assert found is wanted
    assert "\n" not in detail
    assert bool(detail) or found is Outcome.OK


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://passport.weibo.com/visitor/visitor?entry=miniblog", Outcome.LOGIN_EXPIRED),
        ("https://a.example/user/login.php?back=1", Outcome.LOGIN_EXPIRED),
        ("https://wappass.baidu.com/static/captcha/tuxing.html?ak=1", Outcome.BLOCKED),
        ("https://a.example/captcha", Outcome.BLOCKED),
        ("https://blog.example/how-to-login", None),
        ("https://blog.example/2026/login-is-broken.html", None),
        ("https://blog.example/x?next=/login/", None),
        ("https://blog.example/what-a-captcha-is/", None),
    ],
)
def test_an_address_that_one_is_sent_to_may_say_what_it_is(url: str, found: Outcome | None) -> None:
    assert wall_at(url) is found


def test_walls_are_seen() -> None:
    login = '<html><title>用户登录</title><form><input type="password"></form></html>'
    assert wall(login) is Outcome.LOGIN_EXPIRED
    assert wall("<html>请完成安全验证后继续</html>") is Outcome.BLOCKED
    assert wall("<html>论坛首页</html>") is None
    form = '<form><input type="password"></form>'
    assert wall(form, "https://passport.example/x") is Outcome.LOGIN_EXPIRED
    assert wall(form, "https://a.example/member.php?mod=login") is Outcome.LOGIN_EXPIRED
    assert wall(form, "https://a.example/forum.php") is None


def test_the_line_is_in_the_language_chosen_and_names_the_gravest_thing() -> None:
    happened = Happened(failures=Counter({"timeout": 3, "forbidden": 1}))
    assert outcome(happened)[1] == "地址不是公网地址，已拒绝连接（1 次）"
    with speaking("en"):
        assert outcome(happened)[1] == "not a public address; the connection was refused (1 times)"
        assert outcome(Happened(statuses=Counter({200: 1}), captures=1, read=1, left=2))[1].startswith("2 more pages")


def test_an_unknown_kind_of_failure_is_said_as_it_is() -> None:
    assert failure("strange") == "strange"


class TimeoutError_(Exception):
    reasons = (ValueError("x"), OSError("10.0.0.1:80 is not a public address"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError("took too long"), "timeout"),
        (ConnectionRefusedError("Connection was refused"), "refused"),
        (TimeoutError_(), "forbidden"),
        (Exception("exceeded DOWNLOAD_MAXSIZE (5 B) during decompression"), "too_large"),
        (Exception("certificate verify failed"), "tls"),
        (Exception("something new"), "lost"),
    ],
)
def test_an_exception_has_a_kind(error: Exception, kind: str) -> None:
    assert failure_kind(error) == kind


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("刹车失灵".encode(), "text/html; charset=utf-8", "刹车失灵"),
        ("刹车失灵".encode("gbk"), "text/html; charset=utf-8", "刹车失灵"),
        ("刹车失灵".encode("gbk"), "text/html; charset=gb2312", "刹车失灵"),
        (b'<meta charset="gbk">' + "镕".encode("gb18030"), "", '<meta charset="gbk">镕'),
        ("\ufeff刹车".encode(), "", "刹车"),
        ("刹车".encode("utf-16"), "", "刹车"),
        ("刹车".encode(), "text/html; charset=klingon", "刹车"),
        (b"", "", ""),
    ],
)
def test_pages_that_lie_about_their_encoding(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text


def test_a_page_cut_inside_a_character_is_read() -> None:
    assert decode("刹车失灵".encode() * 50 + "灵".encode()[:2], "charset=utf-8").startswith("刹车失灵")


def robots(**saved: object) -> Robots:
    return Robots("ListenerBot", NOW, saved)


def test_robots_rules_by_the_letter() -> None:
    rules = robots()
    assert not rules.known("http://a.example/x")
    rules.answered("http://a.example/x", 200, "User-agent: *\nDisallow: /private\nAllow: /private/open\n")
    assert rules.why_not("http://a.example/private") != ""
    assert rules.why_not("http://a.example/private/open") == ""
    assert rules.why_not("http://a.example/other") == ""


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (410, True), (500, False), (503, False)])
def test_no_rules_allow_and_no_answer_forbids(status: int, allowed: bool) -> None:
    rules = robots()
    rules.answered("http://a.example/", status, "nonsense")
    assert (rules.why_not("http://a.example/x") == "") is allowed


def test_a_silent_host_is_not_fetched_and_not_remembered() -> None:
    rules = robots()
    rules.silent("http://a.example/x")
    assert rules.why_not("http://a.example/x") != ""
    assert rules.state() == {}


def test_rules_that_were_asked_for_again_are_kept_again() -> None:
    """What is a day old is replaced, or each later crawl would ask anew."""
    rules = robots()
    rules.answered("http://a.example/", 200, "User-agent: *\nDisallow: /\n")
    tomorrow = Robots("ListenerBot", NOW + timedelta(hours=25), rules.state())
    assert not tomorrow.known("http://a.example/y")
    tomorrow.answered("http://a.example/y", 200, "User-agent: *\nAllow: /\n")
    later = Robots("ListenerBot", NOW + timedelta(hours=30), tomorrow.state())
    assert later.known("http://a.example/y")
    assert later.why_not("http://a.example/y") == ""


def test_only_the_rules_that_were_used_are_kept() -> None:
    rules = robots()
    rules.answered("http://old.example/", 404, "")
    rules.answered("http://long.example/", 200, "# " + "x" * 100_000)
    later = Robots("ListenerBot", NOW, rules.state())
    assert later.known("http://old.example/z")
    assert not later.known("http://long.example/z")
    assert Robots("ListenerBot", NOW, rules.state()).state() == {}


@pytest.mark.parametrize("kept", [{}, {"text": "x"}, {"text": "x", "at": "soon"}, {"at": None, "text": ""}, "x"])
def test_a_saved_rule_that_makes_no_sense_is_asked_for_again(kept: object) -> None:
    assert not Robots("ListenerBot", NOW, {"http://a.example/robots.txt": kept}).known("http://a.example/")


def test_rules_are_kept_for_a_day() -> None:
    rules = robots()
    rules.answered("http://a.example/", 200, "User-agent: *\nDisallow: /\n")
    kept = rules.state()
    assert Robots("ListenerBot", NOW + timedelta(hours=23), kept).known("http://a.example/y")
    assert not Robots("ListenerBot", NOW + timedelta(hours=25), kept).known("http://a.example/y")


def test_platforms_are_found_by_walking_the_folder() -> None:
    assert {"feed", "discuz"} <= set(platforms())


@pytest.mark.parametrize(
    ("facts", "key", "mend"),
    [
        ({"platform": "discus", "url": "http://a.example/"}, "platform", "discuz"),
        ({"platform": "feed"}, "url", "https://"),
        ({"platform": "discuz", "url": "http://a.example/", "forum": [2]}, "forum", "forums"),
        ({"platform": "discuz", "url": "http://a.example/", "forums": ["two"]}, "forums.0", ""),
        ({"platform": "discuz", "url": "http://a.example/"}, "forums", "forums"),
    ],
)
def test_a_sources_own_keys_are_checked(facts: dict[str, object], key: str, mend: str) -> None:
    found = check_parameters(SourceSettings.model_validate({"name": "s", **facts}))
    assert [(mistake.key, mend in mistake.mend) for mistake in found if mistake.key == key] == [(key, True)]


def test_a_good_source_has_no_mistakes() -> None:
    facts = {"name": "s", "platform": "discuz", "url": "http://a.example/", "forums": [2, 3]}
    assert check_parameters(SourceSettings.model_validate(facts)) == []
