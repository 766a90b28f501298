"""What the demo's site and import file say, and what a careful reader makes of each entry.

The text lies in ``content/*.toml``, its times relative to the demo's ``now`` (``hours`` before it), so that the
demo is always fresh. Every entry carries its author's judgement (``Expected``): the measure for the whole way.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from listener.model import Sentiment, Severity, Tier

CONTENT = Path(__file__).parent / "content"
FORUM_FILES = ("forum_cars.toml", "forum_service.toml", "forum_shop.toml", "forum_talk.toml")
FIRST_PID, FIRST_TID, FIRST_ARTICLE = 5001, 101, 1001


@dataclass(frozen=True, slots=True)
class Expected:
    """The writer's judgement of one entry.

    ``customer`` is the external id that a careful linker may link by itself (bound account, or an identifier of
    that customer in the entry), ``maybe`` one that belongs before a person. ``kinds`` are words such as
    complaint, praise, inquiry, news, repost, advert, smear, other_meaning, third_person, sarcasm, follow_up,
    english, traditional, official. ``repost_of`` names the original's ``key``.
    """

    complaint: Tier
    sentiment: Sentiment
    severity: Severity | None
    kinds: frozenset[str]
    customer: str = ""
    maybe: str = ""
    repost_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMention:
    """One entry. ``native_id`` is the forum's pid, the article's number or the review's id; ``age`` is before now."""

    native_id: str
    title: str
    text: str
    author: str
    age: timedelta
    expected: Expected
    uid: int = 0
    key: str = ""
    quotes: str = ""
    edited: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    def published_at(self, now: datetime) -> datetime:
        """When it was said, to the second."""
        return (now - self.age).replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread; ``mentions`` are its entries, oldest first, and empty where it was deleted."""

    tid: int
    fid: int
    title: str
    views: int
    opened: timedelta
    sticky: bool = False
    deleted: bool = False
    mentions: tuple[DemoMention, ...] = ()

    @property
    def last(self) -> timedelta:
        """The age of its newest entry."""
        return self.mentions[-1].age if self.mentions else self.opened


@dataclass(frozen=True, slots=True)
class Forum:
    fid: int
    title: str
    threads: tuple[Thread, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All that was written for the demo."""

    forums: tuple[Forum, ...]
    articles: tuple[DemoMention, ...]
    reviews: tuple[DemoMention, ...]

    @property
    def threads(self) -> tuple[Thread, ...]:
        return tuple(thread for forum in self.forums for thread in forum.threads)

    @property
    def forum_mentions(self) -> tuple[DemoMention, ...]:
        return tuple(chain.from_iterable(thread.mentions for thread in self.threads))

    @property
    def mentions(self) -> tuple[DemoMention, ...]:
        return (*self.forum_mentions, *self.articles, *self.reviews)

    def by_key(self, key: str) -> DemoMention:
        """The entry that others quote or repost by this key; ``KeyError`` where there is none."""
        return {mention.key: mention for mention in self.mentions if mention.key}[key]


@cache
def load_content() -> Content:
    """The content, with ids that are the same on each load: numbered by age, as a site would have."""
    uids: dict[str, int] = _table("authors.toml")["uid"]
    bound = _bound_accounts()
    forums = [_forum(_table(name), uids, bound) for name in FORUM_FILES]
    news = _table("news.toml")["articles"]
    ages = sorted((row["hours"] for row in news), reverse=True)
    articles = [_article(row, FIRST_ARTICLE + ages.index(row["hours"])) for row in news]
    reviews = [_review(row) for row in _table("reviews.toml")["reviews"]]
    return Content(_numbered(forums), tuple(articles), tuple(reviews))


