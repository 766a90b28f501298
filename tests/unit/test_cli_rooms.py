"""The command line loads what a command needs: each name is found in its room, and a short command brings little."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.main import get_group
from typer.testing import CliRunner

from listener.cli import app
from listener.cli.rooms import MODULES
from listener.errors import BadInput


@pytest.mark.parametrize("module", MODULES)
def test_a_room_has_the_commands_that_it_says_and_no_others(module: str) -> None:
    own = typer.Typer()
    own.callback()(lambda: None)
    import_module(f"listener.cli.{module}").register(own)
    names = set(get_group(own).commands)
    adds_only = {"casework": {"cases"}, "alerting": {"alerts"}, "tickets": {"alerts"}, "keeping": {"db"}}.get(
        module, set()
    )
    assert names | adds_only == set(MODULES[module])


def test_every_name_shows_its_help() -> None:
    for name in {name for names in MODULES.values() for name in names}:
        shown = CliRunner().invoke(app, [name, "--help"])
        assert shown.exit_code == 0, shown.output


def test_a_mistyped_name_is_told_what_is_near() -> None:
    shown = CliRunner().invoke(app, ["custmers"])
    assert isinstance(shown.exception, BadInput)
    assert "没有命令 custmers，是否想用 customers" in str(shown.exception)


@pytest.mark.parametrize("command", ["customers show K1", "status", "cases list", "cases show 1", "alerts deliveries"])
def test_what_is_shown_does_not_load_what_understands_texts(tmp_path: Path, command: str) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "listener.toml").write_text('company = "晨曜"\n', encoding="utf-8")
    script = (
        "import sys; from listener.cli import app; from typer.testing import CliRunner;"
        f"CliRunner().invoke(app, ['--config', {str(folder)!r}, *{command.split()!r}]);"
        "heavy = {'numpy', 'httpx', 'lark', 'jinja2', 'listener.bootstrap', 'listener.pipeline'};"
        "print('listener.store.engine' in sys.modules, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"


def test_help_loads_no_more_than_the_commands() -> None:
    script = (
        "import sys; from listener.cli import app; from typer.testing import CliRunner;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "print(sorted({'numpy', 'sqlalchemy', 'listener.bootstrap', 'listener.pipeline'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
