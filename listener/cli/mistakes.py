"""What is wrong with a command as it was typed, in one line and in the language asked for.

Click says it in a box, and in English alone: ``Rooms`` catches what it raises and this words it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from typer._click.exceptions import BadParameter, MissingParameter, NoSuchOption, UsageError

from listener.errors import BadInput, Mistake
from listener.language import LANGUAGES, say

__all__ = ["asked_language", "worded"]

_MESSAGES: tuple[tuple[str, str], ...] = (
    (r"No such command '(?P<name>.*)'\. Did you mean (?P<near>.*)\?", "没有命令 {name}，是否想用 {near}"),
    (r"No such command '(?P<name>.*)'\.", "没有命令 {name}"),
    (r"The number is too large\.", "数太大"),
    (r"Missing command\.", "缺少子命令"),
    (r"Got unexpected extra argument\(s\) \((?P<words>.*)\)", "多余的参数：{words}"),
    (r"Option '(?P<name>.*)' does not take a value\.", "选项 {name} 不带值"),
    (r"Option '(?P<name>.*)' requires an argument\.", "选项 {name} 需要一个值"),
    (r"Option '(?P<name>.*)' requires (?P<count>\d+) arguments\.", "选项 {name} 需要 {count} 个值"),
    (r".* '(?P<name>.*)' is not readable\.", "没有权限读取 {name}"),
    (r".* '(?P<name>.*)' is not writable\.", "没有权限写入 {name}"),
    (r"Argument '(?P<name>.*)' takes (?P<count>\d+) values\.", "参数 {name} 需要 {count} 个值"),
)
"""Click's messages in whole, and ours. What is not among them is shown as it is; a test lists what Click has."""

_VALUES: Mapping[str, str] = {
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_parsing": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
}
"""What is wrong with a value, by pydantic's name of it (https://docs.pydantic.dev/latest/errors/validation_errors/)."""


def worded(error: UsageError, command: str) -> BadInput:
    """The same mistake as one line: which command (``command`` where Click does not say), what is wrong, where to read
    on. Its exit code is 2 too."""
    command = error.ctx.command_path if error.ctx else command
    return BadInput(Mistake(command, say(_chinese(error), error.format_message()), f"{command} --help"))


def asked_language(words: Sequence[str]) -> str:
    """What ``--lang`` asks for in a command that could not be read yet; ``zh`` where it asks for nothing known."""
    found = [after for word, after in pairwise([*words, ""]) if word == "--lang"]
    found += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return found[0] if found and found[0] in LANGUAGES else "zh"


def _chinese(error: UsageError) -> str:
    match error:
        case NoSuchOption():
            near = "、".join(sorted(error.possibilities or ()))
            return f"没有选项 {error.option_name}" + (f"，是否想用 {near}" if near else "")
        case MissingParameter(param=param) if param is not None:
            return f"缺少{_kind(param)} {_hint(param)}"
        case BadParameter(param=param) if param is not None:
            return f"{_kind(param)} {_hint(param)} 的值不对：{_value(error)}"
    return _message(error.message) or error.format_message()


def _kind(param: Any) -> str:
    return "参数" if param.param_type_name == "argument" else "选项"


def _hint(param: Any) -> str:
    """The name as it is typed: ``--limit``, ``source``."""
    return str(max(param.opts, key=len)) if param.param_type_name == "option" else str(param.name)


def _value(error: BadParameter) -> str:
    told: Callable[[], list[dict[str, Any]]] | None = getattr(error.__cause__, "errors", None)
    first = told()[0] if told else {}
    ours = _VALUES.get(str(first.get("type", "")))
    return ours.format(**first.get("ctx", {})) if ours else _message(error.message) or error.message


def _message(message: str) -> str:
    for pattern, ours in _MESSAGES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return ours.format(**{name: text.replace("'", "") for name, text in found.groupdict().items()})
    return ""
