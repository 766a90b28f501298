"""Answers as platforms see them, where they redirect to, and what a page with mentions lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urljoin

from scrapy.http import Response

from listener.language import say
from listener.model import RawMention
from listener.spiders.base import Fetch, Page, Platform
from listener.spiders.decode import decode

REDIRECTS = frozenset({301, 302, 303, 307, 308})

ENOUGH = 3
"""Mentions on a page from which on it is told that none of them has an author, a time or words."""


def silent(captures: Sequence[RawMention], kind: str) -> Iterator[str]:
    """A line for each of author, time and words that no mention of a page has: what reads it found nothing there.

    A site that has none of it says the same each time; a redesign shows in what is new.
    """
    if len(captures) < ENOUGH:
        return
    found = {
        say("发布者", "author"): any(one.author_name or one.author_id for one in captures),
        say("发布时间", "time"): any(one.published_at for one in captures),
        say("正文和标题", "words"): any(one.content.strip() or one.title.strip() for one in captures),
    }
    for name, any_has in found.items():
        if not any_has:
            where = f"{kind}: " if kind else ""
            yield where + say(f"页面上没有一条读到{name}", f"not one on the page has a readable {name}")


def again(platform: Platform) -> Iterator[Fetch]:
    """How each mention and thread that is to be read again is fetched; what the platform cannot is left out."""
    for wanted in platform.job.revisits:
        fetch = platform.revisit(wanted) if wanted.native_id else platform.reopen(wanted)
        if fetch is not None:
            yield replace(fetch, again=wanted.native_id)


def target_of(response: Response) -> str:
    """Where a redirect leads, "" where the answer is none."""
    place = response.headers.get("Location", b"") if response.status in REDIRECTS else b""
    return urljoin(response.url, place.decode("utf-8", "replace").strip()).split("#", 1)[0] if place else ""


def as_page(response: Response, fetch: Fetch) -> Page:
    """A Scrapy response as the platform sees it."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return Page(
        url=response.url,
        status=response.status,
        body=response.body,
        text=decode(response.body, headers.get("content-type", "")),
        kind=fetch.kind,
        headers=headers,
        context=fetch.context,
        asked=fetch.url,
    )
