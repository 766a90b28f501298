"""Every fixture of every platform: a saved page, the job it belongs to, and what must be read from it.

tests/spiders/PLATFORM/CASE/input.*        the page, as its bytes came
                            job.json       url, kind, now, and where needed context, status, parameters, state, headers
                            expected.json  captures (all fields that are not empty), the addresses asked for next and
                                           left for later, whether the page is broken, which wall it is, what is gone

What arrives by itself (inbox, webhook) has the file or the body as input, in job.json its keys, for a push the headers
and the secret; expected.json has the captures, the rejected rows, or why it was refused.

python -m tests.spiders.test_fixtures CASE …    writes expected.json anew: read the difference before you keep it
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import tomllib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from listener import demo
from listener.errors import BadInput
from listener.intake import pushed, signatures
from listener.intake.mappings import load_mappings
from listener.intake.tables import import_mentions
from listener.model import RawMention
from listener.spiders.arriving import ARRIVING, INBOX, InboxParameters
from listener.spiders.base import Job, Page
from listener.spiders.decode import decode
from listener.spiders.registry import platforms
from tests.factories import ZONE

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
GIVEN = frozenset({"source", "platform", "site", "captured_at", "origin", "content_type"})
FOUND = sorted(path.parent for path in HERE.glob("*/*/job.json"))
CASES = [case for case in FOUND if case.parent.name not in ARRIVING]
ARRIVED = [case for case in FOUND if case.parent.name in ARRIVING]
"""Cases of platforms that nothing is fetched for: the input is the file or the body, as it arrived."""


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


def arrived(case: Path) -> dict[str, Any]:
    """What is read from an arrival: its captures, how many rows were rejected, or why it was refused whole."""
    facts = json.loads((case / "job.json").read_text(encoding="utf-8"))
    (file,) = case.glob("input.*")
    take = _dropped if case.parent.name == INBOX else _pushed
    captures, rejected, refused = take(file, facts, datetime.fromisoformat(facts["now"]))
    keys = ("platform", "site")  # which these name themselves
    said = [shown(capture) | {key: getattr(capture, key) for key in keys} for capture in captures]
    return {"captures": said, "rejected": rejected, "refused": refused}


def _dropped(file: Path, facts: dict[str, Any], now: datetime) -> tuple[list[RawMention], list[str], str]:
    how = InboxParameters.model_validate(facts.get("parameters", {}))
    kept = load_mappings(ROOT / "config" / "imports")[0][how.mapping] if how.mapping else None
    found: list[RawMention] = []
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "rejects.csv"
        try:
            import_mentions(
                file,
                how.map,
                source="fixture",
                platform=how.stored_as or (kept.platform if kept else "fixture"),
                now=now,
                zone=ZONE,
                on_captures=lambda batch: found.extend(batch) or len(batch),  # type: ignore[func-returns-value]
                reject_path=aside,
                kept=kept,
                sheet=how.sheet,
            )
        except BadInput as error:
            return [], [], error.mistakes[0].what
        text = aside.read_text(encoding="utf-8-sig") if aside.exists() else ""
        rows = list(csv.reader(text.splitlines()))
    return found, ["，".join(row) for row in rows[1:]], ""


def _pushed(file: Path, facts: dict[str, Any], now: datetime) -> tuple[list[RawMention], list[str], str]:
    body = file.read_bytes()
    why = signatures.wrong(signatures.keys(facts["secret"]), facts["headers"], body, now)
    if why:
        return [], [], why
    try:
        return pushed.captures(pushed.read(body), "fixture", now), [], ""
    except pushed.BadPush as error:
        return [], [f"{each['at']}: {each['what']}" for each in error.details], error.code


@pytest.mark.parametrize("case", ARRIVED, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_arrived_is_read_as_expected(case: Path) -> None:
    assert arrived(case) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted({*platforms(), *ARRIVING}))
def test_every_platform_has_fixtures_and_a_configuration(name: str) -> None:
    assert [case for case in FOUND if case.parent.name == name], f"no fixtures in tests/spiders/{name}/"
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
        case = given.resolve()
        found = arrived(case) if case.parent.name in ARRIVING else result(case)
        text = json.dumps(found, ensure_ascii=False, indent=1)
        (given / "expected.json").write_text(text + "\n", encoding="utf-8")
