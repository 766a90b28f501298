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
from listener.language import say
from listener.system_words import in_words

Model = TypeVar("Model", bound=BaseModel)

MAX_FILE_BYTES = 2_000_000
"""A configuration file larger than this is not one."""

_TOML_WORDS = (
    ("Invalid statement", "这一行看不懂（键名用英文字母，别的要加引号）"),
    ("Expected '='", "键后面缺少 ="),
    ("Expected newline", "一行写完后有多余的内容"),
    ("Invalid value", "值看不懂（文字要放在英文引号里）"),
    ("Unclosed array", "[ 没有配对的 ]"),
    ("Unclosed inline table", "{ 没有配对的 }"),
    ("Unterminated string", "引号没有配对"),
    ("Illegal character", "引号没有配对，或有不允许的字符"),
    ("Cannot overwrite", "同一个键写了两次"),
    ("Duplicate inline table key", "同一个键写了两次"),
    ("Cannot declare", "同一个 [表] 写了两次"),
    ("Invalid initial character", "键名只能用英文字母、数字、_ 和 -，别的要加引号"),
    ("Expected ']", "[ 没有配对的 ]"),
    ("Unescaped", "引号里的 \\ 要写成 \\\\，或改用单引号"),
    ("Invalid date", "日期不对"),
    ("Invalid character", "有不允许的字符"),
    ("Found invalid character", "有不允许的字符"),
)
"""What ``tomllib`` says, by a piece of it, and ours; anything else is shown as it is."""

_TABLE = re.compile(r"^\s*\[(\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:=|\.)")


def read_text(path: Path) -> str:
    """The file's text; ``BadInput`` when it is missing, too large, has a BOM or is not UTF-8."""
    name = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = in_words(error)
        raise BadInput(
            Mistake(
                name,
                say(f"无法读取（{reason}）", f"cannot be read ({reason})"),
                say("检查路径和权限", "check the path and its rights"),
            )
        ) from None
    if len(raw) > MAX_FILE_BYTES:
        raise BadInput(
            Mistake(name, say("对配置文件来说太大", "is too large for a configuration file") + f" ({len(raw)} B)")
        )
    if raw.startswith(b"\xef\xbb\xbf"):
        raise BadInput(
            Mistake(
                name,
                say("文件以 BOM 开头", "begins with a byte order mark (BOM)"),
                say("另存为无 BOM 的 UTF-8", "save it as UTF-8 without BOM"),
                line=1,
            )
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(
            Mistake(name, _wrong_encoding(raw), say("另存为 UTF-8", "save it as UTF-8"), line=line)
        ) from None


def _wrong_encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return say("是 UTF-16 编码，不是 UTF-8", "is UTF-16, not UTF-8")
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return say("不是 UTF-8 编码", "is not UTF-8")
    return say("不是 UTF-8，看起来是 GB18030（GBK）", "is not UTF-8; it looks like GB18030 (GBK)")


def parse(path: Path) -> tuple[dict[str, Any], str]:
    """The parsed table and the text it came from; ``BadInput`` with the line on a TOML mistake."""
    text = read_text(path)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise BadInput(no_toml(path, error)) from None


def no_toml(path: Path, error: tomllib.TOMLDecodeError) -> Mistake:
    """The mistake of a file that is no TOML, with the line and, where ``tomllib`` says it, what is wrong there."""
    found = re.search(r"at line (\d+)", str(error))
    line = int(found.group(1)) if found else None
    said = str(error).split(" (at")[0]
    ours = next((chinese for sign, chinese in _TOML_WORDS if sign in said), said)
    what = say(f"不是有效的 TOML：{ours}", f"is not valid TOML: {said}")
    return Mistake(str(path), what, say("检查引号、括号和等号", "check quotes, brackets and '='"), line=line)


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
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return close[0] if close else ""


def did_you_mean(near: str) -> str:
    """The question that offers the nearest known word."""
    return say(f"是否应为 {near}？", f"did you mean {near}?")


WORDS = {
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "string_type": "应为字符串（加引号）",
    "tuple_type": "应为列表 [ … ]",
    "list_type": "应为列表 [ … ]",
    "float_parsing": "应为数字",
    "model_type": "应为一个表 [ … ]",
}
"""Chinese for the mistakes that pydantic words in English; others are shown as it words them."""


def _in_words(found: dict[str, Any]) -> str:
    english = str(found["msg"]).removeprefix("Value error, ")
    context = found.get("ctx") or {}
    if found["type"] == "literal_error":
        return say(f"应为 {context.get('expected')}", english)
    for kind, word in (("less_than_equal", "不能大于"), ("greater_than_equal", "不能小于")):
        if found["type"] == kind:
            return say(f"{word} {context.get('le', context.get('ge'))}", english)
    return say(WORDS.get(found["type"], english), english)


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
        return Mistake(str(path), say("未知的键", "unknown key"), _mend_key(model, found["loc"]), key, line)
    if found["type"] == "missing":
        return Mistake(
            str(path), say("缺少此键", "is missing"), say("请添加", "add") + f" {found['loc'][-1]} = …", key, line
        )
    what = _in_words(found)
    return Mistake(str(path), what, _mend_type(found), key, line)


def _mend_key(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    known = _fields_at(model, loc[:-1])
    near = nearest(str(loc[-1]), known)
    return (
        did_you_mean(near) if near else say("请删除；可用的键：", "remove it; known keys: ") + ", ".join(sorted(known))
    )


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
    return say(f"现在是 {value!r}", f"it is {value!r} now") if isinstance(value, str | int | float | bool) else ""
