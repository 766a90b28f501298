"""Articles on pages, sitemaps that lie, and what a crawl of them remembers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from listener.language import speaking
from listener.spiders.article import MOST_EMPTY, ArticleSource
from listener.spiders.base import Job, Page, Revisit
from listener.spiders.sitemaps import read_sitemap
from listener.text.articles import read_article
from tests.factories import NOW

FIXTURES = Path(__file__).parents[1] / "spiders" / "article"
HOME = "https://news.example/"


def page(text: str, kind: str = "sitemap", url: str = f"{HOME}sitemap.xml", **context: Any) -> Page:
    return Page(url=url, status=200, body=text.encode(), text=text, kind=kind, context=context or {"depth": 0})


def source(state: Any = None, **parameters: Any) -> ArticleSource:
    job = Job(
        source="s", platform="article", url=f"{HOME}sitemap.xml", parameters=parameters, state=state or {}, now=NOW
    )
    return ArticleSource(job)


def sitemap(*places: tuple[str, str]) -> str:
    rows = "".join(f"<url><loc>{HOME}{name}</loc><lastmod>{lastmod}</lastmod></url>" for name, lastmod in places)
    return f"<urlset>{rows}</urlset>"


def names(found: Any) -> list[str]:
    return [fetch.url.removeprefix(HOME) for fetch in found.fetches]


def test_an_article_is_read_once_and_again_when_it_changed() -> None:
    first = source()
    assert names(first.read(page(sitemap(("a", "2026-11-22"), ("b", "2026-11-21"))))) == ["a", "b"]
    second = source(first.next_state())
    assert names(second.read(page(sitemap(("a", "2026-11-22"), ("b", "2026-11-23"), ("c", "2026-11-23"))))) == [
        "b",
        "c",
    ]
    third = source(second.next_state())
    assert names(third.read(page(sitemap(("a", "2026-11-22"), ("b", "2026-11-23"), ("c", "2026-11-23"))))) == []


def test_what_a_first_crawl_passes_over_stays_unread() -> None:
    rows = "".join(f"<url><loc>{HOME}{number}</loc></url>" for number in range(5))
    first = source(most=2)
    with speaking("en"):
        found = first.read(page(f"<urlset>{rows}</urlset>"))
    assert (len(found.fetches), found.later, found.capped) == (2, [], "2 articles a crawl; 3 more are not read")
    assert names(source(first.next_state()).read(page(f"<urlset>{rows}<url><loc>{HOME}n</loc></url></urlset>"))) == [
        "n"
    ]


def test_pages_without_articles_are_said_and_at_last_broken() -> None:
    empty = [source().read(page("<p>一</p>", "article", HOME + "x", loc=HOME + "x")) for _ in range(1)]
    assert (empty[0].broken, len(empty[0].audit)) == ("", 1)
    crawl = source()
    broken = [
        bool(crawl.read(page("<nav>一</nav>", "article", f"{HOME}{n}", loc=f"{HOME}{n}")).broken)
        for n in range(MOST_EMPTY)
    ]
    assert broken == [False] * (MOST_EMPTY - 1) + [True]


def test_a_section_page_among_articles_is_no_trouble() -> None:
    crawl = source()
    text = (FIXTURES / "article_byline" / "input.html").read_text(encoding="utf-8")
    assert len(crawl.read(page(text, "article", HOME + "a", loc=HOME + "a")).captures) == 1
    for number in range(MOST_EMPTY + 1):
        assert not crawl.read(page("<nav>一</nav>", "article", HOME, loc=f"{HOME}{number}")).broken


def test_an_article_that_is_read_again_is_the_same() -> None:
    crawl = source()
    text = (FIXTURES / "article_byline" / "input.html").read_text(encoding="utf-8")
    (before,) = crawl.read(page(text, "article", HOME + "a", loc=HOME + "a", lastmod="", title="x")).captures
    fetch = crawl.revisit(Revisit(before.native_id, before.url))
    assert fetch is not None
    (after,) = crawl.read(replace(page(text, "article", fetch.url), context=fetch.context)).captures
    assert after == before


@pytest.mark.parametrize(
    "text",
    [
        "<urlset>" + "<url><loc>https://a.example/x</loc></url>" * 60_000 + "</urlset>",
        "<urlset>" + "<a>" * 200_000 + "</urlset>",
        "<urlset><url><loc>\x00\ufffe</loc></url></urlset>",
        "<?xml version='1.0' encoding='utf-16'?><urlset><url><loc>https://a.example/x</loc></url></urlset>",
        "<sitemapindex/>",
        "",
    ],
    ids=["too many", "deep", "no characters", "says utf-16", "bare", "nothing"],
)
def test_a_strange_sitemap_ends_in_a_result(text: str) -> None:
    found = read_sitemap(page(text))
    assert len(found.places) <= 50_000
    assert all(place.loc for place in found.places)


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "\x00",
        "<" * 10_000,
        "<div>" * 100_000,
        '<script type="application/ld+json">' + "[" * 50_000 + "</script><p>x",
    ],
    ids=["nothing", "nul", "brackets", "deep", "deep json"],
)
def test_a_strange_page_holds_no_article(markup: str) -> None:
    assert len(read_article(markup, HOME).text) < 30_000


def test_the_kind_of_every_saved_page_is_known() -> None:
    kinds = {json.loads((case / "job.json").read_text(encoding="utf-8"))["kind"] for case in FIXTURES.iterdir()}
    assert kinds == {"sitemap", "robots", "article"}


def test_an_article_of_the_far_future_has_no_time() -> None:
    text = (
        (FIXTURES / "article_byline" / "input.html")
        .read_text(encoding="utf-8")
        .replace("2026年11月22日", "2027年11月22日")
    )
    (capture,) = source().read(page(text, "article", HOME + "a", loc=HOME + "a")).captures
    assert capture.published_at is None or capture.published_at <= NOW + timedelta(days=1)
