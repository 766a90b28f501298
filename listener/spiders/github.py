"""GitHub: issues and their comments, of whole repositories or as found by a search.

    repos/O/R/issues?state=all&sort=updated&direction=desc&since=T        a repository's issues, 100 a page
    repos/O/R/issues/comments?sort=updated&direction=desc&since=T         all comments on them
    search/issues?q=…&sort=updated                                        words anywhere, at most 1000 a query
    repos/O/R/issues/N/comments?since=T                                   the comments of one that was found

Newest first: what is edited while the pages are read moves to the front, and the next crawl finds it, where in rising
order it would push others over the border of a page and out of sight. The next page is the one that the ``Link`` header
names. Pull requests are issues too, with a key ``pull_request``; they and what is said on them are left out unless
asked for. A comment does not name its issue's title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from pydantic import Field, field_validator, model_validator

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Page, Parsed, Revisit
from listener.spiders.payload import (
    JsonPlatform,
    Row,
    counts,
    identified,
    identity,
    inner,
    moment,
    names,
    record,
    refusal,
    rows_of,
    words,
)

A_PAGE = 100
MOST_FOUND = 1000
"""Results that a search shows, however many there are (GitHub REST, "About search")."""

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

_NEXT = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?next"?')
_PLACE = re.compile(r"/([\w.-]+/[\w.-]+)/(issues|pull)/(\d+)(?:#issuecomment-(\d+))?$")
_THREAD = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")
_REMARK = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
"""What an issue's template tells the author; readers never see it."""


