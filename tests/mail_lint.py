"""What mail programs do with our mails, as rules that a mail either keeps or breaks.

The facts are those of caniemail (hteumeuleu/caniemail, MIT, commit 6b086a3 of 2026-06-29, ``_features``): ``RULES``
holds what Outlook for Windows (Word draws its mails) does not know or knows in some places only, the strictest of the
programs that it lists. QQ Mail and NetEase are not in it. For them stands what people who write mails for China say (
segmentfault 1190000008864116, divcss.online 1548, geekdaxue.co alpa@notes): layout by tables, style inline, nothing
that floats or is positioned, no style block to rely on. So: with the style block taken away and ``class`` unknown a
mail has to look right; what it adds in ``@media`` is for those who know it. ``HARMLESS`` names what is used although
some do not know it, and why nothing is lost then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from html.parser import HTMLParser

ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "table",
    "tbody",
    "tr",
    "td",
    "span",
    "b",
    "br",
    "a",
}
ATTRIBUTES = {
    "class", "style", "href", "width", "align", "valign", "cellpadding", "cellspacing", "border", "role", "lang",
    "charset", "name", "content",
}  # fmt: skip
LARGEST = 102_000
"""Bytes of HTML after which Gmail cuts a mail (caniemail and hteumeuleu/email-bugs 41)."""
STYLE_BLOCK = 8_192
"""Characters of a style block that Gmail reads (email-bugs 90: 16 KB; 8 KB before)."""
CONTRAST = 4.5
"""WCAG 2.1, 1.4.3 for text."""

CELLS = {"td"}
COLOUR = r"#[0-9a-f]{6}"
PX = r"\d+(px)?"
RULES: dict[str, tuple[str, set[str] | None]] = {
    # property: values that hold everywhere, elements on which it holds (None: all)
    "padding": (rf"({PX} ?){{1,4}}", CELLS),  # css-padding: "Only supported on table cells"
    "border-top": (rf"[1-8]px solid {COLOUR}", {"td", "table"}),  # css-border: unreliable on div, at most 8px
    "border-left": (rf"[1-8]px solid {COLOUR}", {"td", "table"}),
    "border-top-color": (COLOUR, {"td", "table"}),
    "border-left-color": (COLOUR, {"td", "table"}),
    "border-collapse": ("collapse", {"table"}),
    "width": (r"\d+(px|%)", {"table", "td"}),  # css-width: not on body, span, div
    "max-width": (r"\d+px", {"table"}),  # css-max-width: "Only works on table elements" (others: all but table)
    "margin": (rf"({PX} ?){{1,4}}", {"div", "table", "td"}),  # css-margin: no auto, no negative, not span and body
    "margin-top": (PX, {"div", "table", "td"}),
    "background-color": (COLOUR, None),  # css-rgb: no alpha, no blanks
    "color": (COLOUR, None),
    "font-size": (r"\d+px", None),  # css-font-size: no rem
    "font-weight": ("bold", None),  # css-font-weight: numbers below 600 are normal
    "font-family": (r".+", None),
    "line-height": (r"[\d.]+", None),  # css-line-height: em and px "behave weirdly"
    "text-decoration": ("none", None),
    "vertical-align": ("top", CELLS),
    "display": ("none", {"div"}),  # css-display: "Only supports display:none"
}
HARMLESS: dict[str, str] = {
    "a padding": "air in a button, whose cell has some; else a link between blanks",
    "a margin": "air between two rows of them",
    "a display": "goes with it",
    "a border": "a box around a link that is underlined or coloured all the same",
    "a border-radius": "round corners",
    "td border-radius": "round corners",
    "span border-radius": "round corners",
    "span padding": "air around a word on colour",
    "span display": "goes with it",
    "td word-break": "only where one word is wider than the phone; all others break Chinese anywhere",
    "td overflow-wrap": "likewise",
    "td white-space": "names of rows stay on one line; the cell has a width as well",
    "body margin": "none around the page: the table is the page",
    "body padding": "likewise",
    "div max-height": "of the preview, which display: none hides already",
    "div overflow": "likewise",
}


@dataclass(slots=True)
class Node:
    """An element with its style, the classes it has, where it leads, and the pieces of text directly in it."""

    tag: str
    style: dict[str, str]
    classes: list[str]
    link: str
    up: Node | None
    texts: list[str] = field(default_factory=list)


@dataclass
class Page(HTMLParser):
    """A mail's HTML: elements, the style block, links, and what is no rule of ours."""

    nodes: list[Node] = field(default_factory=list)
    sheet: str = ""
    wrong: list[str] = field(default_factory=list)

    def __init__(self, html: str) -> None:
        super().__init__()
        self.nodes, self.sheet, self.wrong = [], "", []
        self._open: list[Node] = []
        self.feed(html)
        self.close()

    @property
    def links(self) -> list[str]:
        return [node.link for node in self.nodes if node.link]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.wrong += [f"<{tag}>"] if tag not in ELEMENTS else []
        self.wrong += [f"<{tag} {name}>" for name in given if name not in ATTRIBUTES]
        style, classes = declared(given.get("style", "")), given.get("class", "").split()
        node = Node(tag, style, classes, given.get("href", ""), self._open[-1] if self._open else None)
        self.nodes.append(node)
        if tag not in ("meta", "br"):
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].tag == "style":
            self.sheet += data
        elif self._open:
            self._open[-1].texts.append(data)


