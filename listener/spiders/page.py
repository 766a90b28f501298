"""Any forum or complaint board, described by selectors in TOML: a list, and maybe the pages that it leads to.

    list ─▶ rows ─▶ mentions                       (no ``detail``: a row is a mention)
    list ─▶ rows ─▶ thread ─▶ rows ─▶ mentions     (``detail`` with ``rows``: a thread with its replies)
    list ─▶ rows ─▶ page ─▶ mention                (``detail`` without ``rows``)

A thread is opened where its row shows that somebody spoke since the last crawl, by ``activity`` or ``count``, and from
the page on that was its last one. Where a row shows neither, young threads are opened each time. A page that shows
nothing but what this crawl has seen is the last one again, and not followed. Selectors that find nothing on a page
with content make it broken; a value that no row ever shows is said.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, ClassVar
from urllib.parse import urldefrag, urljoin, urlsplit
from zoneinfo import ZoneInfo

from parsel import Selector

from listener.language import say
from listener.model import RawMention
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform, Revisit
from listener.spiders.page_parameters import PageParameters, Rows
from listener.spiders.payload import moment
from listener.spiders.selecting import Select, compiled, markup, nodes, value
from listener.text.dates import DateReading, read_date_why

OVERLAP = timedelta(hours=1)
KEPT_THREADS = 5000
"""Threads whose last page is remembered between crawls."""

ENOUGH_ROWS = 3
"""Rows without a value after which it is said that its selector finds nothing."""

_BODY = Select(select=("body",))

Listed = dict[str, str]
"""What a list's row says of a thread: id, url, title, author, author_id, time, count."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row of a list; ``active`` is the latest moment at which somebody may have spoken there."""

    row: Selector
    listed: Listed
    active: datetime | None


