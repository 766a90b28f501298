"""The suite itself: the same tests say the same each time, wherever, in whatever order and company they run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROPERTY = """
from hypothesis import given, strategies as st
{first}
@given(st.lists(st.integers()), st.text())
def test_anything(numbers, text):
    with open("told", "a", encoding="utf-8", errors="surrogatepass") as file:
        print(numbers, ascii(text), file=file)
{last}
"""


def examples(folder: Path, profile: str, *, first: str = "", last: str = "") -> str:
    """What a property is tried on by a new process that has the suite's settings."""
    folder.mkdir()
    (folder / "test_one.py").write_text(PROPERTY.format(first=first, last=last), encoding="utf-8")
    program = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "test_one.py"]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": profile, "PYTHONPATH": str(ROOT)}
    subprocess.run(program, cwd=folder, env=environment, check=True, capture_output=True, timeout=300)
    return (folder / "told").read_text(encoding="utf-8", errors="surrogatepass")


def test_properties_are_tried_on_the_same_examples_whatever_was_imported_before(tmp_path: Path) -> None:
    """Else a change may be refused for an example that was as rare yesterday; ``make deep`` looks for those."""
    alone = examples(tmp_path / "a", "usual")
    beside = examples(tmp_path / "b", "usual", first="import listener.model", last="SEEN = [7_654_321, '刹车失灵']")
    assert alone.count("\n") > 50
    assert beside == alone


@pytest.mark.deep
def test_a_deep_run_tries_others_each_time(tmp_path: Path) -> None:
    assert examples(tmp_path / "a", "deep") != examples(tmp_path / "b", "deep")
