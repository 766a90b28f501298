"""Every fixture of every platform: a saved page, the job it belongs to, and what must be read from it.

tests/spiders/PLATFORM/CASE/input.*        the page, as its bytes came
                            job.json       url, kind, now, and where needed context, status, parameters, state, headers
                            expected.json  captures (all fields that are not empty), the addresses asked for next and
                                           left for later, whether the page is broken, which wall it is, what is gone

python -m tests.spiders.test_fixtures CASE …    writes expected.json anew: read the difference before you keep it
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import asdict
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
GIVEN = frozenset({"source", "platform", "site", "captured_at", "origin", "content_type"})
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
        max_pages=facts.get("max_pages", 20),
        since=datetime.fromisoformat(facts["since"]) if facts.get("since") else None,
        secret=facts.get("secret", ""),
    )
    headers = facts.get("headers", {})
    page = Page(
        url=facts["url"],
        status=facts.get("status", 200),
        body=body,
        text=decode(body, headers.get("content-type", "")),
        kind=facts["kind"],
        headers=headers,
        context=facts.get("context", {}),
        asked=facts["url"],
    )
    expected = case / "expected.json"
    return job, page, json.loads(expected.read_text(encoding="utf-8")) if expected.exists() else {}


def shown(capture: RawMention) -> dict[str, Any]:
    """All that a capture says for itself; what is the same for each capture of a case is left out."""
    facts = {name: value for name, value in asdict(capture).items() if value and name not in GIVEN}
    if capture.content_type == "text/html":
        facts["content"] = " ".join(capture.content.split())
    facts["published_at"] = capture.published_at.isoformat() if capture.published_at else None
    return facts


def result(case: Path) -> dict[str, Any]:
    job, page, _ = load(case)
    parsed = platforms()[job.platform](job).read(page)
    return {
        "captures": [shown(capture) for capture in parsed.captures],
        "fetches": [fetch.url for fetch in parsed.fetches],
        "later": [fetch.url for fetch in parsed.later],
        "broken": bool(parsed.broken),
        "wall": parsed.wall.value if parsed.wall else None,
        "closed": parsed.closed.value if parsed.closed else None,
        "gone": parsed.gone,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_saved_page_is_read_as_expected(case: Path) -> None:
    found = result(case)
    wanted = {"later": [], "wall": None, "closed": None, "gone": [], **load(case)[2]}
    assert found["captures"] == wanted["captures"]
    assert found == wanted


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


if __name__ == "__main__":
    for given in map(Path, sys.argv[1:]):
        text = json.dumps(result(given.resolve()), ensure_ascii=False, indent=1)
        (given / "expected.json").write_text(text + "\n", encoding="utf-8")
