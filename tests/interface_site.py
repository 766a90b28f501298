"""Small JSON interfaces on loopback in the shape of Discourse, Stack Exchange and Steam, that a test can add to.

Each has the traps of the real one: Discourse's windows of ids, of which some hold private rows only; Stack Exchange's
compressed answers, ``backoff`` and errors with status 400; Steam's cursor that comes again at the end.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from tests import loopback

Answer = tuple[int, Any]
"""Status and payload; a text goes out as it is."""


@dataclass
class Site:
    """``asked``: all addresses so far. ``instead``: what every page answers while it is set. ``compressed``: always."""

    asked: list[str] = field(default_factory=list)
    instead: Answer | None = None
    compressed: bool = False
    url: str = ""

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """What stands at an address."""
        raise NotImplementedError

    def taken(self) -> list[str]:
        """The addresses asked for since the last call, without robots.txt."""
        found = [path for path in self.asked if path != "/robots.txt"]
        self.asked.clear()
        return found


@dataclass
class DiscourseSite(Site):
    """``rows``: by id; ``private`` ids are seen by nobody. A topic shows 20 at once."""

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    private: set[int] = field(default_factory=set)

    def say(self, number: int, topic: int, author: str, text: str, at: datetime) -> None:
        """Somebody says something in a topic."""
        place = 1 + sum(row["topic_id"] == topic for row in self.rows.values())
        facts = {"id": number, "topic_id": topic, "topic_slug": "t", "post_number": place, "post_type": 1}
        facts |= {"username": author, "user_id": number, "cooked": f"<p>{text}</p>", "created_at": at.isoformat()}
        self.rows[number] = facts

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """posts.json, a category's topics, a topic, some of its rows, one row."""
        if path == "/posts.json":
            top = int(query.get("before", [str(max([0, *self.rows, *self.private]))])[0])
            seen = [self.rows[one] for one in range(top, max(top - 50, 0), -1) if one in self.rows]
            return 200, {"latest_posts": seen}
        if path.startswith("/posts/"):
            found = self.rows.get(int(path.removeprefix("/posts/").removesuffix(".json")))
            return (200, found) if found else (404, {"errors": ["找不到"], "error_type": "not_found"})
        if path.startswith("/c/"):
            return self._topics(int(query["page"][0]))
        number, _, rest = path.removeprefix("/t/").removesuffix(".json").partition("/")
        rows = [row for _, row in sorted(self.rows.items()) if str(row["topic_id"]) == number]
        if rest:
            wanted = {int(one) for one in query["post_ids[]"]}
            return 200, {"post_stream": {"posts": [row for row in rows if row["id"] in wanted]}, "id": int(number)}
        stream = [row["id"] for row in rows]
        return 200, {"title": f"主题{number}", "post_stream": {"posts": rows[:20], "stream": stream}}

    def _topics(self, page: int) -> Answer:
        last: dict[int, str] = {}
        for row in self.rows.values():
            last[row["topic_id"]] = max(last.get(row["topic_id"], ""), row["created_at"])
        newest = sorted(last, key=lambda topic: last[topic], reverse=True)
        shown = [{"id": topic, "last_posted_at": last[topic]} for topic in newest[page * 3 : page * 3 + 3]]
        more = "/more" if len(newest) > page * 3 + 3 else None
        return 200, {"topic_list": {"topics": shown, "more_topics_url": more}}


@dataclass
class StackSite(Site):
    """``rows``: questions, answers and comments by kind and id. ``backoff``: what the next answer asks for."""

    compressed: bool = True
    rows: dict[str, dict[int, dict[str, Any]]] = field(
        default_factory=lambda: {"question": {}, "answer": {}, "comment": {}}
    )
    backoff: int = 0

    def say(self, kind: str, number: int, text: str, at: datetime, on: int = 0) -> None:
        """A question, an answer to the question ``on``, or a comment on the question or answer ``on``."""
        moment = int(at.timestamp())
        facts: dict[str, Any] = {f"{kind}_id": number, "body": text, "creation_date": moment}
        facts["owner"] = {"display_name": "小林", "user_id": 7}
        if kind == "question":
            facts |= {"title": text, "answer_count": 0, "last_activity_date": moment, "link": "https://so.example/q/1"}
        elif kind == "answer":
            facts["question_id"] = on
            self.rows["question"][on]["answer_count"] += 1
            self.rows["question"][on]["last_activity_date"] = moment
        else:
            facts["post_id"] = on
        self.rows[kind][number] = facts

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """A search, the answers to questions, the comments on both; two rows a page."""
        least = int(query.get("min", query.get("fromdate", ["0"]))[0])
        if path == "/2.3/search/advanced":
            found = [row for row in self.rows["question"].values() if row["last_activity_date"] >= least]
            return self._page(sorted(found, key=lambda row: -row["last_activity_date"]), query)
        _, _, what, ids, of = path.split("/")
        key, kind = ("question_id", "answer") if of == "answers" else ("post_id", "comment")
        wanted = {int(one) for one in unquote(ids).split(";")}
        found = [row for row in self.rows[kind].values() if row[key] in wanted and row["creation_date"] >= least]
        assert what in ("questions", "posts")
        return self._page(sorted(found, key=lambda row: -row["creation_date"]), query)

    def _page(self, rows: list[dict[str, Any]], query: dict[str, list[str]]) -> Answer:
        start = 2 * (int(query["page"][0]) - 1)
        wait, self.backoff = self.backoff, 0
        more = {"backoff": wait} if wait else {}
        whole = {"items": rows[start : start + 2], "has_more": len(rows) > start + 2, "quota_remaining": 200}
        return 200, whole | {"quota_max": 300} | more


@dataclass
class SteamSite(Site):
    """``rows``: reviews; two a page, the latest change first."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def say(self, number: int, text: str, at: datetime, edited: datetime | None = None) -> None:
        """A review, or a review in new words."""
        self.rows = [row for row in self.rows if row["recommendationid"] != str(number)]
        facts = {"recommendationid": str(number), "author": {"steamid": f"7656{number}"}, "review": text}
        facts |= {"timestamp_created": int(at.timestamp()), "timestamp_updated": int((edited or at).timestamp())}
        self.rows.append(facts | {"voted_up": False})

    def answer(self, path: str, query: dict[str, list[str]]) -> Answer:
        """A page of reviews; past the end an empty one with the same cursor."""
        cursor = query["cursor"][0]
        start = 0 if cursor == "*" else int(cursor.removeprefix("Ao+/="))
        newest = sorted(self.rows, key=lambda row: -row["timestamp_updated"])[start : start + 2]
        summary = {"num_reviews": len(newest)} | ({"total_reviews": len(self.rows)} if cursor == "*" else {})
        following = f"Ao+/={start + 2}" if newest else cursor
        return 200, {"success": 1, "query_summary": summary, "reviews": newest, "cursor": following}


S = TypeVar("S", bound=Site)


@contextmanager
def serving(site: S) -> Iterator[S]:
    """The interface on loopback while the block runs; ``site.url`` is its address."""

    class Handler(loopback.Handler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            parts = urlsplit(self.path)
            status, payload = 404, ""
            if parts.path != "/robots.txt":
                status, payload = site.instead or site.answer(parts.path, parse_qs(parts.query))
            text = payload if isinstance(payload, str) else json.dumps(payload)
            headers = {"Content-Type": "application/json; charset=utf-8"}
            if site.compressed:
                self.send(status, gzip.compress(text.encode()), headers | {"Content-Encoding": "gzip"})
            else:
                self.send(status, text.encode(), headers)

    with loopback.serving(Handler) as address:
        site.url = f"{address}/"
        yield site