class PageSource(Platform):
    """One list with what it leads to."""

    NAME: ClassVar[str] = "page"
    Parameters = PageParameters

    parameters: PageParameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        since = moment(job.state.get("since"))
        self._floor = job.since or (since - OVERLAP if since else None)
        self._threads: dict[str, dict[str, Any]] = dict(job.state.get("threads") or {})
        self._zone = ZoneInfo(self.parameters.zone) if self.parameters.zone else job.zone
        self._hosts = {urlsplit(job.url).netloc, *self.parameters.hosts}
        self._seen: set[tuple[str, str]] = set()
        self._lists = 0
        self._rows: Counter[str] = Counter()
        self._found: Counter[str] = Counter()

    def start(self) -> list[Fetch]:
        """The first page of the list."""
        return [Fetch(self.job.url, "list", context={"page": 1})]

    def read(self, page: Page) -> Parsed:
        """A page of the list, or one that it leads to."""
        encoding = self.parameters.encoding
        document = Selector(text=page.body.decode(encoding, "replace") if encoding else page.text, type="html")
        self._hosts.add(urlsplit(page.url).netloc)  # a site may redirect to its other name
        return self._read_thread(page, document) if page.kind == "thread" else self._read_list(page, document)

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The page on which it stands; a thread that is forgotten is read no more."""
        known = self._threads.get(wanted.thread_id)
        if not self.parameters.detail or not known or not wanted.url:
            return None
        url = urldefrag(wanted.url).url
        number = 1 if url == known.get("first") else 0
        listed = {"id": wanted.thread_id, "title": str(known.get("title", "")), "url": url}
        return Fetch(url, "thread", context={"listed": listed, "page": number, "wanted": wanted.native_id})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The last page of a thread that was read."""
        known = self._threads.get(thread.thread_id)
        if not self.parameters.detail or not known:
            return None
        listed = {"id": thread.thread_id, "title": known.get("title", ""), "count": known.get("count", "")}
        context = {"listed": {**listed, "url": known["url"]}, "page": known["page"]}
        return Fetch(str(known["url"]), "thread", context=context)

    def next_state(self) -> dict[str, Any]:
        """When this crawl began, and each thread's last page."""
        newest = dict(list(self._threads.items())[-KEPT_THREADS:])
        return {"since": self.job.now.isoformat(), "threads": newest}

    # the list

    def _read_list(self, page: Page, document: Selector) -> Parsed:
        where, number = self.parameters.list, int(page.context["page"])
        rows = nodes(document, where.rows)
        if not rows:
            return Parsed() if number > 1 or nodes(document, where.empty) else self._nothing("list.rows")
        entries = [self._entry(row, page) for row in rows]
        whole = [entry for entry in entries if entry.listed["id"]]
        parsed = Parsed(audit=self._silent("list", where, rows))
        if not whole:
            return self._nothing("list.id" if where.id else "list.link")
        if len(whole) < len(entries):
            parsed.audit.append(say(f"{len(entries) - len(whole)} 行没有编号", "rows without an id"))
        fresh = [entry for entry in whole if self._first("", entry.listed["id"]) and self._is_fresh(entry)]
        if self.parameters.detail is None:
            parsed.captures = [self._listed_mention(entry) for entry in whole]
            self._judge(parsed, where, "list")
        else:
            parsed.fetches = [fetch for entry in fresh if (fetch := self._open(entry, parsed))]
        if fresh:
            self._turn(page, document, number + 1, parsed)
        return parsed

    def _entry(self, row: Selector, page: Page) -> _Entry:
        where = self.parameters.list
        names = {name: value(row, at) for name, at in where.named().items() if name not in ("text", *where.fields)}
        link = value(row, where.link)
        url = urldefrag(urljoin(page.url, link)).url if link else ""
        listed = {**names, "id": names.get("id", "") if where.id else url, "url": url, "count": value(row, where.count)}
        shown = self._date(value(row, where.activity if where.activity else where.time), where)
        coarse = {"day": timedelta(days=1), "hour": timedelta(hours=1)}.get(shown.unit, timedelta())
        return _Entry(row, listed, shown.at + coarse if shown.at else None)

    def _is_fresh(self, entry: _Entry) -> bool:
        """False where nothing was said since; a row that does not tell may hold anything."""
        where, floor = self.parameters.list, self._floor
        if floor is None:
            return True
        known = self._threads.get(entry.listed["id"])
        if where.count and self.parameters.detail:
            if known is None and not where.activity:
                return True
            if known is not None and known.get("count") != entry.listed["count"]:
                return True
            if not where.activity:
                return bool(self.job.since)
        if entry.active is None:
            return True
        if self.parameters.detail and not where.activity:  # only when it began is known
            floor = min(floor, self.job.now - timedelta(days=where.watch_days))
        return entry.active >= floor

    def _open(self, entry: _Entry, parsed: Parsed) -> Fetch | None:
        """The thread, from its last known page on; None where its link leads elsewhere."""
        listed = entry.listed
        known = {} if self.job.since else self._threads.get(listed["id"], {})
        url, number = str(known.get("url") or listed["url"]), int(known.get("page") or 1)
        if not self._is_ours(url):
            parsed.audit.append(say(f"链接指向其他网站，未跟随：{url}", f"a link to another site, not followed: {url}"))
            return None
        return Fetch(url, "thread", context={"listed": listed, "page": number})

    def _turn(self, page: Page, document: Selector, number: int, parsed: Parsed) -> None:
        """Go on to the next page of the list, now or the next time."""
        where = self.parameters.list
        link = where.pages.replace("{page}", str(number)) if where.pages else value(document, where.next)
        url = urldefrag(urljoin(page.url, link)).url if link else ""
        if not url or url == page.url or not self._is_ours(url):
            return
        fetch = Fetch(url, "list", context={"page": number})
        self._lists += 1
        if self.job.since or self._lists < self.job.max_pages:
            parsed.fetches.append(fetch)
            return
        most = self.job.max_pages
        said = say(f"达到页数上限 {most}，更早的没有读取", f"the cap of {most} pages is hit; what is older is not read")
        if self._floor:
            parsed.later.append(fetch)
            said = say(
                f"达到页数上限 {most}，其余留到下次", f"the cap of {most} pages is hit; the rest comes next time"
            )
        parsed.capped = said
        parsed.audit.append(said)

    # what the list leads to

    def _read_thread(self, page: Page, document: Selector) -> Parsed:
        where, context = self.parameters.detail, page.context
        assert where is not None
        listed, wanted = dict(context["listed"]), str(context.get("wanted") or "")
        rows = nodes(document, where.rows) if where.rows else [document]
        if where.gone and not (where.rows and rows) and compiled(where.gone).search(value(document, _BODY)):
            gone = wanted or ("" if where.rows else listed["id"])
            return Parsed(gone=[gone] if gone else [], audit=[f"{page.url}: {say('已删除', 'deleted')}"])
        if not rows:
            return Parsed() if nodes(document, where.empty) else self._nothing("detail.rows")
        parsed = Parsed(audit=self._silent("detail", where, rows))
        first = int(context["page"]) == 1
        parsed.captures = [self._said(row, page, listed, first and index == 0) for index, row in enumerate(rows)]
        self._judge(parsed, where, "detail")
        if wanted:
            return self._only(wanted, parsed, page, document)
        new = [mention for mention in parsed.captures if self._first(listed["id"], mention.native_id)]
        self._remember(listed, page)
        if new:
            self._next_of_thread(page, document, parsed)
        return parsed

    def _said(self, row: Selector, page: Page, listed: Listed, opening: bool) -> RawMention:
        where = self.parameters.detail
        assert where is not None
        names = {name: value(row, at) for name, at in where.named().items() if name != "text"}
        alone = listed if not where.rows else {}  # a page that is one mention: its row in the list speaks for it too
        shown = {name: names.get(name) or alone.get(name, "") for name in ("author", "author_id", "time")}
        title = names.get("title") or (listed.get("title", "") if opening else "")
        native_id = names.get("id", "") if where.rows else names.get("id") or listed["id"]
        link, place = names.get("link", ""), row.attrib.get("id", "")
        here = page.url if not place or not where.rows else f"{page.url}#{place}"
        facts = {name: names[name] for name in where.fields if names.get(name)}
        url = urljoin(page.url, link) if link else here
        return self._mention(where, native_id, url, title, markup(row, where.text), shown, str(listed["id"]), facts)

    def _remember(self, listed: Listed, page: Page) -> None:
        """This thread's last page so far; what was read last stands last, and the oldest are forgotten first."""
        known = self._threads.pop(listed["id"], {})
        number = int(page.context["page"])
        first = page.url if number == 1 else known.get("first", "")
        facts = {"url": page.url, "page": number, "first": first, "count": listed.get("count", "")}
        self._threads[listed["id"]] = facts | {"title": listed.get("title") or known.get("title", "")}

    def _next_of_thread(self, page: Page, document: Selector, parsed: Parsed) -> None:
        assert self.parameters.detail is not None
        link = value(document, self.parameters.detail.next)
        url = urldefrag(urljoin(page.url, link)).url if link else ""
        if url and url != page.url and self._is_ours(url):
            context = {"listed": page.context["listed"], "page": int(page.context["page"]) + 1}
            parsed.fetches.append(Fetch(url, "thread", context=context))

    def _only(self, wanted: str, parsed: Parsed, page: Page, document: Selector) -> Parsed:
        """The one that is read again. Gone for sure only where the thread's one page does not show it."""
        parsed.captures = [mention for mention in parsed.captures if mention.native_id == wanted]
        assert self.parameters.detail is not None
        alone = int(page.context["page"]) == 1 and not value(document, self.parameters.detail.next)
        if not parsed.captures and alone and not parsed.broken:
            parsed.gone = [wanted]
        elif not parsed.captures:
            parsed.audit.append(say(f"{wanted} 不在原来的页上", f"{wanted} is not on its page any more"))
        return parsed

    # both

    def _listed_mention(self, entry: _Entry) -> RawMention:
        where, listed = self.parameters.list, entry.listed
        facts = {name: shown for name, at in where.fields.items() if (shown := value(entry.row, at))}
        text = markup(entry.row, where.text)
        url = listed["url"] or self.job.url
        return self._mention(where, listed["id"], url, listed.get("title", ""), text, listed, listed["id"], facts)

    def _mention(
        self, where: Rows, native_id: str, url: str, title: str, text: str, shown: Listed, thread: str, facts: Listed
    ) -> RawMention:
        return RawMention(
            source=self.job.source,
            platform=self.NAME,
            site=urlsplit(self.job.url).netloc,
            native_id=native_id,
            url=url,
            captured_at=self.job.now,
            title=escape(title, quote=False),
            content=text,
            content_type="text/html",
            author_id=shown.get("author_id", ""),
            author_name=shown.get("author", ""),
            published_at=self._date(shown.get("time", ""), where).at,
            published_raw=shown.get("time", ""),
            thread_id=thread,
            fields=facts,
        )

    def _date(self, text: str, where: Rows) -> DateReading:
        """The time by the formats of the source, then as pages write it; what cannot be is none."""
        for known in where.dates:
            try:
                read = datetime.strptime(text, known).replace(tzinfo=self._zone)
            except ValueError:
                continue
            unit = "second" if "%S" in known else "minute" if "%M" in known else "day"
            return read_date_why(read.isoformat(), self.job.now, self._zone)._replace(unit=unit)
        return read_date_why(text, self.job.now, self._zone)

    def _judge(self, parsed: Parsed, where: Rows, section: str) -> None:
        """Rows of which none has words or an id were not understood; a single one without is passed over, and said."""
        whole = [mention for mention in parsed.captures if mention.native_id]
        worded = [mention for mention in whole if mention.content.strip() or (mention.title and not where.text)]
        if not worded:
            parsed.broken = self._nothing(f"{section}.{'text' if whole else 'id'}").broken
        elif len(worded) < len(parsed.captures):
            count = len(parsed.captures) - len(worded)
            parsed.audit.append(say(f"{count} 行没有编号或正文", f"{count} rows without an id or words"))
        parsed.captures = worded

    def _silent(self, section: str, where: Rows, rows: list[Selector]) -> list[str]:
        """A line for each value that no row so far shows, said once."""
        said = []
        for name, at in where.named().items():
            key = f"{section}.{name}"
            before = self._rows[key]
            self._rows[key] += len(rows)
            self._found[key] += sum(bool(nodes(row, at)) for row in rows)
            if not self._found[key] and before < ENOUGH_ROWS <= self._rows[key]:
                said.append(
                    say(
                        f"{key} 在 {self._rows[key]} 行中没有匹配到任何内容",
                        f"{key} matches nothing in {self._rows[key]} rows",
                    )
                )
        return said

    def _nothing(self, key: str) -> Parsed:
        return Parsed(
            broken=say(
                f"{key} 没有匹配到任何内容，页面可能已改版",
                f"{key} matches nothing; the pages may have been redesigned",
            )
        )

    def _first(self, thread: str, native_id: str) -> bool:
        """True where this crawl meets it for the first time."""
        known = (thread, native_id) in self._seen
        self._seen.add((thread, native_id))
        return not known

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and parts.netloc in self._hosts
