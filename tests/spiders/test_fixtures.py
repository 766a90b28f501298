"""Every fixture of every platform: a saved page, the job it belongs to, and what must be read from it.

tests/spiders/PLATFORM/CASE/input.*        the page, as its bytes came
                            job.json       url, kind, now, and where needed parameters, state, headers
                            expected.json  captures, the addresses asked for next, and whether the page is broken
"""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from listener import demo
from listener.model import RawMention
from listener.spiders.base import Job, Page
from listener.spiders.decode import decode
from listener.spiders.registry import platforms

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CASES = sorted(path.parent for path in HERE.glob("*/*/job.json"))


def load(case: Path) -> tuple[Job, Page, dict[str, Any]]:
    facts = json.loads((case / "job.json").read_text(encoding="utf-8"))
    (file,) = case.glob("input.*")
    body = file.read_bytes()
    job = Job(
        source="fixture",
        platform=case.parent.name,
        url=facts.get("source_url", facts["url"].split("forum.php")[0]),
        parameters=facts.get("parameters", {}),
        state=facts.get("state", {}),
        now=datetime.fromisoformat(facts["now"]),
    )
    headers = facts.get("headers", {})
    text = decode(body, headers.get("content-type", ""))
    page = Page(url=facts["url"], status=200, body=body, text=text, kind=facts["kind"], headers=headers)
    return job, page, json.loads((case / "expected.json").read_text(encoding="utf-8"))


def shown(capture: RawMention) -> dict[str, str | None]:
    published = capture.published_at
    return {
        "native_id": capture.native_id,
        "title": capture.title,
        "author_name": capture.author_name,
        "author_id": capture.author_id,
        "published_at": published.isoformat() if published else None,
        "thread_id": capture.thread_id,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_saved_page_is_read_as_expected(case: Path) -> None:
    job, page, expected = load(case)
    parsed = platforms()[job.platform](job).read(page)
    assert [shown(capture) for capture in parsed.captures] == expected["captures"]
    assert [fetch.url for fetch in parsed.fetches] == expected["fetches"]
    assert bool(parsed.broken) is expected["broken"], parsed.broken


@pytest.mark.parametrize("name", sorted(platforms()))
def test_every_platform_has_fixtures_and_a_configuration(name: str) -> None:
    assert [case for case in CASES if case.parent.name == name], f"no fixtures in tests/spiders/{name}/"
    folders = (ROOT / "config" / "sources", Path(demo.__file__).parent / "config" / "sources")
    written = [path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.toml*")]
    examples = [text for text in written if f'platform = "{name}"' in text]
    assert examples, f"no example of platform {name} in config/sources/"
    for text in examples:
        tomllib.loads(text.replace("$site_url", "x").replace("${site_url}", "x"))


def test_pages_in_between_are_asked_for_once_each() -> None:
    """A page past the end shows the last page again; following it must not loop."""
    job, page, _ = load(HERE / "discuz" / "list_past_the_end")
    reader = platforms()["discuz"](job)
    first = reader.read(page)
    again = reader.read(page)
    assert first.fetches
    assert again.fetches == []
