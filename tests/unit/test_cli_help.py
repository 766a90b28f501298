"""Help speaks one language: every text has both, and only the one asked for is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from listener.cli import app
from listener.cli.helping import half
from listener.language import speaking

HAN = re.compile(r"[\u3400-\u9fff]")
LETTERS = re.compile(r"[A-Za-z]{4,}")
ONE = {"zh | en"}
"""Words that stand as they are in both."""


def texts() -> Iterator[tuple[str, str]]:
    """(Where, text) of every command, group, argument and option."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    context = root.context_class(root, info_name="listener")
    root.list_commands(context)
    rest: list[tuple[str, object]] = [("listener", root)]
    while rest:
        path, command = rest.pop()
        yield path, getattr(command, "help", "") or ""
        for param in getattr(command, "params", ()):
            yield f"{path} {param.name}", param.help or ""
        if isinstance(command, TyperGroup):
            rest += [(f"{path} {name}", below) for name, below in command.commands.items()]


def test_every_text_of_help_has_a_chinese_and_an_english_half() -> None:
    found = [(where, text) for where, text in texts() if text and HAN.search(text) and text not in ONE]
    assert len(found) > 150
    for where, text in found:
        with speaking("en"):
            english = half(text)
        with speaking("zh"):
            chinese = half(text)
        assert not HAN.search(english), (where, text)
        assert HAN.search(chinese) and chinese != text, (where, text)


def test_no_command_is_explained_in_english_alone() -> None:
    alone = [(where, text) for where, text in texts() if LETTERS.search(text) and not HAN.search(text)]
    assert [(where, text) for where, text in alone if "|" not in text] == []


@pytest.mark.parametrize("words", [["--help"], ["alerts", "--help"], ["alerts", "retry", "--help"], ["alerts"]])
def test_one_language_is_shown(words: list[str]) -> None:
    shown = CliRunner().invoke(app, words).output
    assert "用法：" in shown and "选项" in shown and "Options" not in shown and "Show this" not in shown
    asked = CliRunner().invoke(app, ["--lang", "en", *words]).output
    assert "Usage:" in asked and "Options" in asked and not HAN.search(asked)
    again = CliRunner().invoke(app, words).output
    assert again == shown, "one command does not speak like the one before it"


def test_brackets_of_a_text_are_shown_as_they_are() -> None:
    assert "[crm]" in CliRunner().invoke(app, ["import", "customers", "--help"]).output
