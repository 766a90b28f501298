"""A child's word on what it read is checked: a body fits its hash, or is left out."""

from __future__ import annotations

import base64
import hashlib
import zlib

import pytest

from listener.model import Proof
from listener.spiders.evidence import LARGEST_BODY
from listener.spiders.protocol import line, read_line, read_tagged


def said(page: bytes, **changes: object) -> object:
    facts = {
        "url": "http://a.example/",
        "status": 200,
        "sha256": hashlib.sha256(page).hexdigest(),
        "size": len(page),
        "at": "2026-11-23T10:00:00+08:00",
        "headers": {"etag": '"1"'},
        "body": base64.b64encode(zlib.compress(page)).decode(),
    }
    return read_line(line("evidence", facts | changes).encode())


def test_a_body_comes_with_its_hash() -> None:
    found = said(b"hello")
    assert isinstance(found, Proof)
    assert (zlib.decompress(found.payload), found.size, found.headers) == (b"hello", 5, {"etag": '"1"'})


@pytest.mark.parametrize(
    "body",
    [
        base64.b64encode(zlib.compress(b"other")).decode(),
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(b"hello")[:-3]).decode(),
        base64.b64encode(zlib.compress(b"\0" * (LARGEST_BODY + 1))).decode(),
        "",
    ],
)
def test_a_body_that_does_not_fit_is_left_out(body: str) -> None:
    found = said(b"hello", body=body)
    assert isinstance(found, Proof)
    assert found.payload == b""


@pytest.mark.parametrize("changes", [{"sha256": "x"}, {"at": "today"}, {"at": "2026-11-23T10:00:00"}, {"body": "%"}])
def test_what_is_no_evidence_is_passed_over(changes: dict[str, object]) -> None:
    assert said(b"hello", **changes) is None


def test_a_line_names_its_source_among_several() -> None:
    assert read_tagged(line("gone", {"native_id": "7"}, 3).encode())[0] == 3
    assert read_tagged(line("gone", {"native_id": "7"}).encode())[0] == 0
    assert read_tagged(b'{"gone": {"native_id": "7"}, "of": "x"}')[0] == -1
    assert read_tagged(b"nonsense") == (-1, None)
