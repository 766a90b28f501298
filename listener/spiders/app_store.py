"""App Store: customer reviews of one app, country by country, newest first.

    COUNTRY/rss/customerreviews/page=N/id=APP/sortby=mostrecent/json      50 a page, pages 1 to 10

Apple shows no more than the newest 500 of a country (page 11 answers 400 "page depth is limited to 10"), so what is
older when the source is set up can not be had. Pages come back empty now and then though there are reviews: an empty
first page where there were reviews before is reported, an empty page in the middle is asked for again by later crawls.
One review alone comes as a record, not as a list of one; older answers put the app itself in the first row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from parsel import Selector
from pydantic import Field

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed
from listener.spiders.payload import (
    Fields,
    JsonPlatform,
    Row,
    Unreadable,
    decoded,
    identified,
    inner,
    moment,
    names,
    record,
    refusal,
    words,
)

DEEPEST = 10
"""Pages that Apple shows ("CustomerReviews RSS page depth is limited to 10")."""

MOST_TRIES = 3
"""Crawls that ask for an empty page in the middle, before it is believed."""

_LAST = re.compile(r"/page=(\d+)/")
_PERSON = re.compile(r"/id(\d+)")


class AppStore(JsonPlatform):
    """The reviews of one app."""

    NAME: ClassVar[str] = "app_store"
    SITE: ClassVar[str] = "apps.apple.com"
    OVERLAP: ClassVar[timedelta] = timedelta(days=3)  # a review is shown some time after it was written

    class Parameters(base.Parameters):
        """``app``: the number in the app's address (id1234567890); ``countries``: two letters each."""

        app: str = Field(pattern=r"^\d{3,15}$")
        countries: tuple[str, ...] = Field(default=("cn",), min_length=1, max_length=50)

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._had: set[str] = set(job.state.get("had") or ())

    def start(self) -> list[Fetch]:
        """The newest reviews of each country."""
        return [self._page(country.lower(), 1) for country in self.parameters.countries]

    def read(self, page: Page) -> Parsed:
        """The page's reviews; Apple answers in XML where it was asked for it."""
        try:
            if page.text.lstrip().startswith("<?xml") or "<feed" in page.text[:500]:
                return self._read(page, *_from_xml(page))
            return self.read_payload(page, decoded(page))
        except Unreadable as trouble:
            return Parsed(broken=trouble.why, wall=trouble.wall)

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """The reviews of a page in JSON."""
        whole = record(payload)
        if not isinstance(whole.get("feed"), dict):
            raise refusal(words(whole, "errorMessage", "message", "error") or say("没有 feed", "no feed"))
        return self._read(page, *_from_json(whole["feed"]))

    def next_state(self) -> dict[str, Any]:
        """Which countries have had reviews."""
        return {**super().next_state(), "had": sorted(self._had)}

    def _page(self, country: str, number: int, since: str | None = None, tries: int = 0) -> Fetch:
        floor = self.floor()
        since = since if since is not None else floor.isoformat() if floor else ""
        path = f"{country}/rss/customerreviews/page={number}/id={self.parameters.app}/sortby=mostrecent/json"
        context = {"country": country, "page": number, "since": since, "tries": tries}
        return Fetch(self.at(path), "reviews", context=context)

    def _read(self, page: Page, rows: list[Row], last: int, fields: Fields) -> Parsed:
        country, number, since = str(page.context["country"]), int(page.context["page"]), str(page.context["since"])
        reviews = identified([row for row in rows if row["rating"]], "id")  # the app's own row has no rating
        if not reviews:
            return self._empty(page, last)
        self._had.add(country)
        parsed = Parsed(captures=[self._capture(row, country) for row in reviews], fields=fields)
        times = [at for capture in parsed.captures if (at := capture.published_at)]
        floor = moment(since)
        if floor and times and max(times) < floor:
            return parsed
        if number < min(last or DEEPEST, DEEPEST):
            self.turn(parsed, self._page(country, number + 1, since), country)
        elif number >= DEEPEST:
            parsed.audit.append(
                say(f"{country}：苹果只显示最近 500 条", f"{country}: Apple shows the newest 500 and no more")
            )
        return parsed

    def _empty(self, page: Page, last: int) -> Parsed:
        country, number = str(page.context["country"]), int(page.context["page"])
        if number == 1 and country in self._had:
            why = say("以前有评价，现在返回空列表", "there were reviews, and now the list comes back empty")
            return Parsed(broken=f"{country}: {why}")
        tries = int(page.context["tries"]) + 1
        if number == 1 or number > last or tries >= MOST_TRIES:
            return Parsed()
        again = say(f"第 {number} 页为空，下次再读", f"page {number} is empty; it is read again the next time")
        fetch = self._page(country, number, str(page.context["since"]), tries)
        return Parsed(later=[fetch], audit=[f"{country}: {again}"])

    def _capture(self, row: Row, country: str) -> RawMention:
        person = _PERSON.search(row["person"])
        likes = row["likes"]
        return self.mention(
            row["id"],
            f"https://apps.apple.com/{country}/app/id{self.parameters.app}?see-all=reviews",
            written=row["updated"],
            title=row["title"],
            content=row["content"],
            author_id=person.group(1) if person else "",
            author_name=row["author"],
            metrics={"likes": int(likes)} if likes.isdecimal() else {},
            fields={"rating": row["rating"], "app_version": row["version"], "country": country},
        )


