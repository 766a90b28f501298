"""What platforms whose pages are JSON share: bodies that are none, fields of any type, times, the cap on pages.

Nothing here raises on a payload but ``Unreadable``, which ``JsonPlatform.read`` turns into a broken page or a wall: an
error that comes as JSON, with status 200 or not, must never look like a page without news.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform
from listener.spiders.outcomes import BLOCKED, LOGIN, wall
from listener.text.dates import read_date

Row = Mapping[str, Any]

LONGEST_SAID = 160
"""Characters that are kept of what an interface says went wrong."""

_WALLS = {**dict.fromkeys(BLOCKED, Outcome.BLOCKED), **dict.fromkeys(LOGIN, Outcome.LOGIN_EXPIRED)}
"""What a status means by itself, where a platform reads such answers and cannot make sense of one."""

_TITLE_OF_A_LOGIN = re.compile(r"<title>[^<]{0,80}(?:登[录陆錄入]|sign[ -]?in|log[ -]?in|sso)", re.IGNORECASE)
_CHALLENGE = re.compile(r"cf-chl|challenge-platform|Attention Required|Access denied|captcha|too many requests", re.I)


class Unreadable(Exception):
    """A payload that is no page with mentions: ``why`` in a line, ``wall`` where it is a refusal."""

    def __init__(self, why: str, wall: Outcome | None = None) -> None:
        super().__init__(why)
        self.why, self.wall = why, wall


_ESCAPED = re.compile(r"\\ud[89a-f]", re.IGNORECASE)


def _mended(found: Any) -> Any:
    """The payload without halves of characters (an escape such as \\ud83d alone): they can stand in no address."""
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def decoded(page: Page) -> Any:
    """The page as JSON; ``Unreadable`` for anything else, and a wall where it is a login or a challenge."""
    try:
        payload = json.loads(page.text)
        return _mended(payload) if _ESCAPED.search(page.text) else payload
    except (ValueError, RecursionError):
        pass
    head = page.text[:200_000]
    if "<" not in head[:2000]:
        raise Unreadable(say("不是有效的 JSON", "not valid JSON"), rate_limited(head))
    found = wall(head, page.url) or (Outcome.LOGIN_EXPIRED if _TITLE_OF_A_LOGIN.search(head) else None)
    found = found or (Outcome.BLOCKED if _CHALLENGE.search(head) else None)
    raise Unreadable(say("返回的是网页，不是 JSON", "a web page in place of JSON"), found)


_LIMIT = re.compile(
    r"rate.?limit|too many|throttl|quota|slow down|more requests available|abuse|频繁|限流|次数超限|限制访问",
    re.IGNORECASE,
)
_ACCESS = re.compile(
    r"log.?in|logged|sign in|unauthori[sz]ed|not.authori[sz]ed|credential|authenticat|access.?token|invalid token"
    r"|登[录陆]",
    re.IGNORECASE,
)


def rate_limited(said: str) -> Outcome | None:
    """``BLOCKED`` where an interface says that it was asked too often."""
    return Outcome.BLOCKED if _LIMIT.search(said[:2000]) else None


def refusal(said: object) -> Unreadable:
    """What an interface's own error message means: asked too often, a login wanted, or an error like any other."""
    words = " ".join(str(said).split())[:LONGEST_SAID]
    found = rate_limited(words) or (Outcome.LOGIN_EXPIRED if _ACCESS.search(words) else None)
    return Unreadable(say(f"接口报错：{words}", f"the interface answers with an error: {words}"), found)


def rows_of(payload: object, key: str = "") -> list[Row]:
    """The records under ``key`` (or the payload itself); ``Unreadable`` where there is no list of them."""
    found = payload.get(key) if key and isinstance(payload, Mapping) else payload
    if not isinstance(found, list):
        what = say(f"没有找到 {key or '列表'}", f"no {key or 'list'}")
        raise Unreadable(say(f"{what}，接口可能已改版", f"{what}; the interface may have changed"))
    return [row for row in found if isinstance(row, Mapping)]


