"""Which C compiler the nlp stage is built with, and what is said where none can be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.native import FOLDER
from tools import native
from tools.compiler import LOCK, compiler


def only(monkeypatch: pytest.MonkeyPatch, folder: Path, *programs: str) -> None:
    """Let nothing but ``programs`` be found, and no package index."""
    for program in programs:
        (folder / program).write_text("#!/bin/sh\n")
        (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


@pytest.fixture(autouse=True)
def python_of_gcc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_config_var", {"CC": "gcc -pthread"}.get)


def test_the_compiler_that_python_was_built_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, tmp_path, "gcc", "cc")
    assert compiler(tmp_path) == {}


def test_another_compiler_is_given_no_options_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, tmp_path, "clang")
    settings = compiler(tmp_path)
    assert settings["CC"] == "clang"
    assert settings["LDSHARED"].startswith("clang ")
    assert "-fwrapv" in settings["CFLAGS"]


def test_without_compiler_and_network_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only(monkeypatch, tmp_path)
    monkeypatch.setattr(native, "FOLDER", tmp_path / "none")  # what is built here stays
    monkeypatch.delenv("LISTENER_NATIVE", raising=False)
    assert native.main() == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert said[1].startswith(
        "native: not built, the nlp stage runs as Python: no C compiler, and none could be fetched"
    )


def test_nothing_is_built_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "FOLDER", tmp_path)
    monkeypatch.setenv("LISTENER_NATIVE", "0")
    assert native.main() == 0
    assert tmp_path != FOLDER
    assert tmp_path.is_dir()


def test_python_without_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, tmp_path, "gcc")
    monkeypatch.setattr("sysconfig.get_path", {"include": str(tmp_path)}.__getitem__)
    with pytest.raises(RuntimeError, match="python3-dev"):
        compiler(tmp_path)


def test_the_borrowed_compiler_is_pinned_by_its_digest() -> None:
    said = LOCK.read_text(encoding="utf-8")
    assert said.startswith("ziglang==")
    assert said.count("--hash=sha256:") >= 8
