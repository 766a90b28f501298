"""A command typed wrong is told in one line, in the language asked for; none of Click's messages is left out."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from listener.cli import app
from listener.cli.mistakes import asked_language
from listener.errors import BadInput

WRONG = {
    "crawl --foo": ("listener crawl", "没有选项 --foo", "No such option: --foo"),
    "status --jsn": (
        "listener status", "没有选项 --jsn，是否想用 --json", "No such option: --jsn (Possible options: --json)"
    ),
    "crwl": ("listener", "没有命令 crwl，是否想用 crawl", "No such command 'crwl'. Did you mean 'crawl'?"),
    "zzz": ("listener", "没有命令 zzz", "No such command 'zzz'."),
    "cases shw": ("listener cases", "没有命令 shw，是否想用 show", "No such command 'shw'. Did you mean 'show'?"),
    "crawl": ("listener crawl", "缺少参数 source", "Missing argument 'source'."),
    "crawl a b": ("listener crawl", "多余的参数：b", "Got unexpected extra argument(s) (b)"),
    "report --from": ("listener", "选项 --from 需要一个值", "Option '--from' requires an argument."),
    "crawl a --json=1": ("listener", "选项 --json 不带值", "Option '--json' does not take a value."),
    "cases show x": (
        "listener cases show", "参数 number 的值不对：应为整数",
        "Invalid value for 'number': Input should be a valid integer, unable to parse string as an integer",
    ),
    "links review --limit 0": (
        "listener links review", "选项 --limit 的值不对：不能小于 1",
        "Invalid value for '--limit': Input should be greater than or equal to 1",
    ),
    "cases show 99999999999999999999": (
        "listener cases show", "参数 number 的值不对：数太大", "Invalid value for 'number': The number is too large.",
    ),
    "--nope": ("listener", "没有选项 --nope", "No such option: --nope"),
}  # fmt: skip


def told(words: list[str]) -> str:
    done = CliRunner().invoke(app, words, prog_name="listener")
    assert isinstance(done.exception, BadInput), done.output
    return str(done.exception)


@pytest.mark.parametrize("typed", WRONG)
def test_a_mistake_is_one_line_in_either_language(typed: str) -> None:
    command, chinese, english = WRONG[typed]
    assert told(typed.split()) == f"{command}: {chinese} → {command} --help"
    assert told(["--lang", "en", *typed.split()]) == f"{command}: {english} → {command} --help"


def test_the_process_ends_with_2_and_that_line_alone() -> None:
    done = subprocess.run([sys.executable, "-m", "listener", "crawl"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r".* crawl: 缺少参数 source → .* crawl --help\n", done.stderr)


@pytest.mark.parametrize(
    ("words", "language"),
    [(["--lang", "en"], "en"), (["--lang=en"], "en"), (["--lang"], "zh"), (["--lang", "fr"], "zh"), ([], "zh")],
)
def test_the_language_is_known_before_the_options_are(words: list[str], language: str) -> None:
    assert asked_language(words) == language


KNOWN = {
    "No such command {name!r}.", "Missing command.", "Got unexpected extra argument(s) ({extra_args})",
    "Option {opt!r} does not take a value.", "Option {option_name!r} requires {msg}",
    "Argument {self.dest!r} takes {self.nargs} values.", "{label} {loc} is not readable.",
    "{label} {loc} is not writable.",
}  # fmt: skip
"""What ``mistakes._MESSAGES`` words."""

ELSEWHERE = {
    "Value must be an iterable.", "Value {value!r} is not a valid {label}.",
    "Value {value!r} is not a valid {annotation.__name__}.", "{label} {format_filename(value)!r} does not exist.",
    "{label} {loc} is a file.", "{label} {loc} is a directory.",
    "{filename}': {exc.strerror}",
}  # fmt: skip
"""Of kinds of parameters that no command here has: files and folders are looked at by the commands themselves."""

RAISED = {"UsageError", "BadParameter", "BadOptionUsage", "BadArgumentUsage", "MissingParameter", "fail"}


def templates(source: str) -> set[str]:
    """The messages of the mistakes that a module raises, with their places as written."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in RAISED:
            found |= {ast.unparse(each).removeprefix("f").strip("\"'") for each in node.args if _is_text(each)}
        elif (
            isinstance(node, ast.Call) and name == "_" and ast.unparse(node.args[0])[1:].startswith(("No such", "Miss"))
        ):
            found.add(ast.literal_eval(node.args[0]))
    return found


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_an_upgrade_that_adds_a_message_is_noticed() -> None:
    folder = Path(typer.__file__).parent
    sources = [path.read_text(encoding="utf-8") for path in (*folder.glob("*.py"), *folder.glob("_click/*.py"))]
    assert set().union(*map(templates, sources)) == KNOWN | ELSEWHERE
