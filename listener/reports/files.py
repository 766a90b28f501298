"""Files that appear whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.system_words import in_words

_READABLE = 0o640


@contextmanager
def whole_file(out: Path, *, parents: bool = True) -> Iterator[Path]:
    """A temporary path in ``out``'s folder (made where it is missing, if ``parents``), renamed to ``out`` at the end;
    nothing is left behind on an error. A pipe or a device is written to as it is, a link leads to its file.

    Readers and a daemon killed midway never meet half a file. ``BadInput`` where it cannot be written.
    """
    if out.exists() and not out.is_file() and not out.is_dir():
        yield out
        return
    place = Path(os.path.realpath(out))
    temporary = _beside(place, out, parents)
    try:
        yield temporary
        temporary.replace(place)
    except OSError as error:
        raise unwritable(out, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _beside(place: Path, out: Path, parents: bool) -> Path:
    """An empty file in the folder of ``place``; a refusal names ``out``, which is what was asked for."""
    try:
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if parents:
            place.parent.mkdir(parents=True, exist_ok=True)
        # the ending stays last: writers go by it
        handle, name = mkstemp(prefix=".", suffix=f".part{place.suffix}", dir=place.parent)
        os.fchmod(handle, _READABLE)
        os.close(handle)
    except OSError as error:
        raise unwritable(out, error) from None
    return Path(name)


def unwritable(out: Path, error: OSError) -> BadInput:
    """The mistake of a place that cannot be written."""
    what = say(f"无法写入：{in_words(error)}", f"cannot be written: {in_words(error)}")
    mend = say("请检查路径、权限和磁盘空间", "check the path, its rights and the disk's space")
    return BadInput(Mistake(str(out), what, mend))
