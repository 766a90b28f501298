"""Topics that cannot be meant so: wrong words and queries, those that never match, those that match everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from listener.errors import Mistake
from listener.language import say
from listener.settings import TopicSettings
from listener.topics.compiling import EVERY, Compiled, compile_topic
from listener.topics.deciding import EXACT, Verdict, decide
from listener.topics.grammar import WrongQuery, plain_word

__all__ = ["check", "warnings"]

FILE = "topics"


def check(topics: Sequence[TopicSettings]) -> list[Mistake]:
    """Every topic that cannot be read, can never match, or matches everything; each by its name and with the mend."""
    return [mistake for topic in topics for mistake in _of_topic(topic, topics)]


def warnings(topics: Sequence[TopicSettings]) -> list[Mistake]:
    """Topics with so many terms that whether they can match is not decided exactly, and no example was found."""
    doubtful = []
    for topic in topics:
        compiled = _compiled(topic, topics)
        if isinstance(compiled, Compiled) and decide(compiled) is Verdict.UNKNOWN:
            what = say(f"词超过 {EXACT} 个，没能确认它会命中", f"over {EXACT} terms, and nothing found that it matches")
            mend = say("用 listener topics explain 试一试", "try it with listener topics explain")
            doubtful.append(Mistake(FILE, what, mend, topic.name))
    return doubtful


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
