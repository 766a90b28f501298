"""Recorded payloads read by the platforms they belong to: found, expected, and the fields that are null.

    python tests/bench/bench_recorded.py SAMPLES_DIR

SAMPLES_DIR has a folder for each platform with payloads that public repositories recorded. Each is read as the page
that its platform would have fetched. ``expected`` counts the records of the payload that carry a text, by a way of its
own (not the platform's): ids, authors and texts must be there, times where the payload has one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from listener.spiders.base import Job, Page
from listener.spiders.decode import decode
from listener.spiders.registry import platforms

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Recorded:
    """A payload and how its platform would have come to it. ``expected``: how many records, how many with a time."""

    name: str
    platform: str
    text: str
    expected: tuple[int, int]
    kind: str = ""
    url: str = "https://site.example/"
    parameters: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    follows: int = 0
    """Pages that it must lead to; a list of topics holds no texts itself."""
    nameless: int = 0
    """Records in which the payload names no author."""
    textless: int = 0
    """Records whose text is empty in the payload: a picture."""


def discourse(folder: Path) -> Iterator[Recorded]:
    """Windows of a forum, topics, lists of topics."""
    for path in sorted((folder / "discourse").glob("*.json")):
        payload = json.loads(path.read_text(encoding="utf-8"))
        name, text = f"discourse/{path.name}", path.read_text(encoding="utf-8")
        if isinstance(payload, list):
            continue  # an old search answer: titles and addresses only, no texts
        if "latest_posts" in payload:
            rows, kind, context = payload["latest_posts"], "window", {"before": 0, "newest": 0, "since": ""}
        elif "post_stream" in payload:
            rows, kind, context = payload["post_stream"]["posts"], "topic", {"topic": str(payload["id"]), "seen": 0}
        else:
            topics = len({row["id"] for row in payload["topic_list"]["topics"]})
            context = {"category": "a/1", "page": 0, "since": ""}
            yield Recorded(name, "discourse", text, (0, 0), "list", context=context, follows=topics)
            continue
        timed = sum(1 for row in rows if row.get("created_at"))
        yield Recorded(name, "discourse", text, (len(rows), timed), kind, context=context)


def app_store(folder: Path) -> Iterator[Recorded]:
    """A page of reviews in JSON (2021, before Apple showed their time) and one in XML (2020) out of a Swift file."""
    context = {"country": "us", "page": 1, "since": "", "tries": 0}
    reviews = json.loads((folder / "appstore" / "gfitzy123_reviews_2021.json").read_text(encoding="utf-8"))["reviews"]
    rows = reviews["feed"]["entry"]
    timed = sum("updated" in row for row in rows)
    text = json.dumps(reviews)
    parameters = {"app": "1321994487"}
    yield Recorded(
        "appstore/gfitzy123 (JSON)", "app_store", text, (len(rows), timed), parameters=parameters, context=context
    )
    swift = (folder / "appstore" / "DayBySay_Fixture_2020-08.swift").read_text(encoding="utf-8")
    for part in swift.split('"""')[1::2]:
        count = part.count("<entry>") or part.count('"im:rating"')
        timed = part.count("<updated>" if "<entry>" in part else '"updated"') - 1  # the feed has one too
        name = f"appstore/DayBySay ({'XML' if '<entry>' in part else 'JSON'})"
        yield Recorded(name, "app_store", part, (count, timed), parameters=parameters, context=context)


def mastodon(folder: Path) -> Iterator[Recorded]:
    """What test suites of version 4.6 recorded: timelines, searches, single statuses."""
    for path in sorted((folder / "mastodon").glob("*.yaml")):
        for number, (address, text) in enumerate(_cassette(path)):
            found = MASTODON.search(address)
            payload = json.loads(text) if text.startswith(("[", "{")) else {}
            if not found or (isinstance(payload, dict) and "error" in payload):
                continue
            rows = payload if isinstance(payload, list) else payload.get("statuses", [payload])
            kind = {"timelines": "timeline", "search": "search"}.get(found.group(1), "one")
            context = {"tag": "x", "max_id": "", "floor": "", "q": "x", "offset": 0}
            name = f"mastodon/{path.stem}/{number}"
            yield Recorded(
                name, "mastodon", text, (len(rows), len(rows)), kind, parameters={"hashtags": ["x"]}, context=context
            )


