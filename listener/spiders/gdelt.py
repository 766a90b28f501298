"""GDELT: news of the world by the DOC 2.0 API, in the mode ArtList.

    /api/v2/doc/doc?query=Q&mode=ArtList&format=json&sort=DateDesc&maxrecords=250&startdatetime=…&enddatetime=…

It knows no pages: a window that is full is read again in halves. A mention is a headline, its id its address.
Only the time when GDELT saw an article is known (``seendate``, in steps of 15 minutes); it stands for that of
publishing. Its errors are sentences with status 200, and its JSON holds raw control characters and lone backslashes. It
asks for five seconds between requests and keeps three months. Format: blog.gdeltproject.org, "GDELT DOC 2.0 API".
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from listener.language import say
from listener.model import Outcome
from listener.spiders import base
from listener.spiders.base import Fetch, Page, Parsed
from listener.spiders.payload import JsonPlatform, Row, Unreadable, decoded, moment, names, record, rows_of, words

MOST = 250
"""Articles in one answer."""

FIRST_LOOK = timedelta(days=1)
SMALLEST = timedelta(minutes=15)
"""What GDELT adds at once; a window of this size cannot be split."""

_STRAY = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_SLOWER = re.compile(r"limit requests|one every", re.IGNORECASE)
_FORM = "%Y%m%d%H%M%S"


class Gdelt(JsonPlatform):
    """One query; ``url`` is https://api.gdeltproject.org/."""

    NAME: ClassVar[str] = "gdelt"
    SITE: ClassVar[str] = "gdeltproject.org"
    EXPERIMENTAL: ClassVar[bool] = True
    OVERLAP: ClassVar[timedelta] = timedelta(hours=2)
    PAUSE: ClassVar[float] = 5.0

    class Parameters(base.Parameters):
        """``query``: in GDELT's own words, such as ``"Brand name" sourcelang:chinese``."""

        query: str

    parameters: Parameters

    def start(self) -> list[Fetch]:
        """The window from the last crawl until now."""
        return [self._window(self.floor() or self.job.now - FIRST_LOOK, self.job.now)]

    def _window(self, begin: datetime, end: datetime) -> Fetch:
        query = {"query": self.parameters.query, "mode": "ArtList", "format": "json", "sort": "DateDesc"}
        times = {
            "startdatetime": begin.astimezone(UTC).strftime(_FORM),
            "enddatetime": end.astimezone(UTC).strftime(_FORM),
        }
        url = self.at("api/v2/doc/doc", **query, maxrecords=MOST, **times)
        return Fetch(url, "window", context={"begin": begin.isoformat(), "end": end.isoformat()})

    def read(self, page: Page) -> Parsed:
        """The articles of a window; a sentence in place of JSON is an error."""
        try:
            return self.read_payload(page, _payload(page))
        except Unreadable as trouble:
            return Parsed(broken=trouble.why, wall=trouble.wall)

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """The articles, and the halves of the window where it is full; an empty window has no list."""
        found = record(payload)
        if not found:
            return Parsed()
        rows = rows_of(found, "articles")
        parsed = Parsed(fields=names("article", rows))
        for row in rows:
            if words(row, "url") and words(row, "title"):
                parsed.captures.append(self._article(row))
        if len(rows) >= MOST:
            self._split(page, parsed)
        return parsed

    def _article(self, row: Row) -> Any:
        known = {"domain": "site", "language": "language", "sourcecountry": "country"}
        return self.mention(
            words(row, "url"),
            words(row, "url"),
            written=words(row, "seendate"),
            title=" ".join(words(row, "title").split()),
            author_id=words(row, "domain"),
            author_name=words(row, "domain"),
            fields={name: words(row, key) for key, name in known.items() if words(row, key)},
        )

    def _split(self, page: Page, parsed: Parsed) -> None:
        begin, end = moment(page.context["begin"]), moment(page.context["end"])
        if begin is None or end is None:
            return
        if end - begin <= SMALLEST:
            most = say(
                f"一刻钟内超过 {MOST} 条，其余没有读到",
                f"more than {MOST} in a quarter of an hour; the rest is not read",
            )
            parsed.audit.append(f"{begin.isoformat()}: {most}")
            return
        middle = begin + (end - begin) / 2
        for half in (self._window(middle, end), self._window(begin, middle)):
            self.turn(parsed, half)


def _payload(page: Page) -> Any:
    text = page.text.strip()
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_STRAY.sub(r"\\\\", text), strict=False)
    except (ValueError, RecursionError):
        if _SLOWER.search(text[:400]):
            raise Unreadable(say("请求过于频繁", "asked too often"), Outcome.BLOCKED) from None
    if "<" not in text[:200] and "{" not in text[:200]:
        said = " ".join(text.split())[:160]
        raise Unreadable(say(f"接口报错：{said}", f"the interface answers with an error: {said}"))
    return decoded(page)