def _from_json(feed: Row) -> tuple[list[Row], int, Fields]:
    """The rows of a feed, the last page that it names (0 where it names none), and the names of its fields."""
    entries = feed.get("entry", [])
    if not isinstance(entries, dict | list):
        raise Unreadable(say("entry 不是列表，接口可能已改版", "entry is no list; the interface may have changed"))
    raw = [one for one in ([entries] if isinstance(entries, dict) else entries) if isinstance(one, dict)]
    links = feed.get("link", [])
    found = [inner(link, "attributes") for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    last = _last(words(one, "href") for one in found if one.get("rel") == "last")
    return [_row(one) for one in raw], last, names("review", raw)


def _row(entry: Row) -> Row:
    def label(*way: str) -> str:
        here = entry
        for key in way:
            here = inner(here, key)
        return words(here, "label")

    return {
        "id": label("id"),
        "title": label("title"),
        "content": label("content"),
        "author": label("author", "name"),
        "person": label("author", "uri"),
        "updated": label("updated"),
        "rating": label("im:rating"),
        "version": label("im:version"),
        "likes": label("im:voteSum"),
    }


def _from_xml(page: Page) -> tuple[list[Row], int, Fields]:
    """The same of the XML form; a document that declares entities is not parsed."""
    if "<!ENTITY" in page.text.upper():
        raise Unreadable(say("文档声明了实体，拒绝解析", "the document declares entities and is not parsed"))
    document = Selector(text=page.text.strip(), type="xml")
    document.remove_namespaces()
    if document.root is None or document.root.tag != "feed":
        return _from_json(record(decoded(page)))  # a web page: says what it is
    rows = [_xml_row(one) for one in document.xpath("/feed/entry")]
    tags = [{one.root.tag: True for one in entry.xpath("*")} for entry in document.xpath("/feed/entry")]
    return rows, _last(document.xpath('/feed/link[@rel="last"]/@href').getall()), names("review", tags)


def _xml_row(entry: Selector) -> Row:
    def text(path: str) -> str:
        return str(entry.xpath(f"string({path})").get("")).strip()

    return {
        "id": text("id"),
        "title": text("title"),
        "content": text('content[@type="text"]') or text("content"),
        "author": text("author/name"),
        "person": text("author/uri"),
        "updated": text("updated"),
        "rating": text("rating"),
        "version": text("version"),
        "likes": text("voteSum"),
    }


def _last(links: Iterable[str]) -> int:
    found = [_LAST.search(link) for link in links]
    return max([0, *(int(hit.group(1)) for hit in found if hit)])
