"""Files that appear whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from listener.errors import BadInput, Mistake
from listener.language import say

_READABLE = 0o640


@contextmanager
def whole_file(out: Path, *, parents: bool = True) -> Iterator[Path]:
    """A temporary path in ``out``'s folder (made where it is missing, if ``parents``), renamed to ``out`` at the end;
    nothing is left behind on an error.

    Readers and a daemon killed midway never meet half a file. ``BadInput`` where it cannot be written.
    """
    temporary = _beside(out, parents)
    try:
        yield temporary
        temporary.replace(out)
    except OSError as error:
        raise unwritable(out, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _beside(out: Path, parents: bool) -> Path:
    try:
        if parents:
            out.parent.mkdir(parents=True, exist_ok=True)
        # the ending stays last: writers go by it
        handle, name = mkstemp(prefix=".", suffix=f".part{out.suffix}", dir=out.parent)
        os.fchmod(handle, _READABLE)
        os.close(handle)
    except OSError as error:
        raise unwritable(out, error) from None
    return Path(name)


def unwritable(out: Path, error: OSError) -> BadInput:
    """The mistake of a place that cannot be written."""
    what = say(f"无法写入：{error.strerror}", f"cannot be written: {error.strerror}")
    mend = say("请检查路径、权限和磁盘空间", "check the path, its rights and the disk's space")
    return BadInput(Mistake(str(out), what, mend))
