"""What parent and child say to each other: one job as JSON, then lines of JSON until the result.

    {"capture": {…}}         each mention as it is found
    {"page": {…}}            each answer: url, status, bytes, sha256
    {"evidence": {…}}        the answer that the captures after it were read from, its body included where it is kept
    {"gone": {…}}            native_id of a mention that the site says is deleted
    {"there": {…}}           native_id of a mention that was read again and stands unchanged
    {"result": {…}}          last: outcome, detail, state, counts

A line of a child that crawls several sources has "of" beside it: the place of its source in the job.

The parent trusts none of it: the child has read what strangers wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from listener.model import Outcome, Proof, RawMention
from listener.spiders.evidence import read_proof

LONGEST_LINE = 8 * 1024 * 1024
"""Bytes; a longer line is passed over. The longest honest one holds a capture of ``LONGEST_CONTENT``."""

LONGEST_CONTENT = 1_000_000
"""Characters of one mention's content (at most six bytes each as JSON); what is longer is cut, and said so."""

LIMITS: Mapping[str, int] = {
    "url": 4000, "title": 2000, "author_id": 200, "author_name": 200, "published_raw": 200, "thread_id": 200,
}  # fmt: skip
"""Characters of the shorter fields; nothing honest comes near."""

LONGEST_ID = 500
MOST_FIELDS = 50

_CAPTURE = TypeAdapter(RawMention)


class Result(BaseModel):
    """The child's last word. ``read`` pages were sound; ``gone`` that were followed answered that they are deleted."""

    model_config = ConfigDict(extra="ignore")

    outcome: Outcome
    detail: str = ""
    state: dict[str, Any] = {}
    requests: int = 0
    bytes: int = 0
    audit: list[str] = []
    read: int = 0
    gone: int = 0
    fields: dict[str, tuple[int, int]] = {}


class Told(BaseModel):
    """What a site says of a mention that is known already: it is ``gone``, or still there."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    native_id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    gone: bool = False


class Lines:
    """Cuts a stream of bytes into lines; a line beyond the limit is dropped and counted in ``dropped``."""

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        self.limit, self.dropped = limit, 0
        self._kept = bytearray()
        self._skipping = False

    def feed(self, part: bytes) -> Iterator[bytes]:
        """The lines that are whole now, without their ends."""
        *whole, rest = part.split(b"\n")
        for line in whole:
            self._add(line)
            if not self._skipping and self._kept:
                yield bytes(self._kept)
            self._kept.clear()
            self._skipping = False
        self._add(rest)

    def _add(self, part: bytes) -> None:
        if self._skipping:
            return
        if len(self._kept) + len(part) > self.limit:
            self.dropped += 1
            self._skipping = True
            self._kept.clear()
        else:
            self._kept += part


Message = RawMention | Proof | Result | Told


def read_line(line: bytes) -> Message | None:
    """A capture, its evidence, what became of a known mention, the result; None for a page and for nonsense.

    Never raises.
    """
    return read_tagged(line)[1]


def read_tagged(line: bytes) -> tuple[int, Message | None]:
    """What ``read_line`` gives, with the place of its source in the job: 0 where there is only one."""
    try:
        message = json.loads(line)
        place = message.get("of", 0)
        return (place if isinstance(place, int) else -1), _read(message)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return -1, None


def _read(message: Mapping[str, Any]) -> Message | None:
    try:
        if "evidence" in message:
            return read_proof(message["evidence"])
        if "capture" in message:
            return _CAPTURE.validate_python(message["capture"])
        for kind in ("gone", "there"):
            if kind in message:
                return Told(native_id=message[kind]["native_id"], gone=kind == "gone")
        return Result.model_validate(message["result"]) if "result" in message else None
    except (ValueError, TypeError, KeyError, RecursionError, ValidationError):
        return None


def line(kind: str, facts: Mapping[str, Any], place: int | None = None) -> str:
    """One line of the protocol, its end included; ``place`` is that of its source among several."""
    said = {kind: facts} if place is None else {kind: facts, "of": place}
    return json.dumps(said, ensure_ascii=True, default=str) + "\n"


def capture_facts(capture: RawMention) -> dict[str, Any]:
    """A capture as JSON takes it; its evidence stands in a line of its own."""
    return {name: value for name, value in asdict(capture).items() if name != "proof"}


def fitted(capture: RawMention) -> RawMention:
    """The capture with what no database takes left out (NUL, lone surrogates) and with every field inside its limit."""
    changes: dict[str, Any] = {name: _text(getattr(capture, name))[:limit] for name, limit in LIMITS.items()}
    native_id = _text(capture.native_id)
    changes["native_id"] = native_id if len(native_id) <= LONGEST_ID else _digest(native_id)
    changes["content"] = _text(capture.content)[:LONGEST_CONTENT]
    few = list(capture.fields.items())[:MOST_FIELDS]
    changes["fields"] = {_text(str(key))[:100]: _text(str(value))[:2000] for key, value in few}
    return replace(capture, **changes)


def _text(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
