"""Why a topic matches a mention or does not: one line that says it, and a tree of what was found where."""

from __future__ import annotations

from collections.abc import Iterator

from listener.topics.compiling import Compiled
from listener.topics.nodes import All, Any, Field, Hit, Near, Node, Not, Regex, Wild, Word
from listener.topics.scan import MentionScan

__all__ = ["explained"]

AROUND = 6
"""Characters shown on each side of a hit."""
SHOWN = 5
"""Missing words of a list that are named; the others are counted."""

Lines = Iterator[str]


def explained(topic: Compiled, scan: MentionScan, lang: str = "zh") -> list[str]:
    """The lines about one topic, the first of which says it all."""
    told = _Telling(scan, lang)
    holds = topic.node.holds(scan)
    why = told.found(topic.node) if holds else "；".join(told.missing(topic))
    return [f"{'✓' if holds else '✗'} {topic.name}: {why}", *told.tree(topic)]


class _Telling:
    """The wording of one explanation."""

    def __init__(self, scan: MentionScan, lang: str) -> None:
        self._scan = scan
        self._english = lang == "en"
        self._text = scan.mention.full_text

    def say(self, chinese: str, english: str) -> str:
        return english if self._english else chinese

    def found(self, node: Node) -> str:
        hits = list(dict.fromkeys(node.found(self._scan)))
        words = "、".join(f"「{hit.word}」" for hit in hits if hit.start >= 0)
        facts = "、".join(hit.word for hit in hits if hit.start < 0)
        parts = [self.say("出现", "holds ") + words] if words else []
        parts += [self.say("符合 ", "is ") + facts] if facts else []
        return "；".join(parts)

    def missing(self, topic: Compiled) -> Lines:
        """For each condition that does not hold, what was missing or what stood in the way."""
        for key, node in topic.conditions:
            if node.holds(self._scan):
                continue
            match node:
                case Not(part):
                    start = self.say("出现排除词 ", "holds excluded words ")
                    yield start + "、".join(f"{hit.word}{self._where(hit)}" for hit in part.found(self._scan))
                case _ if key == "must":
                    words = node.parts if isinstance(node, All) else (node,)
                    lacking = [word.text for word in words if isinstance(word, Word) and not word.holds(self._scan)]
                    yield self.say("缺少必须的词 ", "lacks ") + "、".join(lacking)
                case _ if key == "any":
                    yield self.say("没有出现任何监测词", "holds none of its words")
                case _:
                    yield self.say("不符合查询式", "its query does not hold")

    def tree(self, topic: Compiled) -> Lines:
        """The tree of the query; the plain lists are told by the first line."""
        for key, node in topic.conditions:
            if key == "query":
                yield from self._branch(node, 1)

    def _branch(self, node: Node, depth: int) -> Lines:
        holds = node.holds(self._scan)
        line = "    " * depth + ("✓ " if holds else "✗ ")
        match node:
            case All(parts):
                yield line + self.say("全部 AND", "all AND")
                yield from self._parts(parts, depth + 1)
            case Any(parts):
                yield line + self.say("任一 OR", "any OR")
                yield from self._parts(parts, depth + 1)
            case Not(part):
                yield line + self.say("没有 NOT", "none NOT")
                yield from self._branch(part, depth + 1)
            case Near(left, right, distance):
                yield line + self.say(f"相距不超过 {distance} 字", f"at most {distance} characters between")
                yield from self._hits(node, depth)
                yield from self._parts((left, right), depth + 1)
            case _:
                yield line + self._leaf(node) + self._at(node)

    def _parts(self, parts: tuple[Node, ...], depth: int) -> Lines:
        """Each part; of many words that are missing only the first few, the others counted."""
        missing = 0
        for part in parts:
            if isinstance(part, Word) and not part.holds(self._scan):
                missing += 1
                if missing > SHOWN:
                    continue
            yield from self._branch(part, depth)
        if missing > SHOWN:
            rest = missing - SHOWN
            yield "    " * depth + self.say(f"✗ 另有 {rest} 个词没有出现", f"✗ {rest} more words do not occur")

    def _leaf(self, node: Word | Wild | Regex | Field) -> str:
        return node.text if isinstance(node, Field | Regex) else f"「{node.text}」"

    def _at(self, node: Node) -> str:
        hit = next(node.found(self._scan), None) if node.holds(self._scan) else None
        return self._where(hit) if hit and hit.start >= 0 else self._fact(node)

    def _fact(self, node: Node) -> str:
        """What the mention has in place of what a field asks."""
        if not isinstance(node, Field):
            return ""
        mention = self._scan.mention
        if node.operator == "number":
            has = str(mention.metrics.get(node.name, self.say("没有", "none")))
        elif node.name == "language":
            has = self._scan.language()
        else:
            has = mention.author_name if node.name == "author" else str(getattr(mention, node.name))
        return self.say(f"（实为 {has or '空'}）", f" (it is {has or 'empty'})")

    def _hits(self, node: Node, depth: int) -> Lines:
        if hit := next(node.found(self._scan), None):
            yield "    " * (depth + 1) + self._where(hit).strip()

    def _where(self, hit: Hit) -> str:
        """The place, counted from 1, and the words around."""
        before = self._text[max(0, hit.start - AROUND) : hit.start]
        after = self._text[hit.end : hit.end + AROUND]
        shown = f"{before}【{self._text[hit.start : hit.end][:40]}】{after}".replace("\n", " ")
        place = self.say(f"第 {hit.start + 1}–{hit.end} 字", f"characters {hit.start + 1}–{hit.end}")
        return f" {place} …{shown}…"