def declared(style: str) -> dict[str, str]:
    """The declarations of a style attribute or of a rule's body."""
    pairs = (each.split(":", 1) for each in style.split(";") if ":" in each)
    return {name.strip().lower(): value.replace("!important", "").strip().lower() for name, value in pairs}


def page_faults(html: str, largest: int = LARGEST) -> list[str]:
    """Every rule that the HTML breaks, as "element property: value"."""
    page = Page(html)
    found = [*page.wrong, *(fault for node in page.nodes for fault in _style_faults(node))]
    found += [f"link {link[:60]}" for link in page.links if not re.match(r"(https?://|mailto:)", link)]
    if re.search(r"url\(|@import|expression\(|position:|float:", html):
        found.append("something that is loaded, positioned or floats")
    if len(html.encode()) > largest:
        found.append(f"{len(html.encode())} bytes of HTML")
    left = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", page.sheet).strip()
    found += [f"left in the style block: {left[:80]}"] if left else []
    found += [f"style block of {len(page.sheet)}"] if len(page.sheet) > STYLE_BLOCK else []
    return sorted(set(found)) + faint(page)


def _style_faults(node: Node) -> Iterator[str]:
    for name, value in node.style.items():
        if f"{node.tag} {name}" in HARMLESS:
            continue
        values, where = RULES.get(name, ("(?!)", None))
        if not re.fullmatch(values, value) or (where is not None and node.tag not in where):
            yield f"{node.tag} {name}: {value}"


def faint(page: Page) -> list[str]:
    """Texts whose colour is too near to what is behind it: as sent, and with the rules for dark screens."""
    dark = list(_dark_rules(page.sheet))
    found = []
    for mode, rules in (("light", []), ("dark", dark)):
        for node in page.nodes:
            if "".join(node.texts).strip() and node.tag not in ("title", "style") and not _hidden(node):
                ratio = contrast(_seen(node, "color", rules), _seen(node, "background-color", rules))
                found += [f"{mode} {node.tag}.{'.'.join(node.classes)}: {ratio:.1f}"] if ratio < CONTRAST else []
    return sorted(set(found))


def _dark_rules(sheet: str) -> Iterator[tuple[set[str], dict[str, str]]]:
    block = re.search(r"prefers-color-scheme:\s*dark\)\s*\{((?:[^{}]*\{[^{}]*\})*)", sheet)
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", block[1] if block else ""):
        yield {each.strip() for each in selectors.split(",")}, declared(body)


def _hidden(node: Node | None) -> bool:
    return node is not None and (node.style.get("display") == "none" or _hidden(node.up))


def _seen(node: Node | None, name: str, rules: list[tuple[set[str], dict[str, str]]]) -> str:
    """The value that holds for an element: by a rule on one of its names (the more precise wins), its own, or above."""
    while node is not None:
        names = [node.tag], [f".{each}" for each in node.classes]
        own = node.style.get(name, "")
        for group in names:
            for selectors, body in rules:
                if name in body and selectors & set(group):
                    own = body[name]
        if own:
            return own
        node = node.up
    return "#000000" if name == "color" else "#ffffff"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.1)."""

    def light(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mail_faults(mail: EmailMessage | Message, content: bytes = b"", largest: int = LARGEST) -> list[str]:
    """Every rule that a mail breaks: its parts, its lines, its headers, and that its text alone is enough."""
    found = []
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    kinds = [part.get_content_type() for part in leaves]
    if mail.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        return [f"parts: {mail.get_content_type()} of {kinds}"]
    found += [f"charset {part.get_content_charset()}" for part in leaves if part.get_content_charset() != "utf-8"]
    lines = (content or mail.as_bytes()).splitlines()
    found += [f"a line of {len(line)}" for line in lines if len(line) > 998]
    encoded = re.findall(rb"=\?[^? ]+\?[bqBQ]\?[^? ]*\?=", b"\n".join(lines[: lines.index(b"")]))
    found += [f"an encoded word of {len(word)}" for word in encoded if len(word) > 75]  # RFC 2047, 2
    plain, html = (bytes(part.get_payload(decode=True) or b"").decode("utf-8") for part in leaves)
    page = Page(html)
    found += [f"not in the text: {each}" for each in missing(page, plain)]
    subject = str(make_header(decode_header(str(mail["Subject"]))))
    found += ["a subject of several lines"] if len(subject.splitlines()) != 1 else []
    return found + page_faults(html, largest)


def missing(page: Page, plain: str) -> list[str]:
    """What a reader of the HTML sees and a reader of the text does not: links, and texts but for the buttons' words.

    Buttons that act are not repeated where the page of the case is linked, since that page has them all (in the morning
    list each case is linked, and the text says how to answer). The title says what the subject says.
    """
    flat = re.sub(r"\s+", "", plain)
    paged = any({"press", "tap"} & set(node.classes) for node in page.nodes)
    links = [node.link for node in page.nodes if node.link and not (paged and {"act", "tap"} & set(node.classes))]
    found = [link for link in links if re.sub(r"\s+", "", link) not in flat]
    for node in page.nodes:
        if node.tag in ("title", "style", "a") or "title" in node.classes or _hidden(node):
            continue
        for piece in (piece for text in node.texts for piece in re.split(r"[·\n：（）()]| {2,}|: ", text)):
            bare = re.sub(r"\s+", "", piece)
            if len(bare) > 1 and bare not in flat:
                found.append(piece.strip())
    return found