class GitHub(JsonPlatform):
    """Repositories and searches."""

    NAME: ClassVar[str] = "github"
    SITE: ClassVar[str] = "github.com"
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 401, 403, 422, 429})  # what is wrong stands in the body

    class Parameters(base.Parameters):
        """``repositories`` as "owner/name"; ``queries`` in GitHub's search language; ``pulls``: pull requests too."""

        repositories: tuple[str, ...] = Field(default=(), max_length=100)
        queries: tuple[str, ...] = Field(default=(), max_length=30)
        pulls: bool = False

        @field_validator("repositories")
        @classmethod
        def _are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
            if wrong := [one for one in value if not re.fullmatch(r"[\w.-]+/[\w.-]+", one)]:
                raise ValueError(say(f"{wrong[0]} 应写作 “owner/name”", f'{wrong[0]} is written as "owner/name"'))
            return value

        @model_validator(mode="after")
        def _asks_for_something(self) -> GitHub.Parameters:
            if not (self.repositories or self.queries):
                raise ValueError(say("需要 repositories 或 queries", "repositories or queries is needed"))
            return self

    parameters: Parameters

    def start(self) -> list[Fetch]:
        """The issues and comments of each repository, and what each search finds."""
        since = self.floor()
        lists = [
            self._list(f"repos/{repository}/{path}", kind, since)
            for repository in self.parameters.repositories
            for path, kind in (("issues", "issues"), ("issues/comments", "comments"))
        ]
        return lists + [self._search(query, since) for query in self.parameters.queries]

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A list of issues or comments, a search's results, or one of them again."""
        if page.status != 200 or (isinstance(payload, Mapping) and "message" in payload and "id" not in payload):
            raise refusal(payload.get("message") if isinstance(payload, Mapping) else f"HTTP {page.status}")
        if page.kind == "search":
            return self._read_search(page, record(payload))
        if page.kind in ("issue", "comment"):
            return self._read_one(page, record(payload))
        rows = rows_of(payload)
        parsed = self._parsed(rows, page.kind)
        self._follow(page, parsed)
        return parsed

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The issue (and what was said on it lately) or the comment; 404 and 410 mean deleted."""
        place = _PLACE.search(wanted.url)
        if not place:
            return None
        repository, _, number, comment = place.groups()
        path = f"issues/comments/{comment}" if comment else f"issues/{number}"
        kind = "comment" if comment else "issue"
        return Fetch(self.at(f"repos/{repository}/{path}"), kind, HEADERS, {"id": wanted.native_id})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """What was said since the last crawl on an issue that a search found; all of a repository comes anyway."""
        found = _THREAD.fullmatch(thread.thread_id)
        whole = {repository.lower() for repository in self.parameters.repositories}
        return self._thread(found.group(1), found.group(2)) if found and found.group(1).lower() not in whole else None

    def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """The operator's token: 5000 requests an hour in place of 60."""
        return {"Authorization": f"Bearer {self.job.secret}"}

    # addresses

    def _list(self, path: str, kind: str, since: datetime | None) -> Fetch:
        query: dict[str, object] = {"state": "all"} if kind == "issues" else {}
        query |= {"sort": "updated", "direction": "desc", "per_page": A_PAGE}
        if since:
            query["since"] = _utc(since)
        return Fetch(self.at(path, **query), kind, HEADERS, {"list": path})

    def _thread(self, repository: str, number: str) -> Fetch:
        """The comments of one issue, oldest first (the only order there is), since the last crawl."""
        since = self.floor()
        query: dict[str, object] = {"per_page": A_PAGE} | ({"since": _utc(since)} if since else {})
        path = f"repos/{repository}/issues/{number}/comments"
        return Fetch(self.at(path, **query), "thread", HEADERS, {"list": path})

    def _search(self, query: str, since: datetime | None, until: datetime | None = None) -> Fetch:
        asked = query if self.parameters.pulls or re.search(r"\b(?:is|type):", query) else f"{query} is:issue"
        if since or until:
            asked += f" updated:{_utc(since) if since else '*'}..{_utc(until) if until else '*'}"
        url = self.at("search/issues", q=asked, sort="updated", order="desc", per_page=A_PAGE)
        context = {"list": query, "since": since.isoformat() if since else "", "until": _utc(until) if until else ""}
        return Fetch(url, "search", HEADERS, context)

    def _follow(self, page: Page, parsed: Parsed) -> bool:
        """Go on where the ``Link`` header names a next page on the same host; False where there is none."""
        found = _NEXT.search(page.headers.get("link", ""))
        url = urljoin(page.url, found.group(1)) if found else ""
        if not url or urlsplit(url).netloc != urlsplit(page.url).netloc:
            return False
        self.turn(parsed, Fetch(url, page.kind, HEADERS, page.context), str(page.context["list"]))
        return True

    # reading

    def _read_search(self, page: Page, payload: Row) -> Parsed:
        rows = rows_of(payload, "items")
        parsed = self._parsed(rows, "issues")
        parsed.fetches = [self._thread(*place) for row in rows if row.get("comments") and (place := _place(row))]
        if payload.get("incomplete_results") is True:
            parsed.audit.append(say("搜索超时，结果不全", "the search ran out of time; its results are not complete"))
        total = payload.get("total_count")
        if not self._follow(page, parsed) and isinstance(total, int) and total > MOST_FOUND:
            self._split(page, rows, parsed)
        return parsed

    def _split(self, page: Page, rows: list[Row], parsed: Parsed) -> None:
        """Beyond the thousandth result: the same search for what was updated before the last one seen."""
        times = [at for row in rows if (at := self.date(row.get("updated_at")))]
        if times and _utc(min(times)) != page.context["until"]:
            query = str(page.context["list"])
            self.turn(parsed, self._search(query, moment(page.context["since"]), min(times)), query)

    def _read_one(self, page: Page, payload: Row) -> Parsed:
        parsed = self._parsed([payload], "issues" if page.kind == "issue" else "comments")
        place = _place(payload)
        if page.kind == "issue" and payload.get("comments") and place:
            parsed.fetches.append(self._thread(*place))
        return parsed

    def _parsed(self, rows: list[Row], kind: str) -> Parsed:
        wanted = [row for row in rows if self.parameters.pulls or not _is_pull(row)]
        make = self._issue if kind == "issues" else self._comment
        captures = [make(row) for row in identified(wanted, "id")]
        return Parsed(captures=captures, fields=names("issue" if kind == "issues" else "comment", rows))

    def _issue(self, row: Row) -> RawMention:
        labels = row.get("labels")
        marks = [words(one, "name") for one in labels if isinstance(one, Mapping)] if isinstance(labels, list) else []
        facts = {"status": words(row, "state"), "reason": words(row, "state_reason"), "labels": ", ".join(marks)}
        return self._capture(
            f"issue-{identity(row, 'id')}", row, facts, title=words(row, "title"), metrics=_metrics(row)
        )

    def _comment(self, row: Row) -> RawMention:
        return self._capture(f"comment-{identity(row, 'id')}", row, {}, metrics=_metrics(row))

    def _capture(self, native_id: str, row: Row, facts: dict[str, str], **more: Any) -> RawMention:
        user = inner(row, "user")  # null where the account is gone: GitHub shows "ghost" there
        place = _place(row)
        created, updated = words(row, "created_at"), words(row, "updated_at")
        facts |= {
            "association": words(row, "author_association").replace("NONE", ""),
            "author_type": words(user, "type").replace("User", ""),
            "updated_at": updated if updated != created else "",
        }
        return self.mention(
            native_id,
            words(row, "html_url"),
            written=created,
            content=_REMARK.sub("", words(row, "body")),
            author_id=identity(user, "id"),
            author_name=words(user, "login"),
            thread_id=f"{place[0]}#{place[1]}" if place else "",
            fields=facts,
            **more,
        )


def _is_pull(row: Row) -> bool:
    return isinstance(row.get("pull_request"), Mapping) or "/pull/" in words(row, "html_url")


def _place(row: Row) -> tuple[str, str] | None:
    """The repository and the number of the issue that a record belongs to, from its page's address."""
    found = _PLACE.search(words(row, "html_url"))
    return (found.group(1), found.group(3)) if found else None


def _metrics(row: Row) -> dict[str, int]:
    reactions = inner(row, "reactions")
    return counts(row, replies="comments") | counts(reactions, likes="+1", dislikes="-1")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
