"""Reading a TOML file so that every mistake names its file, key, line and mend.

``tomllib`` tells no positions of keys, so ``line_of`` finds them by walking the text; where a key is
written in a form it does not know (a dotted inline table), the line is None and the key still stands.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from listener.errors import BadInput, Mistake

Model = TypeVar("Model", bound=BaseModel)

MAX_FILE_BYTES = 2_000_000
"""A configuration file larger than this is not one."""

_TABLE = re.compile(r"^\s*\[(\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:=|\.)")


def read_text(path: Path) -> str:
    """The file's text; ``BadInput`` when it is missing, too large, has a BOM or is not UTF-8."""
    name = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise BadInput(Mistake(name, f"cannot be read ({reason})", "check the path and its rights")) from None
    if len(raw) > MAX_FILE_BYTES:
        raise BadInput(Mistake(name, f"{len(raw)} bytes is too large for a configuration file"))
    if raw.startswith(b"\xef\xbb\xbf"):
        raise BadInput(Mistake(name, "begins with a byte order mark (BOM)", "save it as UTF-8 without BOM", line=1))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(Mistake(name, _wrong_encoding(raw), "save it as UTF-8", line=line)) from None


def _wrong_encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16, not UTF-8"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return "is not UTF-8"
    return "is not UTF-8; it looks like GB18030 (GBK)"


def parse(path: Path) -> tuple[dict[str, Any], str]:
    """The parsed table and the text it came from; ``BadInput`` with the line on a TOML mistake."""
    text = read_text(path)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found.group(1)) if found else None
        what = f"is not valid TOML: {str(error).split(' (at')[0]}"
        raise BadInput(Mistake(str(path), what, "check quotes, brackets and '='", line=line)) from None


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line (from 1) on which the key at ``path`` is written; integers count array-of-table entries."""
    wanted = tuple(part for part in path)
    best: tuple[int, int] | None = None
    seen: dict[str, int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _TABLE.match(line)
        if header:
            table = _table_path(header.group(1) == "[", header.group(2), seen)
        key = None if header else _KEY.match(line)
        here = (*table, key.group(1).strip("\"'")) if key else table
        depth = _common(here, wanted)
        if depth and depth == len(here) and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _table_path(is_array: bool, name: str, seen: dict[str, int]) -> tuple[str | int, ...]:
    parts: tuple[str | int, ...] = tuple(part.strip().strip("\"'") for part in name.split("."))
    if not is_array:
        return parts
    seen[name] = seen.get(name, -1) + 1
    return (*parts, seen[name])


def _common(here: tuple[str | int, ...], wanted: tuple[str | int, ...]) -> int:
    depth = 0
    for left, right in zip(here, wanted, strict=False):
        if left != right:
            break
        depth += 1
    return depth


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like ``word``, or "" where none is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def validate(model: type[Model], table: dict[str, Any], path: Path, text: str, at: Sequence[str | int] = ()) -> Model:
    """``table`` as ``model``; ``BadInput`` holding one ``Mistake`` for each thing wrong."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        mistakes = [_mistake(model, dict(found), path, text, tuple(at)) for found in error.errors()]
        raise BadInput(mistakes[0], *mistakes[1:]) from None


def _mistake(
    model: type[BaseModel], found: dict[str, Any], path: Path, text: str, at: tuple[str | int, ...]
) -> Mistake:
    where = (*at, *found["loc"])
    key = ".".join(str(part) for part in where)
    line = line_of(text, where)
    if found["type"] == "extra_forbidden":
        return Mistake(str(path), "unknown key", _mend_key(model, found["loc"]), key, line)
    if found["type"] == "missing":
        return Mistake(str(path), "is missing", f"add {found['loc'][-1]} = …", key, line)
    what = str(found["msg"]).removeprefix("Value error, ")
    return Mistake(str(path), what, _mend_type(found), key, line)


def _mend_key(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    known = _fields_at(model, loc[:-1])
    near = nearest(str(loc[-1]), known)
    return f"did you mean {near}?" if near else "remove it; known keys: " + ", ".join(sorted(known))


def _fields_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys known at a place inside ``model``, following nested models through lists and dicts."""
    for part in loc:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        inner = _model_in(field.annotation)
        if inner is not None:
            model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None


def _mend_type(found: dict[str, Any]) -> str:
    value = found.get("input")
    return f"it is {value!r} now" if isinstance(value, str | int | float | bool) else ""
