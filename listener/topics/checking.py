"""Topics that cannot be meant so: wrong words and queries, those that never match, those that match everything."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from listener.errors import Mistake
from listener.language import say
from listener.settings import TopicSettings
from listener.topics.compiling import EVERY, Compiled, compile_topic
from listener.topics.deciding import EXACT, Verdict, decide
from listener.topics.folding import folded
from listener.topics.grammar import WrongQuery, plain_word
from listener.topics.nodes import Field, leaves
from listener.topics.suspicious import odd_in_a_list

__all__ = ["check", "warnings"]

FILE = "topics"


def check(topics: Sequence[TopicSettings]) -> list[Mistake]:
    """Every topic that cannot be read, can never match, or matches everything; each by its name and with the mend."""
    return [mistake for topic in topics for mistake in _of_topic(topic, topics)]


def warnings(topics: Sequence[TopicSettings], platforms: Collection[str] = ()) -> list[Mistake]:
    """Topics that may never match: with so many terms that this is not decided exactly, and no example was found; or
    that ask for a platform by a Chinese name, where none of ``platforms`` has that name."""
    doubtful = []
    for topic in topics:
        compiled = _compiled(topic, topics)
        if not isinstance(compiled, Compiled):
            continue
        doubtful += [Mistake(FILE, *told, topic.name) for told in _unknown_platforms(compiled, platforms)]
        if decide(compiled) is Verdict.UNKNOWN:
            what = say(f"词超过 {EXACT} 个，没能确认它会命中", f"over {EXACT} terms, and nothing found that it matches")
            mend = say("用 listener topics explain 试一试", "try it with listener topics explain")
            doubtful.append(Mistake(FILE, what, mend, topic.name))
    return doubtful


def _unknown_platforms(topic: Compiled, platforms: Collection[str]) -> Iterator[tuple[str, str]]:
    known = {folded(platform) for platform in platforms}
    for leaf in leaves(topic.node):
        if isinstance(leaf, Field) and leaf.name == "platform" and not leaf.value.isascii() and leaf.value not in known:
            what = say(f"没有来源的平台叫「{leaf.value}」", f"no source has a platform called {leaf.value}")
            yield what, say("写平台的代号，如 platform:weibo", "write its code, as in platform:weibo")


def _compiled(topic: TopicSettings, topics: Sequence[TopicSettings]) -> Compiled | WrongQuery | None:
    if topic.name == EVERY:
        return None
    try:
        return compile_topic(topic, topics)
    except WrongQuery as wrong:
        return wrong


def _of_topic(topic: TopicSettings, topics: Sequence[TopicSettings]) -> Iterator[Mistake]:
    if wrong := list(_wrong_words(topic)):
        yield wrong[0]
        return
    if topic.name == EVERY:
        yield from _more_than_general(topic)
        return
    if not (topic.any or topic.must or topic.query):
        what = say("没有 any、must 或 query，会命中一切", "asks for no word, and would match everything")
        yield Mistake(FILE, what, say('写上要监测的词，如 any = ["刹车"]', 'add words, any = ["…"]'), topic.name)
        return
    compiled = _compiled(topic, topics)
    if isinstance(compiled, WrongQuery):
        place = say(f"查询式第 {compiled.place} 字：", f"query, character {compiled.place}: ") if compiled.place else ""
        yield Mistake(FILE, place + compiled.what, compiled.mend, topic.name)
    elif isinstance(compiled, Compiled):
        yield from _verdict(topic.name, decide(compiled))


def _wrong_words(topic: TopicSettings) -> Iterator[Mistake]:
    aliases = [word for words in topic.aliases.values() for word in words]
    for word in (*topic.any, *topic.must, *topic.exclude, *aliases):
        try:
            plain_word(word)
        except WrongQuery as wrong:
            yield Mistake(FILE, wrong.what, wrong.mend, topic.name)
    for word in (*topic.any, *topic.must, *topic.exclude, *[each for each in aliases if each[:1] not in ("$", "＄")]):
        if odd := odd_in_a_list(word):
            what = say(f"列表里的词按原样查找，「{word[:40]}」里的 {odd} 不起作用", f"{word[:40]}: lists know no {odd}")
            yield Mistake(FILE, what, say("写到 query 里", "write it in query"), topic.name)


def _more_than_general(topic: TopicSettings) -> Iterator[Mistake]:
    if topic.any or topic.must or topic.query:
        what = say("「*」只用来写所有主题共用的 exclude 和 aliases", "* only holds exclude and aliases for all topics")
        mend = say("把 any、must、query 移到别的主题", "move any, must, query elsewhere")
        yield Mistake(FILE, what, mend, topic.name)


def _verdict(name: str, verdict: Verdict) -> Iterator[Mistake]:
    if verdict is Verdict.EVERYTHING:
        what = say("没有任何监测词时也成立，会命中一切", "holds without any of its words, and would match everything")
        yield Mistake(FILE, what, say("添加 any、must 或 query 中必须出现的词", "add a word that has to occur"), name)
    elif verdict is Verdict.NEVER:
        what = say("条件互相矛盾（如排除了自己的监测词），永远不会命中", "contradicts itself and can never match")
        yield Mistake(FILE, what, say("修改 exclude 或 query", "mend exclude or query"), name)
