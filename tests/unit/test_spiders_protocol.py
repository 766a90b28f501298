"""What the child writes and what the parent makes of it, whatever it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.model import Outcome, RawMention
from listener.spiders.protocol import (
    LIMITS,
    LONGEST_CONTENT,
    LONGEST_ID,
    LONGEST_LINE,
    MOST_FIELDS,
    Lines,
    Result,
    capture_facts,
    fitted,
    line,
    read_line,
)
from tests.factories import NOW

CAPTURE = RawMention(
    source="s",
    platform="feed",
    site="a.example",
    native_id="1",
    url="http://a.example/1",
    captured_at=NOW,
    title="刹车失灵",
    content="没人管",
    author_name="甲",
    published_at=NOW - timedelta(hours=1),
    metrics={"likes": 3},
    fields={"rating": "1"},
)


def test_a_capture_comes_through_as_it_was() -> None:
    assert read_line(line("capture", capture_facts(CAPTURE)).encode()) == CAPTURE


def test_a_result_comes_through() -> None:
    found = read_line(line("result", {"outcome": "blocked", "detail": "HTTP 403", "state": {"a": 1}}).encode())
    assert found == Result(outcome=Outcome.BLOCKED, detail="HTTP 403", state={"a": 1})


@pytest.mark.parametrize(
    "nonsense",
    [
        b"", b"{", b"null", b"[]", b"3", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"capture": 3}', b'{"capture": {}}',
        b'{"result": {}}', b'{"result": {"outcome": "fine"}}', b'{"page": {"url": "x"}}', b'{"other": 1}',
        b'{"capture": {"source": "s", "captured_at": "now"}}',
    ],
)  # fmt: skip
def test_nonsense_is_nothing(nonsense: bytes) -> None:
    assert read_line(nonsense) is None


@given(st.binary(max_size=400))
def test_no_bytes_raise(given_bytes: bytes) -> None:
    read_line(given_bytes)


@given(st.lists(st.binary(max_size=40).map(lambda part: part.replace(b"\n", b"")), max_size=8), st.integers(1, 50))
def test_lines_are_cut_the_same_however_the_stream_is(wanted: list[bytes], size: int) -> None:
    stream = b"".join(part + b"\n" for part in wanted)
    lines = Lines()
    found = [one for at in range(0, len(stream), size) for one in lines.feed(stream[at : at + size])]
    assert found == [part for part in wanted if part]


def test_a_line_that_is_too_long_is_dropped_and_the_next_one_read() -> None:
    lines = Lines(limit=10)
    found = [*lines.feed(b"short\n" + b"x" * 8), *lines.feed(b"y" * 8), *lines.feed(b"z\nnext\n")]
    assert (found, lines.dropped) == ([b"short", b"next"], 1)


def test_no_field_outgrows_its_limit_and_no_database_chokes() -> None:
    wild = replace(
        CAPTURE,
        native_id="长" * 1000,
        content="a\x00b\ud800" + "宽" * (LONGEST_CONTENT + 5),
        fields={f"k{n}": "v" * 5000 for n in range(200)},
        **dict.fromkeys(LIMITS, "\x00\udfff" + "字" * 9000),
    )
    found = fitted(wild)
    assert (len(found.native_id), len(found.content)) == (64, LONGEST_CONTENT)
    assert found.content.startswith("ab?宽")
    assert all(len(getattr(found, name)) == limit for name, limit in LIMITS.items())
    assert len(found.fields) == MOST_FIELDS
    assert all("\x00" not in value for value in (found.title, found.url, *found.fields.values()))
    found.title.encode("utf-8")
    assert len(line("capture", capture_facts(found))) < LONGEST_LINE


def test_long_ids_that_differ_stay_different() -> None:
    one, other = (fitted(replace(CAPTURE, native_id="x" * LONGEST_ID + ending)) for ending in "ab")
    assert one.native_id != other.native_id


def test_an_honest_capture_is_not_touched() -> None:
    assert fitted(CAPTURE) == CAPTURE


def test_a_line_is_one_line() -> None:
    text = line("capture", capture_facts(replace(CAPTURE, content="a\nb\u2028c")))
    assert text.count("\n") == 1
    assert json.loads(text)["capture"]["content"] == "a\nb\u2028c"
