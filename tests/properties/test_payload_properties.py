"""Whatever an interface answers, it is read or said to be unreadable; nothing raises, and each capture has an id."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.spiders.base import Job, Page
from listener.spiders.payload import JsonPlatform
from listener.spiders.registry import platforms
from tests.spiders.test_fixtures import CASES, load

JSON_CASES = {
    name: cases
    for name, platform in sorted(platforms().items())
    if issubclass(platform, JsonPlatform)
    and (cases := [case for case in CASES if case.parent.name == name and (case / "input.json").exists()])
}

EXAMPLES = 40
"""For each platform; with 1000 in place of 40 nothing more was found."""

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), st.text(max_size=20)
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)


@st.composite
def damaged(draw: st.DrawFn, name: str) -> tuple[Path, Any]:
    """A fixture of the platform with one value somewhere inside it changed for another."""
    case = draw(st.sampled_from(JSON_CASES[name]))
    text = (case / "input.json").read_text(encoding="utf-8")
    try:
        payload = json.loads(text)
    except ValueError:
        return case, text
    return case, _changed(draw, payload)


def _changed(draw: st.DrawFn, value: Any) -> Any:
    """Walks down at random and puts anything where it ends."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        return value | {key: _changed(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _changed(draw, value[place]), *value[place + 1 :]]
    return draw(anything)


def read(job: Job, page: Page, payload: Any) -> None:
    """The platform reads the payload in place of the page's own."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    parsed = platforms()[job.platform](job).read(replace(page, text=text, body=b""))
    for capture in parsed.captures:
        assert capture.native_id
        assert all(isinstance(value, str) and value for value in capture.fields.values())
        assert all(isinstance(value, int) for value in capture.metrics.values())
        assert capture.author_name is not None
        assert capture.published_at is None or capture.published_at.tzinfo
    assert all(fetch.url.startswith("http") for fetch in (*parsed.fetches, *parsed.later))
    json.dumps([dict(fetch.context) for fetch in (*parsed.fetches, *parsed.later)])


@pytest.mark.parametrize("name", JSON_CASES)
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_a_damaged_payload_never_raises(name: str, data: st.DataObject) -> None:
    case, payload = data.draw(damaged(name))
    job, page, _ = load(case)
    read(job, page, payload)


@pytest.mark.parametrize("name", JSON_CASES)
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(payload=anything)
def test_a_payload_of_any_shape_never_raises(name: str, payload: Any) -> None:
    for case in JSON_CASES[name][:1]:
        job, page, _ = load(case)
        read(job, page, payload)
