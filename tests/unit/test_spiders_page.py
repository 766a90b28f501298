"""What ``listener check`` says of a ``page`` source, and how its selectors find values."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from parsel import Selector

from listener.language import speaking
from listener.settings import SourceSettings
from listener.spiders.base import Job, Page, Revisit
from listener.spiders.page import PageSource
from listener.spiders.registry import check_parameters
from listener.spiders.selecting import Select, markup, nodes, value
from tests.factories import NOW

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "spiders" / "page"
EXAMPLE = (ROOT / "config" / "sources" / "page.toml.example").read_text(encoding="utf-8")


def mistakes(old: str = "", new: str = "") -> list[str]:
    """What is wrong with the example after one change: key, what, mend."""
    assert not old or old in EXAMPLE
    source = SourceSettings.model_validate(tomllib.loads(EXAMPLE.replace(old, new, 1) if old else EXAMPLE))
    with speaking("en"):
        return [f"{mistake.key}: {mistake.what} {mistake.mend}".strip() for mistake in check_parameters(source)]


def test_the_example_is_sound() -> None:
    assert mistakes() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('rows = "ul.topics > li"\n', "", "list: rows is missing"),
        ('rows = "ul.topics > li"', 'rows = "ul.topics >"', "list.rows.select: the selector ul.topics > is wrong"),
        ('rows = "ul.topics > li"', 'rows = "//li[["', "the selector //li[[ is wrong"),
        ('rows = "ul.topics > li"', 'rowz = "li"', "list.rowz: unknown key"),
        ('author = ".who"', 'autor = ".who"', "detail.autor: unknown key"),
        ("pattern = '/topic/(\\d+)'", "pattern = '/topic/(\\d+'", "list.id.pattern: the pattern /topic/(\\d+ is wrong"),
        ("pattern = '/topic/(\\d+)'", "patern = 'x'", "list.id.patern: unknown key"),
        ('link = "a.title::attr(href)"\n', "", "detail needs list.link"),
        ('text = ".words"\n', "", "detail: text is missing"),
        ('id = "::attr(data-id)"\n', "", "detail: rows need an id"),
        ('# dates = ["%d/%m/%Y %H:%M"]', 'dates = ["%d.%m. %H:%M"]', "detail.dates: %d.%m. %H:%M: lacks year"),
        ('# dates = ["%d/%m/%Y %H:%M"]', 'dates = ["%Q"]', "detail.dates: %Q"),
        ('# encoding = "gb18030"', 'encoding = "gb18031"', "encoding: no encoding gb18031"),
        ('# zone = "UTC"', 'zone = "Beijing"', "zone: no time zone Beijing"),
        ('next = "a.next::attr(href)"', 'pages = "/list"', "list: pages has no {page}"),
        ('gone = "主题不存在|已被删除"', "gone = '(?<=主题)'", "detail.gone: the pattern"),
    ],
    ids=lambda text: text[:30],
)
def test_a_mistake_is_named_with_its_key(old: str, new: str, said: str) -> None:
    found = mistakes(old, new)
    assert any(said in line for line in found), found


def test_a_source_without_a_list_is_told_so() -> None:
    facts = {"name": "x", "platform": "page", "url": "https://a.example/"}
    (mistake,) = check_parameters(SourceSettings.model_validate(facts))
    assert (mistake.key, "list" in mistake.mend) == ("list", True)


def test_a_mistake_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    text = EXAMPLE.replace('author = ".who"', 'autor = ".who"')
    (tmp_path / "another-name.toml").write_text(text, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("name = ", encoding="utf-8")
    (mistake,) = check_parameters(SourceSettings.model_validate(tomllib.loads(text)), str(tmp_path))
    line = 1 + text.splitlines().index('autor = ".who"')
    assert (mistake.file, mistake.line) == (str(tmp_path / "another-name.toml"), line)


DOCUMENT = Selector(
    text='<div id="r1" data-n="7"><b>  王 <i>先生</i></b><a href="/u/12/x">主页</a><p>一</p><p>二</p></div><h1>题</h1>'
)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("b", "王 先生"),
        ("::attr(id)", "r1"),
        (["time", "b i"], "先生"),
        ("//h1", "题"),
        (".//h1", ""),
        ("xpath:count(./p)", "2.0"),
        ({"select": "a::attr(href)", "pattern": r"/u/(\d+)"}, "12"),
        ({"select": "a::attr(href)", "pattern": r"\d+"}, "12"),
        ({"select": "a::attr(href)", "pattern": r"/v/(\d+)"}, ""),
        ({"select": "p", "pattern": "二"}, "二"),
    ],
    ids=str,
)
def test_a_value_is_the_first_that_is_found(where: Any, found: str) -> None:
    (row,) = nodes(DOCUMENT, Select.model_validate("div"))
    assert value(row, Select.model_validate(where)) == found


def test_words_keep_their_markup_and_plain_text_is_escaped() -> None:
    assert markup(DOCUMENT, Select.model_validate("p")) == "<p>一</p>\n<p>二</p>"
    assert (
        markup(Selector(text="<p title='a &lt; b'></p>"), Select.model_validate("p::attr(title)")) == "<p>a &lt; b</p>"
    )


def fixture(name: str, **changes: Any) -> tuple[PageSource, Page]:
    facts = json.loads((FIXTURES / name / "job.json").read_text(encoding="utf-8"))
    body = (FIXTURES / name / "input.html").read_bytes()
    job = Job(source="s", platform="page", url=facts["source_url"], parameters=facts["parameters"], now=NOW, **changes)
    page = Page(
        url=facts["url"], status=200, body=body, text=body.decode(), kind=facts["kind"], context=facts["context"]
    )
    return PageSource(job), page


def test_a_page_past_the_end_that_shows_the_last_one_again_is_not_followed() -> None:
    source, page = fixture("list")
    assert source.read(page).fetches
    assert source.read(replace(page, url=f"{page.url}?p=2", context={"page": 2})).fetches == []


def test_a_thread_that_repeats_its_last_page_is_not_followed() -> None:
    source, page = fixture("thread")
    assert source.read(page).fetches
    context = {**page.context, "page": 2}
    assert source.read(replace(page, url=f"{page.url}?p=9", context=context)).fetches == []


def test_what_no_row_shows_is_said_once() -> None:
    source, page = fixture("list")
    text = page.text.replace('class="by"', 'class="name"')
    with speaking("en"):
        said = [source.read(replace(page, body=text.encode(), text=text)).audit for _ in range(2)]
    assert said == [["list.author matches nothing in 3 rows"], []]


def test_a_thread_is_remembered_and_read_again() -> None:
    source, page = fixture("thread")
    source.read(page)
    state = source.next_state()
    assert state["threads"]["51"]["url"] == page.url
    again = PageSource(replace(source.job, state=state, now=NOW + timedelta(hours=1)))
    fetch = again.revisit(Revisit("701", f"{page.url}#c701", "51"))
    assert fetch is not None
    assert (fetch.url, fetch.context["page"], fetch.context["wanted"]) == (page.url, 1, "701")
    assert again.revisit(Revisit("9", "https://bbs.example/topic/4/#c9", "4")) is None
    assert datetime.fromisoformat(state["since"]) == NOW


def test_an_opening_that_is_read_again_is_the_same_to_the_letter() -> None:
    source, page = fixture("thread")
    before = {mention.native_id: mention for mention in source.read(page).captures}
    again = PageSource(replace(source.job, state=source.next_state()))
    fetch = again.revisit(Revisit("700", f"{page.url}#c700", "51"))
    assert fetch is not None
    (seen,) = again.read(replace(page, context=fetch.context)).captures
    assert seen == before["700"]
