"""Help in one language: Chinese, or English after ``--lang en``.

Both wordings of a command stand in one text, the Chinese first (``"导出 export"``), as they stand side by side in
``say``. Typer and Click bring English of their own (titles of boxes, ``Usage:``): it is worded here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from typer import Typer
from typer._click.exceptions import BadParameter
from typer.core import TyperCommand, TyperGroup

from listener.language import chosen, say
from listener.model import LARGEST_NUMBER

if TYPE_CHECKING:
    from typer._click.core import Command, Context

__all__ = ["Group", "HelpfulCommand", "HelpfulGroup", "group", "half"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def half(text: str) -> str:
    """The Chinese or the English half of each paragraph of ``text``, as chosen; all of one that has but one.

    The English is what follows the last Chinese character or mark and a space.
    """
    return "\n\n".join(_half(paragraph) for paragraph in text.split("\n\n"))


def _half(paragraph: str) -> str:
    last = max((found.end() for found in _HAN.finditer(paragraph)), default=0)
    chinese, english = paragraph[:last], paragraph[last:]
    if not chinese or not re.match(r"\s+\w", english):
        return paragraph
    return say(chinese, english.strip())


_USAGE = (("Usage: ", "用法："), ("[OPTIONS]", "[选项]"), ("COMMAND [ARGS]...", "命令 [参数]..."))


class _InOneLanguage:
    """What a command of ours says of itself."""

    def get_usage(self, ctx: Context) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]  # beside a command of Typer's
        if chosen() == "en":
            return usage
        for english, chinese in _USAGE:
            usage = usage.replace(english, chinese)
        return usage

    def format_help(self: Any, ctx: Context, formatter: Any) -> None:
        _name_boxes()
        halve(self, ctx)
        super().format_help(ctx, formatter)  # type: ignore[misc]  # the same


def halve(command: Command, ctx: Context) -> None:
    """Leave one language in the texts of ``command``, of its options and of the commands below."""
    below = (
        [command.get_command(ctx, name) for name in command.list_commands(ctx)]
        if isinstance(command, TyperGroup)
        else []
    )
    for each in [command, *(found for found in below if found is not None)]:
        each.help, each.short_help = _shown(each.help), _shown(each.short_help)
    for param in command.get_params(ctx):
        told: Any = param
        told.help = _shown(told.help)
    if option := command.get_help_option(ctx):
        option.help = say("显示这些说明，然后结束", "Show this message and exit")


def _shown(text: str | None) -> str:
    """What is shown of a text, brackets as they are: Rich would take ``[crm]`` for a style and leave it out."""
    return re.sub(r"(?<!\\)\[(?=[a-z])", r"\\[", half(text or ""))


def _name_boxes() -> None:
    from typer import rich_utils  # a fifth of a short command's time, and most show no help

    rich_utils.ARGUMENTS_PANEL_TITLE = say("参数", "Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = say("选项", "Options")
    rich_utils.COMMANDS_PANEL_TITLE = say("命令", "Commands")
    rich_utils.DEFAULT_STRING = say("[默认 {}]", "[default: {}]")
    rich_utils.REQUIRED_LONG_STRING = say("[必填]", "[required]")
    rich_utils.ENVVAR_STRING = say("[环境变量 {}]", "[env var: {}]")


class HelpfulCommand(_InOneLanguage, TyperCommand):
    """A command that helps in one language, and takes no number that no database holds."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """As Click's."""
        rest = super().parse_args(ctx, args)
        for param in self.params:
            number = ctx.params.get(param.name or "")
            if isinstance(number, int) and abs(number) > LARGEST_NUMBER:
                raise BadParameter("The number is too large.", ctx, cast("Any", param))
        return rest


class HelpfulGroup(_InOneLanguage, TyperGroup):
    """A group of commands that helps in one language."""


class Group(Typer):
    """A group whose commands help in one language."""

    def command(self, name: str | None = None, **extra: Any) -> Callable[[_Function], _Function]:
        """As Typer's."""
        return super().command(name, cls=HelpfulCommand, **extra)


def group(text: str = "") -> Group:
    """An empty group of commands; ``text`` says what it is for, in both languages."""
    return Group(cls=HelpfulGroup, help=text, no_args_is_help=True)
