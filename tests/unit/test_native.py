"""A build of the nlp stage is used only where it is of these sources and this Python, and answers as they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from listener.native import FOLDER, LIBRARY, MANIFEST, MODULES, NativeFinder, digest, machine
from tools.native import ANSWER, ROOT

SOURCE = "listener/native.py"


def folder_with(folder: Path, **changed: object) -> NativeFinder:
    built = {"machine": machine(), "sources": {SOURCE: digest(ROOT / SOURCE)}} | changed
    (folder / MANIFEST).write_text(json.dumps(built), encoding="utf-8")
    return NativeFinder(folder)


@pytest.mark.parametrize(
    "changed",
    [
        {"sources": {SOURCE: "another"}},
        {"sources": {"listener/gone.py": "-"}},
        {"machine": "cpython-27"},
        {"sources": 3},
    ],
)
def test_a_build_of_anything_else_is_not_used(tmp_path: Path, changed: dict[str, object]) -> None:
    finder = folder_with(tmp_path, **changed)
    assert not finder.usable
    assert finder.find_spec(MODULES[0]) is None


@pytest.mark.parametrize("library", [None, b"no library"])
def test_a_build_that_cannot_be_loaded_is_not_used(tmp_path: Path, library: bytes | None) -> None:
    if library:
        (tmp_path / (LIBRARY + EXTENSION_SUFFIXES[0])).write_bytes(library)
    assert not folder_with(tmp_path).usable


def test_a_build_whose_rows_are_missing_is_not_used() -> None:
    """librt comes with the compiler, and may be gone where a build still lies."""
    program = "import sys; sys.modules['librt.vecs'] = None; import listener.topics.board as b; print(b.__file__)"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.strip().endswith(".py")


def test_no_build_and_other_modules() -> None:
    assert not NativeFinder(Path("/nowhere")).usable
    assert NativeFinder(FOLDER).find_spec("listener.model") is None


def test_every_compiled_module_is_there() -> None:
    assert [name for name in MODULES if not ROOT.joinpath(*name.split(".")).with_suffix(".py").is_file()] == []


def said(native: str) -> list[str]:
    environment = os.environ | {"LISTENER_NATIVE": native}
    run = subprocess.run([sys.executable, "-c", ANSWER], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.skipif(not NativeFinder(FOLDER).usable, reason="not compiled here, or of other sources: make native")
def test_both_answer_alike() -> None:
    (pure, plain), (compiled, native) = said("0"), said("1")
    assert (pure, compiled) == ("True", "False")
    assert plain == native


def test_no_compiled_module_leans_on_a_cached_property() -> None:
    """mypyc makes of it a property that remembers nothing: who speaks was once heard anew at every question."""
    sources = {name: ROOT.joinpath(*name.split(".")).with_suffix(".py").read_text("utf-8") for name in MODULES}
    assert [name for name, source in sources.items() if "@cached_property" in source] == []
