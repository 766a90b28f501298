"""Recorded payloads read by the platforms they belong to: found, expected, and the fields that are null.

    python tests/bench/bench_recorded.py SAMPLES_DIR

SAMPLES_DIR has a folder for each platform with payloads that public repositories recorded. Each is read as the page
that its platform would have fetched. ``expected`` counts the records of the payload that carry a text, by a way of its
own (not the platform's): ids, authors and texts must be there, times where the payload has one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from listener.spiders.base import Job, Page
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


PLATFORMS: tuple[Callable[[Path], Iterator[Recorded]], ...] = (discourse, app_store)
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
    good = good and not nulls["author"] and not nulls["text"] and len(parsed.fetches) >= recorded.follows
    shown = ", ".join(f"{name} {count}" for name, count in nulls.items() if count) or "none"
    line = f"{'ok ' if good else 'BAD'} {recorded.name:48} found {len(found):4} expected {rows:4} null: {shown}"
    return good, line + (f"  {parsed.broken}" if parsed.broken else "")


def main() -> None:
    """Run it; exit code 1 where a payload is not read as expected."""
    folder = Path(sys.argv[1])
    results = [read(recorded) for platform in PLATFORMS for recorded in platform(folder)]
    print("\n".join(line for _, line in results))
    sys.exit(not all(good for good, _ in results))


if __name__ == "__main__":
    main()