def bluesky(folder: Path) -> Iterator[Recorded]:
    """A thread of 2023 whose one text is empty but for its pictures, and a record of 2024 as a stream would have it."""
    facts: dict[str, Any] = {"parameters": {"keywords": ["new"]}}
    thread = (folder / "bluesky" / "thread_view_post_with_embed_media.json").read_text(encoding="utf-8")
    uri = json.loads(thread)["thread"]["post"]["uri"]
    context = {"uri": uri, "replies": 0}
    yield Recorded("bluesky/thread", "bluesky", thread, (1, 1), "thread", context=context, textless=1, **facts)
    stored = json.loads((folder / "bluesky" / "post_record.json").read_text(encoding="utf-8"))
    did, collection, rkey = stored["uri"].removeprefix("at://").split("/")
    commit = {"operation": "create", "collection": collection, "rkey": rkey, "record": stored["value"]}
    event = {"did": did, "time_us": 1_708_631_893_903_293, "kind": "commit", "commit": commit}
    url = "wss://site.example/subscribe"
    yield Recorded(
        "bluesky/record as an event",
        "bluesky",
        json.dumps(event),
        (1, 1),
        "stream",
        url=url,
        context={"cursor": 0, "quiet": False},
        **facts,
    )


def heimao(folder: Path) -> Iterator[Recorded]:
    """Entries of a search page, saved by somebody's tool in 2025; it kept no author, and the day in the text."""
    for path in sorted((folder / "heimao").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        count = len(json.loads(text))
        yield Recorded(
            f"heimao/{path.name}", "heimao", text, (count, count), "cards", parameters={"cards": True}, nameless=count
        )


def weibo(folder: Path) -> Iterator[Recorded]:
    """Lists of 2018 and 2019, a forwarding, two forms of comments, a long text; a text of 2011 out of another API."""
    facts: dict[str, Any] = {"platform": "weibo", "parameters": {"users": [1]}}
    lists = {"query": "x", "turned": "", "floor": ""}
    for path in sorted((folder / "weibo").glob("*getIndex*.json")):
        for name, payload in json.loads(path.read_text(encoding="utf-8")).items():
            data = payload.get("data", {}) if isinstance(payload, dict) else {}
            title, text = f"weibo/{path.stem[:24]}/{name}", json.dumps(payload)
            if "cards" in data:
                blogs = [card["mblog"] for card in data["cards"] if "mblog" in card]
                long = sum(1 for blog in blogs if blog["isLongText"])
                rows = len(blogs) - long  # those are read whole first
                yield Recorded(
                    title, text=text, expected=(rows, rows), kind="list", context=lists, follows=long, **facts
                )
            elif isinstance(data.get("data"), list):
                said = [*data["data"], *data.get("hot_data", [])]
                rows = len({str(two["id"]) for one in said for two in (one, *(one.get("comments") or []))})
                context = {"id": "1", "count": rows, "max_id": ""}
                yield Recorded(title, text=text, expected=(rows, rows), kind="comments", context=context, **facts)
            elif "user" in data:
                yield Recorded(title, text=text, expected=(1, 1), kind="one", context={"id": data["id"]}, **facts)
            elif "longTextContent" in data:
                row = {"mid": "1", "created_at": "06-14", "user": {"id": 1, "screen_name": "x"}, "text": ""}
                yield Recorded(title, text=text, expected=(1, 1), kind="extend", context={"row": row}, **facts)
    old = json.loads((folder / "weibo" / "huginn_one_weibo.json").read_text(encoding="utf-8"))["statuses"]
    for status in old:
        text = json.dumps({"ok": 1, "data": status})
        yield Recorded(
            "weibo/huginn (API of 2011)", text=text, expected=(1, 1), kind="one", context={"id": "1"}, **facts
        )


MASTODON = re.compile(r"/api/v[12]/(timelines|search|statuses/\d+$)")


_ENTRY = re.compile(r"<(entry|item)\b.*?</\1>", re.DOTALL)
_NAMED = re.compile(r"<(?:author|dc:creator)\b[^>]*>(?:\s*<name>)?\s*[^<\s]")
_DATED = re.compile(r"<(?:pubDate|published|updated|dc:date)\b")


def feeds(folder: Path) -> Iterator[Recorded]:
    """RSS, Atom and JSON Feed; what names no author in the entry takes that of the feed, where it has one."""
    for path in sorted((folder / "huginn").glob("*.*")):
        if path.suffix in (".atom", ".rss", ".xml"):
            text = decode(path.read_bytes())
            entries = [found.group(0) for found in _ENTRY.finditer(text)]
            head = text.split("<entry" if "<entry" in text else "<item", 1)[0]
            timed = sum(bool(_DATED.search(entry)) for entry in entries)
            named = len(entries) if _NAMED.search(head) else sum(bool(_NAMED.search(entry)) for entry in entries)
            yield Recorded(f"huginn/{path.name}", "feed", text, (len(entries), timed), nameless=len(entries) - named)
    for path in sorted((folder / "jsonfeed").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        items = [item for item in json.loads(text)["items"] if _said(item)]
        timed = sum(isinstance(item.get("date_published"), str) for item in items)
        named = bool(json.loads(text).get("authors"))
        nameless = sum(not (item.get("authors") or item.get("author") or named) for item in items)
        if path.name == "invalid.json":
            timed, nameless = 0, len(items)  # every field is of a wrong type
        yield Recorded(f"jsonfeed/{path.name}", "feed", text, (len(items), timed), nameless=nameless)


def _said(item: dict[str, Any]) -> bool:
    return any(isinstance(item.get(name), str) for name in ("title", "content_text", "content_html", "summary"))


NOT_READ = {
    "discourse/search.json": "an old search answer: titles and addresses only, no texts",
    "bluesky/feed_record.json": "the record of a feed generator, nobody's words",
    "huginn/one_weibo.json": "the same as weibo/huginn_one_weibo.json",
    "huginn/threads_user_posts.json": "Threads is no platform here",
    "weibo/gottaegbert_getIndex_2018.js": "the program around the JSON of that name",
    "weibo/zhangfaliang_getIndex_2019-07.js": "the program around the JSON of that name",
    "appstore/gfitzy123_reviews_2021.js": "the program around the JSON of that name",
}
"""Files of the folder that hold no payload of a platform, and why."""


def not_covered(folder: Path, names: set[str]) -> list[str]:
    """Files that neither a reader names nor ``NOT_READ``."""
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    rest = files - NOT_READ.keys()
    return sorted(name for name in rest if not any(_is_of(name, read_name) for read_name in names))


def _is_of(file: str, name: str) -> bool:
    folder, _, rest = name.partition("/")
    stem = Path(file).stem
    return file.startswith(f"{folder}/") and (stem[:8] == rest[:8] or stem in name or stem in _STANDS_FOR)


_STANDS_FOR = {"huginn_one_weibo", "post_record", "thread_view_post_with_embed_media"}


def _cassette(path: Path) -> Iterator[tuple[str, str]]:
    """The address and the body of each answer to a GET, out of the one form of YAML in which these were written."""
    for one in path.read_text(encoding="utf-8").split("\n- request:"):
        address = re.search(r"\n    uri: (\S+)", one)
        if "\n    method: GET" in one and address:
            yield address.group(1), _scalar(one.split("\n  response:", 1)[1].split("\n      string: ", 1)[1])


def _scalar(text: str) -> str:
    """A quoted scalar that goes over lines (YAML 1.2, 7.3): a line break is a space; \'\' is one quote."""
    if text.startswith("'"):
        found = re.match(r"'((?:[^']|'')*)'", text)
        return re.sub(r"\s*\n\s*", " ", found.group(1)).replace("''", "'") if found else ""
    found = re.match(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    flat = re.sub(r"\s*\n\s*", " ", re.sub(r"\\\n\s*\\?", "", found.group(1))) if found else ""
    return str(json.loads(f'"{flat}"'))


PLATFORMS: tuple[Callable[[Path], Iterator[Recorded]], ...] = (
    discourse,
    app_store,
    mastodon,
    bluesky,
    heimao,
    weibo,
    feeds,
)
"""For each platform the payloads of its folder."""


def read(recorded: Recorded) -> tuple[bool, str]:
    """Whether all is as expected, and a line that says it."""
    job = Job(
        source="bench", platform=recorded.platform, url=recorded.url, parameters=recorded.parameters, now=NOW
    )  # fmt: skip
    page = Page(
        url=recorded.url, status=200, body=recorded.text.encode(), text=recorded.text,
        kind=recorded.kind, context=recorded.context, asked=recorded.url,
    )  # fmt: skip
    parsed = platforms()[recorded.platform](job).read(page)
    found = {(capture.site, capture.native_id): capture for capture in parsed.captures if capture.native_id}
    nulls = {
        "author": sum(1 for one in found.values() if not one.author_name),
        "text": sum(1 for one in found.values() if not (one.content or one.title)),
        "time": len(found) - sum(1 for one in found.values() if one.published_at),
    }
    rows, timed = recorded.expected
    good = not parsed.broken and len(found) == rows and nulls["time"] <= rows - timed
    good = (
        good
        and nulls["author"] <= recorded.nameless
        and nulls["text"] <= recorded.textless
        and len(parsed.fetches) >= recorded.follows
    )
    shown = ", ".join(f"{name} {count}" for name, count in nulls.items() if count) or "none"
    line = f"{'ok ' if good else 'BAD'} {recorded.name:48} found {len(found):4} expected {rows:4} null: {shown}"
    return good, line + (f"  {parsed.broken}" if parsed.broken else "")


def main() -> None:
    """Run it; exit code 1 where a payload is not read as expected."""
    folder = Path(sys.argv[1])
    payloads = [recorded for platform in PLATFORMS for recorded in platform(folder)]
    results = [read(recorded) for recorded in payloads]
    print("\n".join(line for _, line in results))
    left = not_covered(folder, {recorded.name for recorded in payloads})
    print(f"files that nothing reads: {', '.join(left) or 'none'}")
    print("\n".join(f"not read: {name} ({why})" for name, why in NOT_READ.items()))
    sys.exit(bool(left) or not all(good for good, _ in results))


if __name__ == "__main__":
    main()
