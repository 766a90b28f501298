"""The language of queries: read with lark (LALR, so linear), turned into the tree of ``nodes``.

    晨曜 AND (刹车 OR 制动) NOT 广告          AND before OR; NOT takes away
    刹车 制动 +晨曜 !广告                     side by side: any of the plain ones, each with +, none with !
    "刹车 失灵"   model*   /刹.{0,3}失灵/     phrase, wildcard, regular expression
    刹车 NEAR/10 失灵                         at most 10 characters between, in either order
    platform:weibo  followers:>1000  $车型     field, alias

Full-width brackets, quotes and signs are read like the half-width ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any as Anything
from typing import Final

from lark import Lark, Token, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError
from lark.visitors import Transformer_NonRecursive

from listener.files.toml_files import did_you_mean, nearest
from listener.language import say
from listener.topics.fields import NAMES, WrongField, read_field
from listener.topics.folding import folded, pattern_form
from listener.topics.nodes import All, Any, Near, Node, Not, Placed, Regex, Wild, Word
from listener.topics.patterns import is_wild, trouble, wild_literal, wild_pattern
from listener.topics.suspicious import suspicious

__all__ = ["DEPTH", "FARTHEST", "LENGTH", "WrongQuery", "all_of", "any_of", "parse", "plain_word"]

DEPTH: Final = 50
"""How deep brackets and NOT may nest."""
LENGTH: Final = 4_000
"""Characters of a query."""
FARTHEST: Final = 1_000
"""The largest n of NEAR/n."""

_BREAK = r"\s()（）\"“”＂「」『』|｜"
_FIELDS = "|".join(NAMES)
_GRAMMAR = rf"""
start: group
group: choice+
choice: chain (OR chain)*
chain: unary (AND unary)*
?unary: (NOT | BANG) unary -> without
      | PLUS unary         -> needed
      | near
near: atom [NEAR atom]
?atom: OPEN group CLOSE    -> bracket
     | WORD                -> word
     | PHRASE              -> phrase
     | REGEX               -> regex
     | FIELD               -> field
     | ALIAS               -> alias

OPEN: /[(（]/
CLOSE: /[)）]/
OR.3: /OR(?=[{_BREAK}!！+＋$\/]|$)|[|｜]+/
AND.3: /AND(?=[{_BREAK}!！+＋$\/]|$)|[&＆]+/
NOT.3: /NOT(?=[{_BREAK}!！+＋$\/]|$)/
NEAR.3: /NEAR\/\d{{1,6}}(?=[{_BREAK}$\/]|$)/
BANG: /[!！]/
PLUS: /[+＋]/
PHRASE: /"[^"]*"|“[^”]*”|＂[^＂]*＂|「[^」]*」|『[^』]*』/
REGEX: /\/(?:[^\/\\\n]|\\.)+\//
FIELD.2: /(?:{_FIELDS})[:：](?:"[^"]*"|“[^”]*”|「[^」]*」|[^{_BREAK}]*)/i
ALIAS: /[$＄][\w-]+/
WORD: /(?![!！+＋$＄\/&＆])(?:[^{_BREAK}&＆]|(?<=[A-Za-z0-9])[&＆](?=[A-Za-z0-9]))+/
%ignore /\s+/
"""


class WrongQuery(ValueError):
    """A query that cannot be read. ``place`` counts characters from 1; ``mend`` says what to do."""

    def __init__(self, what: str, mend: str = "", place: int = 0) -> None:
        super().__init__(what)
        self.what, self.mend, self.place = what, mend, place


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a query being read: its tree, how deep it is, its sign (``+``, ``!`` or none), and whether
    it is a chain of AND or OR without brackets."""

    node: Node
    depth: int = 1
    sign: str = ""
    chain: bool = False


def all_of(parts: Sequence[Node]) -> Node:
    """One tree that asks for every one of ``parts``."""
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def any_of(parts: Sequence[Node]) -> Node:
    """One tree that asks for one of ``parts``."""
    return parts[0] if len(parts) == 1 else Any(tuple(parts))


def plain_word(text: str, place: int = 0) -> Word:
    """The leaf of a word or phrase taken as it stands; ``WrongQuery`` where nothing of it is visible."""
    key = folded(text)
    if not key:
        raise WrongQuery(say("有空的词", "has an empty word"), say("删除空的词", "remove it"), place)
    return Word(text.strip(), key)


