"""The readable text of markup, as its author wrote it: no tree is built, so no nesting is too deep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree  # type: ignore[import-untyped]

__all__ = ["text_of"]

_NEVER_READ: Final = frozenset(
    (
        "script",
        "style",
        "head",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "select",
        "button",
        "textarea",
    )
)
_BLOCKS: Final = frozenset(
    (
        *("address", "article", "aside", "br", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol"),
        *("p", "pre", "section", "summary", "table", "tbody", "tr", "ul"),
    )
)
_CELLS: Final = frozenset(("td", "th"))
_VOID: Final = frozenset(("br", "hr", "img", "input", "wbr", "meta", "link", "area", "base", "col", "embed", "source"))
# Other people's words (Discuz, phpBB, Discourse, vBulletin), what forums hide against copying (Discuz' jammer),
# and their own notes (Discuz: 本帖最后由 … 编辑).
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:quote|quoted|blockquote|bbcode_quote|jammer|pstatus|reply_wrap|gmail_quote)(?:$|[\s_-])"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# A face that a page shows as a picture: [怒], 😡
_FACE = re.compile(r"\[[^\[\]\s]{1,8}\]|[^\w\s!-~]{1,8}")


def text_of(markup: str) -> str:
    """What a reader sees of ``markup`` as its author's own words; block tags become line ends.

    Never raises, however broken the markup is; linear in its length.
    """
    reader = _Reader()
    # Pages say which encoding they were in; what is parsed here is text already.
    parser = etree.HTMLParser(target=reader, encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        parser.feed(markup.encode("utf-8", "replace"))
        parser.close()
    except (etree.LxmlError, AssertionError):  # nothing in it at all; or given up in the middle
        pass
    return "".join(reader.pieces)


class _Reader:
    """Listens to the parser. ``skipped`` counts the open tags inside something that is not read."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.skipped = 0
        self.in_pre = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.skipped or _not_read(tag, attributes):
            self.skipped += tag not in _VOID
            return
        self.in_pre += tag == "pre"
        self.pieces.append(_before(tag, attributes))

    def end(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= tag not in _VOID
            return
        self.in_pre = max(0, self.in_pre - (tag == "pre"))
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def data(self, text: str) -> None:
        if not self.skipped:
            self.pieces.append(text if self.in_pre else re.sub(r"\s+", " ", text))

    def comment(self, _text: str) -> None:
        """Comments are never read."""

    def close(self) -> None:
        """Part of the parser's interface."""


def _not_read(tag: str, attributes: Mapping[str, str]) -> bool:
    if tag in _NEVER_READ or tag == "blockquote":
        return True
    if _HIDDEN.search(attributes.get("style", "")) or "hidden" in attributes:
        return True
    return bool(_OTHERS.search(attributes.get("class", "").lower()))


def _before(tag: str, attributes: Mapping[str, str]) -> str:
    if tag == "img":
        alternative = attributes.get("alt", "").strip()
        return alternative if _FACE.fullmatch(alternative) else ""
    return "\n" if tag in _BLOCKS else " " if tag in _CELLS else ""
