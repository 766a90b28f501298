"""The article on a page: its words by trafilatura, its author and time by what news sites write in their heads.

trafilatura knows the day but not the hour, and takes an author of one word (most Chinese names) for none; so both are
looked for here first: JSON-LD (https://schema.org/NewsArticle), meta tags, and the line below the headline.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import trafilatura
from lxml import etree  # type: ignore[import-untyped]
from parsel import Selector

__all__ = ["Article", "read_article"]

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs each page that is no article as an error

LONGEST = 2_000_000
"""Characters of a page that are read; the longest articles have some 100,000."""


class Article(NamedTuple):
    """``text`` is "" where the page holds no article; ``written`` is the time as the page has it, for ``read_date``."""

    title: str
    author: str
    text: str
    written: str


def read_article(markup: str, url: str) -> Article:
    """The article of a page; empty fields where there is none. Never raises."""
    page = markup[:LONGEST]
    with suppress(Exception):  # a page can break any of the many parsers below it; then it holds nothing for us
        found = trafilatura.bare_extraction(
            page, url=url, with_metadata=True, include_comments=False, prune_xpath=_COMMENTS
        )
        if found is not None and not isinstance(found, dict):
            return _article(Selector(text=page), found)
    return Article("", "", "", "")


def _article(page: Selector, found: Any) -> Article:
    text = (found.text or "").strip()
    stated = _stated(page)
    title = _words(stated.get("headline")) or _meta(page, _TITLES) or (found.title or "")
    written = _words(stated.get("datePublished")) or _meta(page, _DATES) or _near(page, found.date or "")
    author = (
        _name(stated.get("author")) or _meta(page, _AUTHORS) or _marked(page) or _byline(page) or (found.author or "")
    )
    return Article(" ".join(title.split()), author.strip()[:100], text, written)


_TITLES = ("og:title",)
_DATES = ("article:published_time", "datepublished", "pubdate", "publishdate", "publish-date", "og:release_date")
_AUTHORS = ("author", "article:author", "byl", "weibo:article:author")
_KINDS = frozenset({"Article", "NewsArticle", "BlogPosting", "Report", "ReportageNewsArticle", "TechArticle"})
_BYLINE = re.compile(r"(?:作者|记者|撰文|文)\s*[:：/]\s*([^\s|:：/，,。;；()（）]{1,20})")
_SOURCE = re.compile(r"来源\s*[:：]\s*([^\s|:：/，,。;；()（）]{1,30})")
_COMMENTS = (
    "//*[@id='comments' or @id='respond' or @id='disqus_thread' or contains(@class, 'comment-list')"
    " or contains(@class, 'commentlist') or contains(@class, 'comments-area') or contains(@class, 'wp-block-comments')]"
)
"""What readers said below a short article, which is easily taken for it."""

_MARKED = (
    "//*[(@rel='author' or @itemprop='author' or contains(@class, 'author')) and not(.//*[contains(@class, 'author')])"
    " and not(ancestor-or-self::*[contains(@class, 'comment') or contains(@id, 'comment')])]"
)
_BODY = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)


def _stated(page: Selector) -> Mapping[str, Any]:
    """The first JSON-LD record of an article."""
    for text in page.xpath("//script[@type='application/ld+json']/text()").getall()[:10]:
        with suppress(ValueError, RecursionError):
            for record in _records(json.loads(text.strip())):
                kind = record.get("@type")
                if _KINDS & set(kind if isinstance(kind, list) else [kind]):
                    return record
    return {}


def _records(found: object) -> Iterator[Mapping[str, Any]]:
    """JSON-LD is a record, a list of them, or a graph."""
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Mapping):
            yield one
            graph = one.get("@graph")
            yield from (node for node in graph if isinstance(node, Mapping)) if isinstance(graph, list) else ()


def _words(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _name(value: object) -> str:
    """An author in JSON-LD: a name, a record with one, or a list of either."""
    if isinstance(value, list):
        return "、".join(name for name in map(_name, value[:5]) if name)
    return _words(value.get("name")) if isinstance(value, Mapping) else _words(value)


def _meta(page: Selector, names: tuple[str, ...]) -> str:
    """The first of these meta tags (name, property or itemprop) that says something, and no address."""
    tags: dict[str, str] = {}
    for tag in page.xpath("//meta[@content]"):
        attributes = tag.attrib
        for key in ("name", "property", "itemprop"):
            tags.setdefault(attributes.get(key, "").lower(), attributes["content"].strip())
    return next((text for name in names if (text := tags.get(name, "")) and not text.startswith("http")), "")


def _marked(page: Selector) -> str:
    """What the page's markup calls its author, outside of the comments below it."""
    for found in page.xpath(_MARKED)[:5]:
        name = " ".join(" ".join(found.xpath(".//text()").getall()).split())
        stated = _BYLINE.search(name)
        name = stated.group(1) if stated else name
        if 0 < len(name) <= 30:
            return name
    return ""


def _visible(page: Selector) -> str:
    """The page's beginning as one line, without scripts."""
    body = page.root.find("body") if isinstance(page.root, etree._Element) else None
    text = etree.tostring(body, encoding="unicode", method="html") if body is not None else ""
    return " ".join(re.sub(r"<[^>]*>", " ", _BODY.sub(" ", text)).split())[:20_000]


def _byline(page: Selector) -> str:
    """The author in the line below a headline, else the paper that it names as its source."""
    head = _visible(page)[:5000]
    found = _BYLINE.search(head) or _SOURCE.search(head)
    return found.group(1) if found else ""


def _near(page: Selector, day: str) -> str:
    """The time of that day (YYYY-MM-DD) as the page marks or shows it with hour and minute, else the day."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        return day
    exact = page.xpath("//time[starts-with(@datetime, $day)]/@datetime", day=f"{day}T").get()
    if exact:
        return exact
    year, month, date = (int(part) for part in day.split("-"))
    shown = rf"{year}\s*[-年/.]\s*0?{month}\s*[-月/.]\s*0?{date}\s*日?[\sT]*\d{{1,2}}:\d\d(?::\d\d)?"
    found = re.search(shown, _visible(page))
    return found.group(0) if found else day