@v_args(inline=True)
class _Reader(Transformer_NonRecursive[Token, _Piece]):
    """Turns what lark reads into pieces, from the leaves up, as it reads."""

    def __init__(self, aliases: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._aliases = aliases

    def start(self, group: _Piece) -> _Piece:
        return group

    def group(self, *pieces: _Piece) -> _Piece:
        if len(pieces) == 1:
            return pieces[0]
        plain = [piece for piece in pieces if not piece.sign]
        if len(plain) > 1 and any(piece.chain for piece in plain):
            raise WrongQuery(
                say("AND、OR 与并列的词混用，意思不清", "AND and OR beside words without a sign is unclear"),
                say("用括号分开，或在词之间写明 AND、OR", "use brackets, or write AND or OR between"),
            )
        parts = [any_of([piece.node for piece in plain])] if plain else []
        parts += [piece.node for piece in pieces if piece.sign]
        return _Piece(all_of(parts), _depth(pieces))

    def choice(self, *pieces: Anything) -> _Piece:
        return self._joined(pieces, any_of)

    def chain(self, *pieces: Anything) -> _Piece:
        return self._joined(pieces, all_of)

    def _joined(self, pieces: Sequence[Anything], join: Anything) -> _Piece:
        parts = [piece for piece in pieces if isinstance(piece, _Piece)]
        if len(parts) == 1:
            return parts[0]
        return _Piece(join([piece.node for piece in parts]), _depth(parts), chain=True)

    def without(self, sign: Token, piece: _Piece) -> _Piece:
        return _Piece(Not(piece.node), _deeper(piece), sign="!")

    def needed(self, sign: Token, piece: _Piece) -> _Piece:
        return _Piece(piece.node, piece.depth, sign="+")

    def bracket(self, opening: Token, group: _Piece, closing: Token) -> _Piece:
        return _Piece(group.node, _deeper(group))

    def near(self, left: _Piece, sign: Token | None = None, right: _Piece | None = None) -> _Piece:
        if sign is None or right is None:
            return left
        distance = int(sign[5:])
        if distance > FARTHEST:
            raise WrongQuery(say(f"NEAR 最多 {FARTHEST}", f"NEAR takes at most {FARTHEST}"), "NEAR/20", _place(sign))
        made = Near(_placed(left.node, sign), _placed(right.node, sign), distance)
        return _Piece(made, _depth([left, right]))

    def word(self, token: Token) -> _Piece:
        text = str(token)
        if found := suspicious(text):
            what, mend, into = found
            raise WrongQuery(what, mend, _place(token) + into)
        if not is_wild(text):
            return _Piece(plain_word(text, _place(token)))
        literal = wild_literal(text)
        if not literal:
            what = say("只有通配符，会命中一切", "nothing but wildcards matches everything")
            raise WrongQuery(what, say("加上固定的字", "add fixed characters"), _place(token))
        return _Piece(Wild(text, wild_pattern(text), literal))

    def phrase(self, token: Token) -> _Piece:
        return _Piece(plain_word(token[1:-1], _place(token)))

    def regex(self, token: Token) -> _Piece:
        pattern = pattern_form(token[1:-1])
        wrong = trouble(pattern)
        if wrong:
            raise WrongQuery(wrong[0], wrong[1], _place(token))
        return _Piece(Regex(str(token), pattern))

    def field(self, token: Token) -> _Piece:
        name, value = re.split("[:：]", token, maxsplit=1)
        try:
            return _Piece(read_field(str(token), NAMES[name.lower()], value.strip('"“”「」')))
        except WrongField as wrong:
            raise WrongQuery(wrong.what, wrong.mend, _place(token)) from None

    def alias(self, token: Token) -> _Piece:
        name = token[1:]
        if name not in self._aliases:
            near = nearest(name, list(self._aliases))
            mend = did_you_mean(near) if near else say("写在 [aliases] 里", "write it under [aliases]")
            raise WrongQuery(say(f"没有别名 ${name}", f"no alias is called ${name}"), mend, _place(token))
        words = [self._alias_word(name, word, _place(token)) for word in self._aliases[name]]
        if not words:
            what = say(f"别名 ${name} 没有词", f"the alias ${name} has no words")
            raise WrongQuery(what, say("在 [aliases] 里补上词", "add some under [aliases]"), _place(token))
        return _Piece(any_of(words))

    def _alias_word(self, name: str, word: str, place: int) -> Word:
        if word[:1] in ("$", "＄") and word[1:].strip() in self._aliases:
            what = say(f"别名 ${name} 里不能再用别名 {word}", f"the alias ${name} cannot use the alias {word}")
            raise WrongQuery(what, say("直接写出它的词", "write its words out"), place)
        return plain_word(word, place)


def _depth(pieces: Sequence[_Piece]) -> int:
    return max(piece.depth for piece in pieces)


def _deeper(piece: _Piece) -> int:
    """One bracket or NOT more."""
    if piece.depth >= DEPTH:
        what = say(f"嵌套超过 {DEPTH} 层", f"nested more than {DEPTH} deep")
        raise WrongQuery(what, say("拆成几个主题", "split it into several topics"))
    return piece.depth + 1


def _place(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _placed(node: Node, sign: Token) -> Placed:
    """The operand of NEAR: what has places in the text, or any of several such."""
    if isinstance(node, Any) and all(_has_places(part) for part in node.parts):
        return node
    if not isinstance(node, Any) and _has_places(node):
        return node  # type: ignore[return-value]
    raise WrongQuery(
        say("NEAR 两边只能是词、短语、正则，或它们的 OR", "NEAR takes words, phrases, patterns, or an OR of them"),
        say("写作 (甲 OR 乙) NEAR/10 丙", "write (a OR b) NEAR/10 c"),
        _place(sign),
    )


def _has_places(node: Node) -> bool:
    return isinstance(node, Word | Wild | Regex | Near) or (
        isinstance(node, Any) and all(_has_places(part) for part in node.parts)
    )


@cache
def _lark() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False)


def parse(query: str, aliases: Mapping[str, Sequence[str]] | None = None) -> Node:
    """The tree of a query; ``WrongQuery`` says what is wrong, where and how to mend it."""
    _check_size(query)
    try:
        tree = _lark().parse(query)
    except UnexpectedInput as error:
        raise _unread(query, error) from None
    try:
        return _Reader(aliases or {}).transform(tree).node
    except VisitError as error:
        raise error.orig_exc from None


def _check_size(query: str) -> None:
    if not query.strip():
        raise WrongQuery(say("查询式是空的", "the query is empty"), say("删除或写上词", "remove it or add words"))
    if len(query) > LENGTH:
        what = say(f"查询式有 {len(query)} 字，最多 {LENGTH} 字", f"{len(query)} characters, {LENGTH} are allowed")
        raise WrongQuery(what, say("用 any 列表或拆成几个主题", "use the list any, or several topics"))


def _unread(query: str, error: UnexpectedInput) -> WrongQuery:
    """What a reader of the query can mend, from what lark says."""
    place = (error.pos_in_stream or 0) + 1
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        sign = str(error.token)
        if sign in ")）":
            what = say("多了右括号或括号里没有词", "a bracket too many, or nothing in it")
            return WrongQuery(what, say("删去它，或补上 ( 和词", "remove it, or add ( and a word"), place)
        if error.token.type == "NEAR":
            mend = say("写作 (甲 NEAR/5 乙) AND (乙 NEAR/5 丙)", "write (a NEAR/5 b) AND (b NEAR/5 c)")
            return WrongQuery(say("NEAR 不能连写", "NEAR cannot be chained"), mend, place)
        what = say(f"「{sign}」前面少了词", f"a word is missing before {sign}")
        return WrongQuery(what, say("补上词，或给它加引号", "add it, or put this in quotes"), place)
    if isinstance(error, UnexpectedCharacters):
        sign = query[place - 1]
        what = say(f"「{sign}」没有配对或不能放在这里", f"{sign} has no partner or cannot stand here")
        return WrongQuery(what, say("补上另一半，或整个词加引号", "add the other half, or quote the word"), place)
    if isinstance(error, UnexpectedToken) and "CLOSE" in error.expected:
        what = say("少了右括号", "a closing bracket is missing")
        return WrongQuery(what, say("补上 )", "add )"), len(query))
    return WrongQuery(say("结尾少了词", "a word is missing at the end"), say("补上词", "add it"), len(query))
