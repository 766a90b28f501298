"""Text files as people have them: UTF-8, GB18030 or UTF-16, a few bytes broken, a line without end."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.system_words import in_words

SAMPLE_CHARACTERS = 1 << 20

LONGEST_LINE = 5_000_000
"""Characters of a line; what is longer is cut off, so that no line fills the memory."""

MOSTLY = {"utf-8-sig": 0.5, "gb18030": 0.9}
"""Share of the lines beyond ASCII that an encoding has to read in a file with broken bytes.

Chinese in UTF-8 passes for GB18030 about every second line, hardly ever the other way: UTF-8 is tried first.
"""

_SURROGATE = re.compile("[\ud800-\udfff]")

_NO_TEXT = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04")
"""How old .xls files and encrypted ones begin ([MS-CFB] 2.2), and .xlsx (a zip)."""


def encoding_of(path: Path) -> str:
    """``utf-8-sig``, ``utf-16`` (Excel's "Unicode text"; ``-le``, ``-be`` without its mark) or ``gb18030``.

    ``BadInput`` where it is none of them.

    Bytes that are broken here and there do not change what the file is written in.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_NO_TEXT):
        what = say("内容不是文本表格", "is no text table")
        raise BadInput(Mistake(str(path), what, say("另存为 .xlsx 或 CSV", "save it as .xlsx or CSV")))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = ["utf-16"] if _decodes(path, "utf-16") else []
    elif unmarked := _unmarked(path):
        found = [unmarked]
    else:
        # UTF-8 first: Chinese in it often passes for GB18030, hardly ever the other way
        found = [name for name in ("utf-8-sig", "gb18030") if _decodes(path, name) or _mostly(path, name)][:1]
    if not found:
        mend = say("另存为 UTF-8", "save it as UTF-8")
        raise BadInput(Mistake(str(path), say("既不是 UTF-8 也不是 GB18030", "is neither UTF-8 nor GB18030"), mend))
    return found[0]


def _unmarked(path: Path) -> str:
    """UTF-16 without its mark: its commas, tabs, digits and line ends have a zero byte each; "" where it is none."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_CHARACTERS)
    if 4 * sample.count(0) < len(sample) and _decodes(path, "utf-8"):
        return ""  # a stray zero in a text of bytes
    for name, line_end, tab, comma in (
        ("utf-16-le", b"\n\0", b"\t\0", b",\0"),
        ("utf-16-be", b"\0\n", b"\0\t", b"\0,"),
    ):
        here = {sample[place : place + 2] for place in range(0, len(sample) - 1, 2)}
        if line_end in here and (tab in here or comma in here) and _decodes(path, name):
            return name
    return ""


def _decodes(path: Path, encoding: str) -> bool:
    with suppress(UnicodeError), path.open(encoding=encoding, newline="") as text:
        while text.read(SAMPLE_CHARACTERS):
            pass
        return True
    return False


def _mostly(path: Path, encoding: str) -> bool:
    """True where nearly all lines that are not plain ASCII are in this encoding."""
    good = total = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            if not line.isascii():
                total += 1
                with suppress(UnicodeError):
                    line.decode(encoding)
                    good += 1
    return good > MOSTLY[encoding] * total


def open_text(path: Path) -> TextIO:
    """The file as text; a byte that is none stays visible as a lone surrogate."""
    encoding = encoding_of(path)
    return path.open(
        encoding=encoding, newline="", errors="strict" if encoding.startswith("utf-16") else "surrogateescape"
    )


def text_lines(path: Path | None) -> Iterator[str]:
    """Each line of a file, or of the standard input (None), without its end, however the file is written.

    A byte that is no text is a lone surrogate (``is_text``). ``BadInput`` where the whole cannot be read.
    """
    try:
        if path is None:
            yield from _of_pipe(sys.stdin.buffer)
        elif path.exists() and not path.is_file() and not path.is_dir():
            with path.open("rb") as raw:
                yield from _of_pipe(raw)
        else:
            with open_text(path) as text:
                yield from (line.rstrip("\r\n") for line in lines(text))
    except OSError as error:
        why = say("无法读取：", "cannot be read: ") + in_words(error)
        raise BadInput(Mistake(str(path or "-"), why, say("检查路径和权限", "check the path and its rights"))) from None


def is_text(line: str) -> bool:
    """Whether no byte of a line was left over that is no text."""
    return not _SURROGATE.search(line)


def _of_pipe(raw: BinaryIO) -> Iterator[str]:
    """A pipe is read once, so each line is looked at by itself: neither encoding has a line end in a character."""
    first = True
    while line := raw.readline(LONGEST_LINE):
        bare = (line.removeprefix(codecs.BOM_UTF8) if first else line).rstrip(b"\r\n")
        first = False
        for encoding in ("utf-8", "gb18030"):
            with suppress(UnicodeDecodeError):
                yield bare.decode(encoding)
                break
        else:
            yield bare.decode("utf-8", "surrogateescape")


def lines(text: TextIO) -> Iterator[str]:
    """The lines of a file, each no longer than ``LONGEST_LINE``."""
    while line := text.readline(LONGEST_LINE):
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = text.readline(LONGEST_LINE)
        yield line
