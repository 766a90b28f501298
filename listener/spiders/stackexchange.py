"""Stack Exchange: questions found by words or tags, their answers, and the comments on both.

    search/advanced?q=…|tagged=…&sort=activity&min=T      questions, latest activity first
    questions/ID;ID/answers                               the answers to up to 100 of them at once
    posts/ID;ID/comments                                  the comments on up to 100 questions and answers
    questions|answers|comments/ID                         one of them again; no row means deleted

A comment is no "activity": comments on what is known are asked for by id in every crawl. An answer with a ``backoff``
forbids the same method for so many seconds, so one request follows the other, and after a ``backoff`` or near the end
of the day's quota the rest is left for the next crawl. Errors come with status 400 and an ``error_id``; answers are
always compressed. Without a key a list ends at page 25: it is split at the oldest activity seen.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import (
    Fields,
    JsonPlatform,
    Row,
    Unreadable,
    counts,
    identified,
    identity,
    inner,
    names,
    record,
    refusal,
    rows_of,
    words,
)

A_PAGE = 100
DEEPEST = 25
"""Pages that callers without a key may see (https://api.stackexchange.com/docs/paging)."""

KEPT = 300
"""Questions and answers whose comments are asked for in every crawl, the latest ones."""

LITTLE_QUOTA = 10
FREE_QUOTA = 300
"""Requests a day without a key; 10,000 with one (https://api.stackexchange.com/docs/throttle)."""

_ERRORS = {
    **dict.fromkeys((401, 402, 403, 405, 406), Outcome.LOGIN_EXPIRED),
    **dict.fromkeys((502, 503), Outcome.BLOCKED),
}
"""Error ids (https://api.stackexchange.com/docs/error-handling): tokens and keys; throttled, told to come later."""


class StackExchange(JsonPlatform):
    """One site of the network."""

    NAME: ClassVar[str] = "stackexchange"
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 400})

    class Parameters(base.Parameters):
        """``site``: its name in the interface (stackoverflow, superuser, apple …); ``queries`` and ``tags``."""

        site: str = Field(default="stackoverflow", pattern=r"^[a-z0-9.-]{2,60}$")
        queries: tuple[str, ...] = Field(default=(), max_length=30)
        tags: tuple[str, ...] = Field(default=(), max_length=30)

        @model_validator(mode="after")
        def _asks_for_something(self) -> StackExchange.Parameters:
            if not (self.queries or self.tags):
                raise ValueError(say("需要 queries 或 tags", "queries or tags are needed"))
            return self

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._known: dict[str, str] = dict(job.state.get("known") or {})
        self._host = str(job.state.get("host") or "")
        self._queue: list[Fetch] = []
        self._asked: set[str] = set()

    def site(self) -> str:
        """Ids are unique inside a site, not in the network."""
        return self.parameters.site

    def start(self) -> list[Fetch]:
        """The first search; the others and the comments on what is known wait until it is read."""
        asked = [("q", query) for query in self.parameters.queries] + [("tagged", tag) for tag in self.parameters.tags]
        floor = self.floor()
        self._queue = [self._search(by, what, 1, _epoch(floor), 0) for by, what in asked]
        self._queue += self._comments(list(self._known), floor) if floor else []
        return [self._queue.pop(0)]

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """Rows of any kind, and the next request."""
        whole = record(payload)
        if "error_id" in whole or page.status != 200:
            said = f"{words(whole, 'error_name')} {words(whole, 'error_message')}"
            trouble = refusal(said)
            number = whole.get("error_id")
            raise Unreadable(trouble.why, (_ERRORS.get(number) if isinstance(number, int) else None) or trouble.wall)
        rows = identified(rows_of(whole, "items"), "comment_id", "answer_id", "question_id")
        parsed = Parsed(captures=[self._capture(row) for row in rows], fields=_names(rows))
        if page.context.get("again") and not rows:
            parsed.gone = [str(page.context["again"])]
        self._more(rows, parsed)
        if whole.get("has_more") is True:
            self._turn(page, rows, parsed)
        self._asked.add(page.asked)
        self._pace(whole, parsed)
        return parsed

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The question (with its answers and comments), the answer or the comment."""
        kind, _, number = wanted.native_id.rpartition("-")
        path = "comments" if kind else "questions" if wanted.thread_id == number else "answers"
        if not number.isdecimal():
            return None
        return Fetch(self._at(f"{path}/{number}"), path, context={"again": wanted.native_id, "page": 1})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The question, which leads to its answers and their comments; those of a known one are asked for anyway."""
        number = thread.thread_id
        if not number.isdecimal() or number in self._known:
            return None
        return Fetch(self._at(f"questions/{number}"), "questions", context={"page": 1})

    def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """The key of an application that the operator registered on stackapps.com."""
        return {"X-API-Key": self.job.secret}

    def next_state(self) -> dict[str, Any]:
        """What is known, for its comments; the old state where a page that failed broke the row of requests."""
        if self._queue:
            return dict(self.job.state)
        return {**super().next_state(), "known": dict(list(self._known.items())[-KEPT:]), "host": self._host}

    # addresses

    def _at(self, path: str, **query: object) -> str:
        return self.at(path, **query, site=self.parameters.site, filter="withbody", pagesize=A_PAGE)

    def _search(self, by: str, what: str, page: int, least: int, most: int) -> Fetch:
        """A page of questions whose last activity lies between two moments (epoch; 0 for none)."""
        query: dict[str, object] = {by: what, "order": "desc", "sort": "activity", "page": page}
        query |= {name: value for name, value in (("min", least), ("max", most)) if value}
        context = {"by": by, "what": what, "page": page, "min": least, "max": most}
        return Fetch(self._at("search/advanced", **query), "search", context=context)

    def _by_ids(self, path: str, ids: list[str], page: int, least: int = 0) -> Fetch:
        query: dict[str, object] = {"order": "desc", "sort": "creation", "page": page}
        query |= {"fromdate": least} if least else {}
        base_path, _, of = path.partition("/")
        context = {"path": path, "ids": ids, "page": page, "min": least}
        return Fetch(self._at(f"{base_path}/{';'.join(ids)}/{of}", **query), "ids", context=context)

    def _comments(self, ids: list[str], since: datetime | None = None) -> list[Fetch]:
        batches = [ids[start : start + A_PAGE] for start in range(0, len(ids), A_PAGE)]
        return [self._by_ids("posts/comments", batch, 1, _epoch(since)) for batch in batches]

    # reading

    def _more(self, rows: list[Row], parsed: Parsed) -> None:
        """The answers to questions, and the comments on what was not known; those on the rest are asked for anyway."""
        answered = [
            identity(row, "question_id") for row in rows if _kind(row) == "question" and row.get("answer_count")
        ]
        if answered:
            parsed.fetches.append(self._by_ids("questions/answers", answered, 1))
        fresh = [one for row in rows if _kind(row) != "comment" and (one := _id(row)) not in self._known]
        parsed.fetches += self._comments(fresh)
        for row in rows:
            if _kind(row) != "comment":
                self._known.pop(_id(row), None)  # the latest stand last: the oldest are forgotten first
                self._known[_id(row)] = identity(row, "question_id")

    def _turn(self, page: Page, rows: list[Row], parsed: Parsed) -> None:
        """The next page of a list; beyond page 25 the same search up to the oldest activity seen."""
        context, number = page.context, int(page.context["page"]) + 1
        if "ids" in context:
            parsed.fetches.append(self._by_ids(str(context["path"]), list(context["ids"]), number, int(context["min"])))
        elif "by" in context:
            by, what, least, most = str(context["by"]), str(context["what"]), int(context["min"]), int(context["max"])
            if number > DEEPEST:
                active = [at for row in rows if isinstance(at := row.get("last_activity_date"), int)]
                number, most = 1, min(active, default=most)
                if most == int(context["max"]):
                    return  # a hundred pages of one second: nothing more can be seen
            self.turn(parsed, self._search(by, what, number, least, most), what)

    def _pace(self, whole: Row, parsed: Parsed) -> None:
        """One request after the other; none after a ``backoff`` or near the end of the quota.

        A backfill is cut into rounds, and a round forgets what waits here: it hands on everything at once.
        """
        self._queue = [fetch for fetch in (*self._queue, *parsed.fetches) if fetch.url not in self._asked]
        parsed.fetches = []
        backoff, left, most = (whole.get(name) for name in ("backoff", "quota_remaining", "quota_max"))
        if self.job.secret and isinstance(most, int) and most <= FREE_QUOTA:
            parsed.audit.append(say("密钥没有生效，配额仍为每天 300 次", "the key is not in force: 300 requests a day"))
        if isinstance(backoff, int) and backoff:
            parsed.audit.append(say(f"接口要求等待 {backoff} 秒", f"told to wait for {backoff} seconds"))
        elif isinstance(left, int) and left < LITTLE_QUOTA:
            parsed.audit.append(say(f"今天的配额只剩 {left} 次", f"{left} requests are left of today's quota"))
        else:
            ready = len(self._queue) if self.job.since else 1
            parsed.fetches, self._queue = self._queue[:ready], self._queue[ready:]
            self._asked |= {fetch.url for fetch in parsed.fetches}
            return
        parsed.later += self._queue
        self._queue = []

    def _capture(self, row: Row) -> RawMention:
        kind, owner, link = _kind(row), inner(row, "owner"), words(row, "link")
        self._host = urlsplit(link).netloc or self._host
        number = _id(row)
        if kind == "comment":
            thread = self._known.get(identity(row, "post_id"), "")
            link = link or (f"https://{self._host}/posts/comments/{number}" if self._host else "")
        else:
            thread = identity(row, "question_id")
            link = link or (f"https://{self._host}/{kind[0]}/{number}" if self._host else "")
        return self.mention(
            f"comment-{number}" if kind == "comment" else number,
            link,
            written=row.get("creation_date"),
            html=True,
            title=words(row, "title") if kind == "question" else "",
            content=words(row, "body"),
            author_id=identity(owner, "user_id"),
            author_name=html.unescape(words(owner, "display_name")),
            thread_id=thread,
            metrics=counts(row, likes="score", replies="answer_count", views="view_count"),
            fields=_facts(row),
        )


def _kind(row: Row) -> str:
    return "comment" if "comment_id" in row else "answer" if "answer_id" in row else "question"


def _id(row: Row) -> str:
    return identity(row, f"{_kind(row)}_id")


def _names(rows: list[Row]) -> Fields:
    kinds = {_kind(row) for row in rows}
    return {
        name: counts for kind in kinds for name, counts in names(kind, [r for r in rows if _kind(r) == kind]).items()
    }


def _facts(row: Row) -> dict[str, str]:
    edited = identity(row, "last_edit_date")
    at = datetime.fromtimestamp(int(edited), UTC).isoformat() if edited.isdecimal() and len(edited) < 12 else ""
    tags = row.get("tags")
    facts = {"edited_at": at, "closed": words(row, "closed_reason")}
    facts["tags"] = ", ".join(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ""
    facts["status"] = "answered" if row.get("is_answered") is True or row.get("is_accepted") is True else ""
    return facts


def _epoch(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