def customers() -> list[dict[str, str]]:
    """The rows of ``content/customers.csv``."""
    with (CONTENT / "customers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


def _bound_accounts() -> dict[int, str]:
    """The customers' external ids by the forum account that is bound to them."""
    rows = ((row["account"].rpartition(":")[2], row["external_id"]) for row in customers())
    return {int(uid): external_id for uid, external_id in rows if uid}


def _forum(table: dict[str, Any], uids: Mapping[str, int], bound: Mapping[int, str]) -> Forum:
    threads = [_thread(table["fid"], row, uids, bound) for row in table["threads"]]
    return Forum(table["fid"], table["title"], tuple(threads))


def _thread(fid: int, row: dict[str, Any], uids: Mapping[str, int], bound: Mapping[int, str]) -> Thread:
    said = [_said(entry, row["title"], uids[entry["author"]], bound) for entry in row["mentions"]]
    opened = said[0].age if said else timedelta(hours=row["hours"])
    flags = {name: row.get(name, False) for name in ("sticky", "deleted")}
    return Thread(tid=0, fid=fid, title=row["title"], views=row["views"], opened=opened, mentions=tuple(said), **flags)


def _said(entry: dict[str, Any], title: str, uid: int, bound: Mapping[int, str]) -> DemoMention:
    mention = _mention(entry, native_id="", title=title, customer=bound.get(uid, ""))
    return replace(mention, uid=uid, quotes=entry.get("quotes", ""), edited=entry.get("edited", False))


def _article(row: dict[str, Any], number: int) -> DemoMention:
    return replace(_mention(row, str(number), row["title"]), extra={"category": row["category"]})


def _review(row: dict[str, Any]) -> DemoMention:
    extra = {"stars": row["stars"], "order": row.get("order", "")}
    return replace(_mention(row, row["id"], row["store"]), extra=extra)


def _mention(row: dict[str, Any], native_id: str, title: str, customer: str = "") -> DemoMention:
    return DemoMention(
        native_id=native_id,
        title=title,
        text=row["text"],
        author=row["author"],
        age=_age(row),
        expected=_expected(row, customer),
        key=row.get("key", ""),
    )


def _age(row: dict[str, Any]) -> timedelta:
    """``hours``, less up to a minute that the text decides: nobody writes on the full minute."""
    return timedelta(hours=row["hours"], seconds=-(len(row["text"]) * 7 % 60))


def _expected(row: dict[str, Any], customer: str) -> Expected:
    complaint, sentiment, *severity = row["expected"].split()
    return Expected(
        complaint=Tier(complaint),
        sentiment=Sentiment(sentiment),
        severity=Severity(severity[0]) if severity else None,
        kinds=frozenset(row["kind"].split()),
        customer=row.get("customer", customer),
        maybe=row.get("maybe", ""),
        repost_of=row.get("repost_of", ""),
    )


def _numbered(forums: list[Forum]) -> tuple[Forum, ...]:
    """The forums with thread and entry numbers given in the order in which they were written."""
    threads = sorted((t for forum in forums for t in forum.threads), key=lambda t: t.opened, reverse=True)
    said = sorted(chain.from_iterable(t.mentions for t in threads), key=lambda m: m.age, reverse=True)
    tids = {(t.fid, t.title): FIRST_TID + number for number, t in enumerate(threads)}
    pids = {id(mention): str(FIRST_PID + number) for number, mention in enumerate(said)}

    def number(thread: Thread) -> Thread:
        mentions = tuple(replace(mention, native_id=pids[id(mention)]) for mention in thread.mentions)
        return replace(thread, tid=tids[thread.fid, thread.title], mentions=mentions)

    return tuple(replace(forum, threads=tuple(map(number, forum.threads))) for forum in forums)


def pages_of(count: int, per_page: int) -> int:
    """How many pages ``count`` things fill; at least one."""
    return max(1, -(-count // per_page))


def page_of(things: tuple[Any, ...], page: int, per_page: int) -> tuple[int, Iterator[Any]]:
    """The page that is shown and its things. Past the end it is the last page, as Discuz answers."""
    shown = min(max(page, 1), pages_of(len(things), per_page))
    return shown, iter(things[(shown - 1) * per_page : shown * per_page])
