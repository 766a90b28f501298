"""The demo's news site: an RSS 2.0 feed with validators (ETag, Last-Modified) and a page for each article."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from markupsafe import Markup, escape

from listener.demo.mentions import Content, DemoMention
from listener.demo.pages import ZONE, Answer, render

MEDIUM = "城市快读"
EXCERPT_PARAGRAPHS = 1
"""An article with more paragraphs has an excerpt as its description and the whole in ``content:encoded``."""


@dataclass(frozen=True, slots=True)
class News:
    """The news site as it stands at ``now``; ``url`` ends with a slash."""

    content: Content
    now: datetime
    url: str

    @property
    def articles(self) -> list[DemoMention]:
        return sorted(self.content.articles, key=lambda article: article.age)

    def feed(self, headers: Mapping[str, str]) -> Answer:
        """The feed, or 304 where the asker's validators say that they have it (RFC 9110, 13.1)."""
        changed = self.articles[0].published_at(self.now)
        entries = [self._entry(article) for article in self.articles]
        whole = render("feed.xml", self._page(entries=entries), content_type="application/rss+xml; charset=UTF-8")
        tag = '"' + hashlib.sha256(whole.body).hexdigest()[:32] + '"'
        validators = {"ETag": tag, "Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True)}
        if _has_it(headers, tag, changed):
            return Answer(304, headers=validators)
        return Answer(200, whole.body, whole.content_type, validators)

    def article(self, number: str) -> Answer:
        """The article's page; 404 where there is none of that number."""
        for found in self.content.articles:
            if found.native_id == number:
                return render("article.html", self._page(entry=self._entry(found)))
        return Answer(404, "没有这篇文章".encode(), "text/plain; charset=utf-8")

    def front(self, forums: object) -> Answer:
        """The portal: the newest articles and the way to the forum."""
        entries = [self._entry(article) for article in self.articles]
        return render("portal.html", self._page(entries=entries, forums=forums))

    def _page(self, **values: object) -> dict[str, object]:
        return {"medium": MEDIUM, "url": self.url, **values}

    def _entry(self, article: DemoMention) -> dict[str, object]:
        paragraphs = article.text.split("\n")
        at = article.published_at(self.now).astimezone(ZONE)
        long = len(paragraphs) > EXCERPT_PARAGRAPHS
        return {
            "article": article,
            "paragraphs": paragraphs,
            "at": at,
            "rfc822": format_datetime(at),
            "link": f"{self.url}news/{article.native_id}.html",
            "description": _html(paragraphs[:EXCERPT_PARAGRAPHS], " [&hellip;]" if long else ""),
            "full": _html(paragraphs) if long else "",
        }


def _html(paragraphs: list[str], ending: str = "") -> Markup:
    """The paragraphs as markup, with ``ending`` (markup) at the end of the last."""
    tail = Markup(ending)  # noqa: S704 - a constant of this module
    parts = [Markup("<p>{}{}</p>").format(escape(p), tail if p is paragraphs[-1] else "") for p in paragraphs]
    return Markup("\n").join(parts)


def _has_it(headers: Mapping[str, str], tag: str, changed: datetime) -> bool:
    """If-None-Match decides where it is sent; If-Modified-Since only where it is not."""
    tags = headers.get("If-None-Match")
    if tags is not None:
        return tags.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in tags.split(",")]
    try:
        since = parsedate_to_datetime(headers.get("If-Modified-Since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and changed <= since
