"""Payloads in which one value is another, or is missing: read, or broken with a word; never an exception."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.spiders.registry import platforms
from tests.spiders.test_fixtures import CASES, load

PAGES = [case for case in CASES if case.parent.name in ("12365auto", "heimao", "telegram", "tieba")]
PAGES = [case for case in PAGES if (case / "input.html").exists()]
NAMES = ("bluesky", "gdelt", "heimao", "mastodon", "tieba", "weibo")
PAYLOADS = [case for case in CASES if case.parent.name in NAMES and (case / "input.json").exists()]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 1 << 70), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.just([None, 7, "x"]), st.just({"id": [1]}), st.just("1.2.3万"), st.just("\ud800\x00"),
)  # fmt: skip


def places(payload: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in the payload."""
    inside = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    return [above, *(way for key, value in inside for way in places(value, (*above, key)))]


def damaged(payload: Any, way: tuple[Any, ...], value: Any) -> Any:
    """The payload with ``value`` at the end of ``way``."""
    if not way:
        return value
    copy = dict(payload) if isinstance(payload, dict) else list(payload)
    copy[way[0]] = damaged(payload[way[0]], way[1:], value)
    return copy


@pytest.mark.parametrize("case", PAYLOADS, ids=lambda case: f"{case.parent.name}-{case.name}")
@settings(max_examples=10, deadline=None)
@given(draw=st.data())
def test_one_wrong_value_is_survived(case: Path, draw: st.DataObject) -> None:
    job, page, _ = load(case)
    try:
        payload = json.loads(page.text)
    except ValueError:
        return  # a damaged payload already
    way = draw.draw(st.sampled_from(places(payload)))
    text = json.dumps(damaged(payload, way, draw.draw(VALUES)))
    reader = platforms()[job.platform](job)
    parsed = reader.read(replace(page, text=text, body=text.encode()))
    json.dumps([parsed.fetches, sorted(parsed.fields), parsed.gone, reader.next_state()], default=str)
    assert all(isinstance(one.native_id, str) and isinstance(one.content, str) for one in parsed.captures)
    assert all(isinstance(one.title + one.author_name + one.author_id + one.url, str) for one in parsed.captures)
    assert all(isinstance(value, int) for one in parsed.captures for value in one.metrics.values())


@pytest.mark.parametrize("case", PAGES, ids=lambda case: f"{case.parent.name}-{case.name}")
@settings(max_examples=10, deadline=None)
@given(draw=st.data())
def test_a_page_with_a_hole_in_it_is_survived(case: Path, draw: st.DataObject) -> None:
    job, page, _ = load(case)
    begin = draw.draw(st.integers(0, len(page.text)))
    end = draw.draw(st.integers(begin, len(page.text)))
    reader = platforms()[job.platform](job)
    parsed = reader.read(replace(page, text=page.text[:begin] + page.text[end:]))
    assert all(one.site and isinstance(one.content, str) for one in parsed.captures)
