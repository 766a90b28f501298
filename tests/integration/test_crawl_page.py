"""A board that no spider knows, described by selectors and crawled end to end."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.settings import SourceSettings
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said
from tests.factories import NOW, ZONE
from tests.json_site import JsonSite, serving

HOUR = timedelta(hours=1)
EXAMPLE = Path(__file__).parents[2] / "config" / "sources" / "page.toml.example"
PARAMETERS = SourceSettings.model_validate(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))).options
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass
class Said:
    number: int
    author: str
    text: str
    at: datetime


@dataclass
class Board:
    """Threads in the markup of the example. ``renamed``: a class that the board's new design calls otherwise."""

    threads: dict[int, list[Said]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    renamed: str = ""
    site: JsonSite = field(default_factory=lambda: JsonSite(lambda path, query: (404, "", {})))
    count: int = 0

    def say(self, thread: int, author: str, text: str, at: datetime) -> str:
        self.count += 1
        self.threads.setdefault(thread, []).append(Said(self.count, author, text, at.astimezone(ZONE)))
        return str(self.count)

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        page = int(query.get("p", "1"))
        if path == "/list":
            text = self._list(page)
        elif int(path.strip("/").split("/")[1]) not in self.gone:
            text = self._thread(int(path.strip("/").split("/")[1]), page)
        else:
            return 404, "<p>主题不存在</p>", HTML
        return 200, text.replace(f'class="{self.renamed}"', 'class="new"') if self.renamed else text, HTML

    def _list(self, page: int) -> str:
        newest = sorted(self.threads, key=lambda thread: self.threads[thread][-1].at, reverse=True)
        rows = "".join(self._row(thread) for thread in newest[(page - 1) * 4 : page * 4])
        return f'<ul class="topics">{rows}</ul>{self._next("/list", page, len(newest), 4)}'

    def _row(self, thread: int) -> str:
        last = self.threads[thread][-1].at
        return (
            f'<li><a class="title" href="/topic/{thread}/?from=list#new">主题 &lt;{thread}&gt;</a>'
            f'<span class="replies">{len(self.threads[thread]) - 1} 回复</span>'
            f'<time class="last" title="{last:%Y-%m-%d %H:%M}">刚刚</time></li>'
        )

    def _thread(self, thread: int, page: int) -> str:
        shown = self.threads[thread][(page - 1) * 3 : page * 3]
        rows = "".join(
            f'<div class="reply" data-id="{one.number}" id="c{one.number}"><a class="who" href="/u/{one.number}/">'
            f'{one.author}</a><time datetime="{one.at.isoformat()}">刚刚</time>'
            f'<div class="words">{escape(one.text)}</div></div>'
            for one in shown
        )
        return f"<h1>主题</h1>{rows}{self._next(f'/topic/{thread}/', page, len(self.threads[thread]), 3)}"

    def _next(self, path: str, page: int, count: int, size: int) -> str:
        """This board shows a next link on its last page, too: it leads to the same page again."""
        following = min(page + 1, -(-count // size))
        return f'<a class="next" href="{path}?p={following}">下一页</a>'


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board()
    for thread in range(1, 11):
        for place in range(thread):
            made.say(
                thread,
                f"车主{place}",
                f"{thread} 帖 {place} 楼 <没人管> 😡",
                NOW - timedelta(days=30 - thread) + place * HOUR,
            )
    with serving(JsonSite(made.answer)) as site:
        made.site = site
        yield made


def crawl(board: Board, state: Any = None, **changes: Any) -> tuple[Result, dict[str, RawMention]]:
    given = job(f"{board.site.url}list", "page", state=state or {}, parameters=PARAMETERS, **changes)
    result, found = said(run_child(given))
    return result, {mention.native_id: mention for mention in found}


def test_everything_comes_once_with_author_text_time_and_title(board: Board) -> None:
    result, found = crawl(board)
    assert result.outcome is Outcome.OK, result.detail
    assert result.audit == []
    truth = {
        str(one.number): (
            one.author,
            str(one.number),
            one.at,
            str(thread),
            f"主题 &lt;{thread}&gt;" if not place else "",
        )
        for thread, rows in board.threads.items()
        for place, one in enumerate(rows)
    }
    seen = {key: (m.author_name, m.author_id, m.published_at, m.thread_id, m.title) for key, m in found.items()}
    assert seen == truth
    assert all("&lt;没人管&gt; 😡" in mention.content for mention in found.values())


def test_a_later_crawl_opens_what_was_spoken_in_at_its_last_page(board: Board) -> None:
    first, _ = crawl(board)
    board.site.paths()
    quiet, nothing = crawl(board, first.state, now=(NOW + HOUR).isoformat())
    assert (quiet.outcome, nothing, board.site.paths()) == (Outcome.EMPTY, {}, ["/list"])
    board.say(5, "后来者", "x", NOW + 2 * HOUR)
    board.gone.add(5)  # between the list and the thread: no error
    fresh = [board.say(7, "后来者", f"还没修好 {number}", NOW + 2 * HOUR) for number in range(3)]
    again, found = crawl(board, quiet.state, now=(NOW + 3 * HOUR).isoformat())
    assert again.outcome is Outcome.OK
    assert set(fresh) <= set(found)
    opened = [path for path in board.site.paths() if "/topic/7/" in path]
    assert opened == ["/topic/7/?p=3", "/topic/7/?p=4"]


def test_a_mention_is_read_again(board: Board) -> None:
    first, found = crawl(board)
    edited = board.threads[2][0]
    edited.text = "已解决"
    wanted = [{"native_id": str(edited.number), "url": found[str(edited.number)].url, "thread_id": "2"}]
    given = job(f"{board.site.url}list", "page", state=first.state, parameters=PARAMETERS, revisits=wanted)
    done = run_child(given)
    _, again = said(done)
    assert {mention.native_id: "已解决" in mention.content for mention in again} == {str(edited.number): True}


def test_a_redesign_is_noticed_and_nothing_is_lost(board: Board) -> None:
    first, _ = crawl(board)
    fresh = board.say(3, "后来者", "还没修好", NOW + HOUR)
    board.renamed = "words"
    bad, found = crawl(board, first.state, now=(NOW + 2 * HOUR).isoformat())
    assert (bad.outcome, found) == (Outcome.PARSER_BROKE, {})
    board.renamed = ""
    good, found = crawl(board, bad.state, now=(NOW + 3 * HOUR).isoformat())
    assert (good.outcome, fresh in found) == (Outcome.OK, True)