def record(payload: object) -> Row:
    """The payload as one record; ``Unreadable`` for a list, a text, null."""
    if not isinstance(payload, Mapping):
        raise Unreadable(
            say("内容不是预期的结构，接口可能已改版", "not the shape expected; the interface may have changed")
        )
    return payload


def inner(row: Row, key: str) -> Row:
    """The record under ``key``; an empty one where there is none."""
    found = row.get(key)
    return found if isinstance(found, Mapping) else {}


def words(row: Row, *keys: str) -> str:
    """The first of the keys that holds a text which is not blank; "" where none does."""
    return next((value for key in keys if isinstance(value := row.get(key), str) and value.strip()), "")


def identity(row: Row, *keys: str) -> str:
    """The first of the keys that holds a number or a text, as text; "" where none does."""
    for key in keys:
        value = row.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def identified(rows: list[Row], *keys: str) -> list[Row]:
    """The records that have an id under one of the keys; ``Unreadable`` where there are records and none has one."""
    found = [row for row in rows if identity(row, *keys)]
    if rows and not found:
        why = say(f"没有一条有 {keys[0]}，接口可能已改版", f"none has {keys[0]}; the interface may have changed")
        raise Unreadable(why)
    return found


def counts(row: Row, **wanted: str) -> dict[str, int]:
    """Metrics by their names from the fields that hold them; what is no whole number is left out."""
    return {name: value for name, key in wanted.items() if isinstance(value := row.get(key), int) and value is not True}


Fields = dict[str, tuple[int, int]]
"""By the name of a field: how many records had it, and how many there were."""


def names(prefix: str, rows: Iterable[Row]) -> Fields:
    """The fields that the records have, each as ``prefix.name``."""
    listed = list(rows)
    counted = Counter(f"{prefix}.{key}" for row in listed for key in row)
    return {name: (count, len(listed)) for name, count in counted.items()}


DEEPEST = 6
MOST_RECORDS = 5000
_MADE_KEY = re.compile(r"^\d|\d{4}|[^\w@$-]|^.{41,}$")
"""A key that looks like a value: numbers, addresses, names of strangers."""

MOST_KEYS = 80
"""A record with more keys than this is a table, whose keys are values."""


def shape(kind: str, payload: object) -> Fields:
    """The fields of every record in a payload, by the way to it: ``post_stream.posts.username``.

    Lists add nothing to the way, and keys that look like values count as one.
    """
    has: Counter[str] = Counter()
    records: Counter[str] = Counter()
    waiting: list[tuple[str, int, object]] = [(kind or "page", 0, payload)]
    while waiting and sum(records.values()) < MOST_RECORDS:
        way, depth, found = waiting.pop()
        if isinstance(found, list):
            waiting += [(way, depth, one) for one in found if isinstance(one, dict | list)]
        elif isinstance(found, dict) and depth < DEEPEST:
            records[way] += 1
            table = len(found) > MOST_KEYS
            named = {key: "*" if table or _MADE_KEY.search(key) else key for key in found}
            has.update({f"{way}.{name}" for name in named.values()})
            waiting += [(f"{way}.{named[key]}", depth + 1, value) for key, value in found.items()]
    return {name: (count, records[name.rpartition(".")[0]]) for name, count in has.items()}


def _with_ids(parsed: Parsed) -> Parsed:
    """What was read, without captures that have no id: the fetcher passes over them, which must not look empty."""
    found = [capture for capture in parsed.captures if capture.native_id]
    if parsed.captures and not found:
        raise Unreadable(say("没有一条有 id，接口可能已改版", "none has an id; the interface may have changed"))
    parsed.captures = found
    return parsed


def moment(text: object) -> datetime | None:
    """A time that this platform wrote into its own state or context; None for anything else."""
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None


