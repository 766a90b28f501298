"""``listener intake``: what colleagues forward, registered from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.base import JsonOption, PersonOption, invocation, print_line, show_json
from listener.errors import BadInput, Mistake
from listener.language import say

LARGEST = 30_000_000
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(intake)


def intake(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="文本、.eml、截图，或 - 读标准输入 a text, .eml or picture; - reads stdin")
    ],
    person: PersonOption = "",
    as_json: JsonOption = False,
) -> None:
    """登记转交的内容：链接、分享口令、聊天记录、邮件、截图。 Register what was forwarded; prints its case number.

    登记为“待核实”工单；同一内容再次转交会得到已有的工单号。
    It becomes a case to verify; the same again gives the same number.
    """
    listener = invocation(context).listener
    who = listener.acting(person)
    content = _content(file)
    ending = Path(file).suffix.lower()
    if ending == ".eml":
        number, lines = listener.take_mail_file(who, content)
    elif ending in _PICTURES:
        number, lines = listener.take_picture(who, content, Path(file).name)
    else:
        number, lines = listener.take_text(who, _text(file, content))
    if as_json:
        show_json({"arrival": number, "lines": lines, "about": listener.arrival_answer(number)})
        return
    for line in lines:
        print_line(line)


def _content(file: str) -> bytes:
    """The bytes of the file, or of the standard input."""
    if file == "-":
        content = sys.stdin.buffer.read(LARGEST + 1)
    else:
        path = Path(file)
        if not path.is_file():
            raise BadInput(Mistake(file, say("文件不存在", "there is no such file")))
        with path.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadInput(Mistake(file, say("超过 30 MB", "is larger than 30 MB")))
    if not content.strip():
        raise BadInput(Mistake(file, say("没有内容", "is empty")))
    return content


def _text(file: str, content: bytes) -> str:
    """The text in UTF-8, GB18030 or UTF-16; ``BadInput`` for what is none of them."""
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    mend = ".eml, .png, .jpg, .txt (UTF-8, GB18030)"
    raise BadInput(Mistake(file, say("不是文本", "is no text"), mend))
