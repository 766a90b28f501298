"""What docs/adding-a-source.md shows, done: its module, its fixture, its forum without code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from listener.settings import SourceSettings
from listener.spiders.base import Job, Page
from listener.spiders.page import PageSource
from listener.spiders.registry import check_parameters
from tests.factories import NOW
from tests.spiders.test_fixtures import shown

TEXT = (Path(__file__).parents[2] / "docs" / "adding-a-source.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def page(url: str, text: str, kind: str = "", **context: Any) -> Page:
    return Page(url=url, status=200, body=text.encode(), text=text, kind=kind, context=context)


def quotes(**changes: Any) -> Any:
    """The platform of the text, with the job of its fixture."""
    namespace: dict[str, Any] = {"__name__": "quotes"}
    source = blocks("python")[0].replace("from __future__ import annotations\n", "")
    exec(source, namespace)
    facts = json.loads(blocks("json")[0])
    job = Job(
        source="s", platform="quotes", url=facts["source_url"], parameters=facts["parameters"], now=NOW, **changes
    )
    return namespace["Quotes"](job), page(facts["url"], blocks("html")[0], facts["kind"])


def test_the_module_reads_its_fixture_as_the_text_says() -> None:
    platform, saved = quotes()
    parsed = platform.read(saved)
    wanted = json.loads(blocks("json")[1])
    assert [shown(capture) for capture in parsed.captures] == wanted["captures"]
    assert [fetch.url for fetch in parsed.fetches] == wanted["fetches"]
    assert platform.start()[0].url == "https://quotes.example/list?board=cars"


def test_the_module_stops_where_the_last_crawl_began_and_at_its_cap() -> None:
    platform, saved = quotes(state={"since": NOW.isoformat()})
    assert platform.read(saved).fetches == []
    platform, saved = quotes(max_pages=1)
    parsed = platform.read(saved)
    assert (parsed.fetches, len(parsed.later), bool(parsed.capped)) == ([], 1, True)


def test_its_configurations_are_sound() -> None:
    for text in blocks("toml"):
        source = SourceSettings.model_validate(tomllib.loads(text))
        assert source.platform == "quotes" or check_parameters(source) == []


def test_the_forum_without_code_is_read() -> None:
    settings = SourceSettings.model_validate(tomllib.loads(blocks("toml")[1]))
    job = Job(source="s", platform="page", url=settings.url, parameters=settings.options, now=NOW)
    source = PageSource(job)
    listed = source.read(page(settings.url, blocks("html")[1], "list", page=1))
    assert [fetch.url for fetch in listed.fetches] == [
        "https://bbs.example.com/topic/51/?from=list",
        "https://bbs.example.com/list?p=2",
    ]
    thread = listed.fetches[0]
    found = source.read(page(thread.url, blocks("html")[2], thread.kind, **thread.context))
    (mention,) = found.captures
    assert (mention.native_id, mention.title, mention.author_name, mention.author_id) == (
        "700",
        "刹车异响",
        "车主甲",
        "7",
    )
    assert mention.published_at is not None
    assert (mention.published_at.isoformat(), mention.thread_id) == ("2026-11-20T08:30:00+08:00", "51")


def test_the_json_module_of_the_text_reads_its_answer() -> None:
    namespace: dict[str, Any] = {"__name__": "ask"}
    exec(blocks("python")[1].replace("from __future__ import annotations\n", ""), namespace)
    job = Job(source="s", platform="ask", url="https://ask.example/", now=NOW)
    answer = next(block for block in blocks("json") if block.startswith('{"questions"'))
    parsed = namespace["Ask"](job).read(page("https://ask.example/api/questions?page=1", answer, page=1))
    assert [(one.native_id, one.author_name, one.published_at is not None) for one in parsed.captures] == [
        ("7", "小明", True)
    ]
    assert [fetch.url for fetch in parsed.fetches] == ["https://ask.example/api/questions?page=2"]
    assert parsed.fields["page.questions.user.name"] == (1, 1)