def _kind(page: Page) -> str:
    """What its records are called: pages that are asked for in one way may list things of several kinds."""
    further = page.context.get("kind")
    return f"{page.kind}-{further}" if isinstance(further, str) and further else page.kind


class JsonPlatform(Platform):
    """A platform whose pages are JSON. ``OVERLAP``: how far before the last crawl one reads again.

    ``SITE`` is the host inside which ids are unique, where that is not the host of the source's address.
    """

    SITE: ClassVar[str] = ""
    OVERLAP: ClassVar[timedelta] = timedelta(hours=1)

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._turned: Counter[str] = Counter()

    def read(self, page: Page) -> Parsed:
        """The page's mentions; broken, with a wall where it is one, for what cannot be read."""
        try:
            payload = decoded(page)
            parsed = _with_ids(self.read_payload(page, payload))
            parsed.fields = parsed.fields or shape(_kind(page), payload)
            return parsed
        except Unreadable as trouble:
            return Parsed(broken=trouble.why, wall=trouble.wall or _WALLS.get(page.status))

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """The mentions of a page that is JSON; ``Unreadable`` where it holds an error or has another shape."""
        raise NotImplementedError

    def site(self) -> str:
        """Where ids are unique: ``SITE``, else the host of the source's address."""
        return self.SITE or urlsplit(self.job.url).netloc

    def at(self, path: str, **query: object) -> str:
        """The address of a path below the source's own; parameters in the order given."""
        url = f"{self.job.url.rstrip('/')}/{path.lstrip('/')}"
        return f"{url}?{urlencode(query)}" if query else url

    def floor(self) -> datetime | None:
        """Mentions older than this need not be read: the backfill's begin, else the last crawl's less the overlap."""
        last = moment(self.job.state.get("since"))
        return self.job.since or (last - self.OVERLAP if last else None)

    def next_state(self) -> dict[str, Any]:
        """When this crawl began; the old time where a backfill did not reach back to it."""
        last = moment(self.job.state.get("since"))
        short = bool(self.job.since and last and self.job.since > last)
        return {**self.job.state, "since": (last if short and last else self.job.now).isoformat()}

    def turn(self, parsed: Parsed, fetch: Fetch, name: str = "") -> None:
        """Go on to the next page of the list ``name``. At the cap a later crawl goes on there, a first one does not.

        A backfill has no cap. What lies between the cap and the last crawl would be lost, so the next one reads it.
        """
        self._turned[name] += 1
        if self.job.since or self._turned[name] < self.job.max_pages:
            parsed.fetches.append(fetch)
            return
        most = self.job.max_pages
        if self.floor():
            parsed.later.append(fetch)
            said = say(
                f"达到页数上限 {most}，其余留到下次", f"the cap of {most} pages is hit; the rest comes next time"
            )
        else:
            said = say(
                f"达到页数上限 {most}，更早的没有读取", f"the cap of {most} pages is hit; what is older is not read"
            )
        parsed.capped = f"{name}: {said}" if name else said
        parsed.audit.append(parsed.capped)

    def date(self, written: object) -> datetime | None:
        """The time in a field: ISO 8601, or seconds or milliseconds since the epoch; None where there is none."""
        text = str(written) if isinstance(written, str | int | float) and written is not True else ""
        return read_date(text, self.job.now, self.job.zone) if text else None

    def mention(
        self, native_id: str, url: str, *, written: object = "", html: bool = False, **facts: Any
    ) -> RawMention:
        """A capture of this source; ``written`` is its time as the payload has it, ``facts`` are its other fields.

        What of the capture's ``fields`` is empty is left out.
        """
        facts["fields"] = {name: value for name, value in facts.get("fields", {}).items() if value}
        return RawMention(
            source=self.job.source,
            platform=self.NAME,
            site=self.site(),
            native_id=native_id,
            url=url,
            captured_at=self.job.now,
            content_type="text/html" if html else "text/plain",
            published_at=self.date(written),
            published_raw=str(written) if written not in (None, "") else "",
            **facts,
        )
