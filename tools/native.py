"""Compile the hot modules of the nlp stage and of linking: ``python -m tools.native`` (``make native``).

mypyc makes C of the modules that ``listener.native`` names, a C compiler (``tools.compiler``) a library of that. The
build is taken only if it answers as the Python modules do on the shipped sentences; whatever fails, one line says so,
and Listener runs without it. Takes about a minute, and no network where the machine has a C compiler.
``LISTENER_NATIVE=0`` builds nothing.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from listener.native import FOLDER, MANIFEST, MODULES, digest, machine
from tools.compiler import compiler

ROOT = Path(__file__).resolve().parents[1]
_LONGEST_BUILD = 600
_COMPILE = """
import json, os, sys, sysconfig
folder, settings, *files = sys.argv[1:]
os.environ.update({name: f"{folder}/cache" for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")})
sysconfig.get_config_vars().update(json.loads(settings))
from mypyc.build import mypycify
from setuptools import setup
options = ["--config-file=", "--follow-imports=silent", "--ignore-missing-imports", f"--cache-dir={folder}/mypy"]
made = mypycify([*options, *files], opt_level="2", debug_level="0", target_dir=folder, group_name="listener_native")
places = ["--build-lib", f"{folder}/out", "--build-temp", f"{folder}/objects"]
setup(name="listener-native", packages=[], ext_modules=made, script_args=["build_ext", *places])
"""
ANSWER = """
import hashlib
from datetime import UTC, datetime
from listener.complaints import judge
from listener.customers.match import Candidate, answer, question
from listener.model import Mention
from listener.nlp import wording
from listener.nlp.analyse import Analyser
from listener.nlp.lexicon import lines_of
from listener.nlp.segment import Segmenter
from listener.topics.matching import text_only, Topics
from listener.settings import TopicSettings
topics = Topics([TopicSettings(name="a", any=("客服", "车"), query="退款 NEAR/9 不")])
said = hashlib.sha256()
for engine in ("rjieba", "jieba"):
    analyser = Analyser(Segmenter(engine=engine), products=[("汉EV", ("比亚迪汉",))])
    for text in (*lines_of("sentences/complaints"), *lines_of("sentences/chatter"), "", "[怒]Ａb http://a.cn " * 90):
        found = analyser.analyse(text)
        told = Mention(raw_id=1, source="a", platform="a", site="a", native_id="1", url="", text=text + " 13800138000",
                       captured_at=datetime(2026, 11, 20, tzinfo=UTC))
        asked = question(told, found, lambda *each: hashlib.sha256(repr(each).encode()).hexdigest())
        holders = {key: [Candidate(1, product="汉EV")] for _, key in asked.keys}
        links = answer(told, asked, lambda *each: "0" * 64, holders)
        said.update(repr(links).encode())
        said.update(repr((found, judge(text, found), topics.match(text_only(text)), analyser.aspects(text))).encode())
print(wording.__file__.endswith(".py"), said.hexdigest())
"""


def main() -> int:
    """0 where a build was made or is not wanted, 1 where it could not be made."""
    if os.environ.get("LISTENER_NATIVE") == "0":
        print("native: not built, as LISTENER_NATIVE=0 asks; the nlp stage runs as Python")
        return 0
    try:
        with tempfile.TemporaryDirectory(prefix="listener-native-") as folder:
            _build(Path(folder))
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        shutil.rmtree(FOLDER, ignore_errors=True)
        print(f"native: not built, the nlp stage runs as Python: {_told(error)}")
        return 1
    print("native: the nlp stage is compiled")
    return 0


def _build(work: Path) -> None:
    settings = compiler(work)
    files = [str(_file(module).relative_to(ROOT)) for module in MODULES]
    sources = {str(path.relative_to(ROOT)): digest(path) for path in sorted(_closure(files))}
    _run("-c", _COMPILE, str(work), json.dumps(dict(settings)), *files)
    built = work / "out"
    (built / MANIFEST).write_text(json.dumps({"machine": machine(), "sources": sources}), encoding="utf-8")
    (pure, plain), (compiled, native) = _run("-c", ANSWER).split(), _run("-c", ANSWER, native=built).split()
    if (pure, compiled) != ("True", "False") or plain != native:
        raise RuntimeError("the compiled modules do not answer as the others do")
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(built, FOLDER)


def _run(*arguments: str, native: Path | None = None) -> str:
    environment = os.environ | {"LISTENER_NATIVE": str(native or 0), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_LONGEST_BUILD
    )
    if done.returncode:
        raise RuntimeError(done.stderr or done.stdout)
    return done.stdout


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _closure(files: list[str]) -> set[Path]:
    """``files`` and every module of Listener that they lead to: types and constants of theirs are compiled in."""
    found: set[Path] = set()
    left = [ROOT / file for file in files]
    while left:
        path = left.pop()
        if path not in found and path.is_file():
            found.add(path)
            left += map(_file, _imports(path))
    return found


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "listener" and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "listener")


def _told(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip() and "warning" not in line]
    lines = [line for line in lines if "error" in line] or lines
    return lines[-1][:300] if lines else type(error).__name__


if __name__ == "__main__":
    raise SystemExit(main())
