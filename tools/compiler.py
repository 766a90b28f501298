"""A C compiler for ``tools.native``: the machine's own, or where it has none one that comes as a wheel, Zig's.

The borrowed one (``requirements-native.lock``, about 100 MB to fetch) is put into the build's own folder and goes with
it, so that nothing of it stays on the machine.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

__all__ = ["LOCK", "Settings", "compiler"]

LOCK = Path(__file__).resolve().parents[1] / "requirements-native.lock"
Settings = Mapping[str, str]
"""Variables of ``sysconfig`` that take the place of Python's own, empty where those can be used."""

_NAMES = ("cc", "gcc", "clang")
_LONGEST_FETCH = 300
# For any processor of the kind, not for this very one: a folder with a build may be copied to another machine.
_ANY_PROCESSOR = "-mcpu=baseline"


def compiler(work: Path) -> Settings:
    """What to compile with; ``work`` may be written to. ``RuntimeError`` where nothing can be had."""
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        raise RuntimeError("Python.h is missing: its package is mostly called python3-dev or python3-devel")
    usual = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(usual):
        return {}
    other = next((name for name in _NAMES if shutil.which(name)), "")
    return _settings(other) if other else _settings(_borrowed(work))


def _settings(command: str) -> Settings:
    """Python was built with another compiler, whose options this one may not know."""
    shared = "-bundle -undefined dynamic_lookup" if sys.platform == "darwin" else "-shared"
    return {
        "CC": command,
        "LDSHARED": f"{command} {shared}",
        "CFLAGS": "-DNDEBUG -fwrapv -O2",
        "CCSHARED": "-fPIC",
        "LDFLAGS": "",
    }


def _borrowed(work: Path) -> str:
    """The command of Zig's C compiler, fetched into ``work``."""
    print("native: no C compiler here, fetching one for this build (ziglang, about 100 MB)", flush=True)
    place = work / "zig"
    options = ["--quiet", "--quiet", "--disable-pip-version-check", "--no-compile", "--only-binary=:all:", "--no-deps"]
    asked = ["install", *options, "--require-hashes", "--target", str(place), "-r", str(LOCK)]
    fetched = subprocess.run(
        [sys.executable, "-m", "pip", *asked], capture_output=True, text=True, timeout=_LONGEST_FETCH
    )
    if fetched.returncode:
        raise RuntimeError("no C compiler, and none could be fetched (ziglang from the package index)")
    return f"{place / 'ziglang' / 'zig'} cc {_ANY_PROCESSOR}"
