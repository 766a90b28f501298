"""The whole nlp stage: one text in, one ``Analysis`` out.

read → segment → sentiment → cues → entities, categories, remedy
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from listener.model import Analysis, Category, Entity, Sentiment, Word
from listener.model.making import quick
from listener.nlp.category import BAD_CLAUSE, Aspect, aspects, categories
from listener.nlp.clauses import clauses
from listener.nlp.cues import CueFinder, Hit, aliases
from listener.nlp.entities import EntityFinder
from listener.nlp.faces import split_faces
from listener.nlp.local_model import LocalModel
from listener.nlp.reading import Reading, read
from listener.nlp.register import shipped_register
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import Judged, SentimentModel
from listener.nlp.taxonomy import Taxonomy, shipped_taxonomy
from listener.nlp.wording import ready, remedy_of, wording_of
from listener.text.normalise import language
from listener.text.parts import Part, blanked, own_words_end, parts
from listener.text.weighty import heaviest

__all__ = ["Analyser", "Named"]

# A product or a dealer: its name and its other names.
Named = tuple[str, Sequence[str]]
_NOT_OWN: Final = ("url", "email", "forward", "at", "signature")
_HAN: Final = re.compile("[\u4e00-\u9fff]")


class Analyser:
    """Analyses texts. Never raises on a text; the same text gives the same analysis.

    ``order_patterns`` are regular expressions of this company's order numbers (``BadInput`` where one is
    none), ``products`` and ``dealers`` are (name, aliases) pairs; their names, and ``words`` (brands, topic
    words), are kept in one piece by the segmenter. ``taxonomy`` is the shipped one unless another is given.
    """

    def __init__(
        self,
        segmenter: Segmenter | None = None,
        model: SentimentModel | None = None,
        *,
        order_patterns: Sequence[str] = (),
        products: Iterable[Named] = (),
        dealers: Iterable[Named] = (),
        words: Iterable[str] = (),
        taxonomy: Taxonomy | None = None,
        local: LocalModel | None = None,
    ) -> None:
        self._segmenter = segmenter or Segmenter()
        self._model = model or SentimentModel.load(None)
        self._local = local
        self._products, self._dealers = _folded(products), _folded(dealers)
        self._segmenter.add_words([*words, *self._products, *self._dealers])
        self._taxonomy = taxonomy or shipped_taxonomy()
        self._cues = CueFinder(self._taxonomy, self._products, self._dealers)
        version = local.version if local else self._model.version
        own = self._taxonomy is not shipped_taxonomy()
        self._version = f"{version} + {self._taxonomy.version}" if own else version
        named = {alias: ("dealer", name) for alias, name in self._dealers.items()}
        named |= {alias: ("product", name) for alias, name in self._products.items()}
        self._entities = EntityFinder(order_patterns, named)
        _make_ready(self._model)

    @property
    def segmenter(self) -> Segmenter:
        """What cuts texts into words, this installation's among them."""
        return self._segmenter

    @property
    def model_version(self) -> str:
        """What analyses are stamped with: the model, and the taxonomy where it is not the shipped one alone."""
        return self._version

    def analyse(self, text: str) -> Analysis:
        """What ``text`` says; offsets count code points of ``text`` itself."""
        reading = read(text)
        normal = reading.text
        found = parts(normal)
        own = _own_words(normal, found) if found or "@" in normal else normal
        judged = self._judge(own)
        words = _placed(reading, judged.deciding)
        hits = self._cues.find(normal) if normal else []
        return _analysis(
            language=(spoken := language(normal, found)),
            sentiment=judged.sentiment,
            probabilities=judged.probabilities,
            reason=_reason(spoken, judged.sentiment, words, reading),
            words=words,
            categories=self._categories(normal, hits, judged) if hits else (),
            entities=self._found(reading, hits),
            remedy=remedy_of(normal),
            model_version=self._version,
            told=judged.told,
            hobby=judged.hobby,
        )

    def _judge(self, own: str) -> Judged:
        """The built-in answer, or the local model's with the built-in one's words."""
        judged = self._model.judge(own, split_faces(own, self._segmenter.cut))
        said = self._local.probabilities(own) if self._local and own.strip() else None
        if said is None:
            return judged
        sentiment = tuple(Sentiment)[said.index(max(said))]
        return judged._replace(sentiment=sentiment, probabilities=said)

    def aspects(self, text: str) -> tuple[Aspect, ...]:
        """How each clause of ``text`` feels about the things it names; places count code points of ``text`` itself.

        整体不错，但发动机漏油: positive of the one, negative of the other.
        """
        reading = read(text)
        hits = self._cues.find(reading.text) if reading.text else []
        if not any(cue.kind in ("problem", "aspect") for hit in hits for cue in hit.cues):
            return ()
        found = parts(reading.text)
        own = _own_words(reading.text, found) if found else reading.text
        weights = self._judge(own).weights
        told = aspects(reading.text, clauses(reading.text), hits, weights)
        return tuple([each._replace(start=a, end=b) for each in told for a, b in [reading.place(each.start, each.end)]])

    def analyse_many(self, texts: Iterable[str]) -> list[Analysis]:
        """``analyse`` for each text, in order."""
        return [self.analyse(text) for text in texts]

    def _categories(self, normal: str, hits: list[Hit], judged: Judged) -> tuple[Category, ...]:
        kinds = {kind for _, cues, _, _ in hits for kind, _ in cues}
        if "problem" not in kinds and ("aspect" not in kinds or _nothing_bad(normal, judged)):
            return ()
        return categories(normal, clauses(normal), hits, judged.weights)

    def _found(self, reading: Reading, hits: list[Hit]) -> tuple[Entity, ...]:
        found = self._entities.find(reading.text, hits)
        if not found:
            return ()
        entities: list[Entity] = []
        done = 0
        for kind, value, start, end in found:
            first, last = reading.place(start, end)
            if first >= done:  # two parts of one character (½ is 1⁄2) would be over one another
                entities.append(_entity((kind, value, first, last)))
                done = last
        return tuple(entities)


def _make_ready(model: SentimentModel) -> None:
    """Make now what is made once (tables of characters, patterns, words): the first text need not wait for it.

    Nothing of it is garbage, which need not be looked for meanwhile: a sixth of the time."""
    looked = gc.isenabled()
    gc.disable()
    try:
        read("好 …")
        ready()
        shipped_register()
        model.make_ready()
    finally:
        if looked:
            gc.enable()


def _nothing_bad(normal: str, judged: Judged) -> bool:
    """Whether no clause can say something bad of an aspect, so that none has to be looked at."""
    bad = sum([weight for _, _, weight in judged.weights if weight < 0])
    return bad > BAD_CLAUSE and not any(f.payload.name == "shortfall" for f in wording_of(normal).families)


def _own_words(normal: str, found: Sequence[Part]) -> str:
    """What the author wrote, the rest overwritten or cut off: addresses, @names, signatures, what is forwarded."""
    bare = blanked(normal, found, _NOT_OWN)
    own = bare[: own_words_end(normal)]
    return own if len(_HAN.findall(own)) > 1 else bare


def _placed(reading: Reading, deciding: Sequence[tuple[int, int, float]]) -> tuple[Word, ...]:
    """The words as they stand in the original."""
    original, place = reading.original, reading.place
    if isinstance(reading.normalised.offsets, range):  # nothing was moved
        return tuple([_word((original[start:end], weight, start, end)) for start, end, weight in deciding])
    spans = [(weight, *place(start, end)) for start, end, weight in deciding]
    return tuple([_word((original[start:end], weight, start, end)) for weight, start, end in spans])


# A NamedTuple's own __new__ is Python code, and eight words are made of every text.
_word: Final[Callable[[tuple[str, float, int, int]], Word]] = partial(tuple.__new__, Word)
_entity: Final[Callable[[tuple[str, str, int, int]], Entity]] = partial(tuple.__new__, Entity)
_analysis: Final = quick(Analysis)


def _reason(spoken: str, sentiment: Sentiment, words: Sequence[Word], reading: Reading) -> str:
    """In Chinese, what decided."""
    tail = "（文字过长，只看了开头）" if reading.cut else ""
    if spoken == "none" and not words:
        return ("没有文字" if reading.text.strip() else "空白") + tail
    if spoken in ("en", "other") and sentiment is Sentiment.NEUTRAL:
        return "不是中文，没有可判断的词" + tail
    return _pulling(sentiment, words) + tail


_SIDES: Final = {Sentiment.NEGATIVE: (-1, "偏负面"), Sentiment.POSITIVE: (1, "偏正面")}


def _pulling(sentiment: Sentiment, words: Sequence[Word]) -> str:
    """At most four words that pull the way it went and carry weight."""
    if sentiment is Sentiment.NEUTRAL:
        return "没有明显的情绪词"
    sign, told = _SIDES[sentiment]
    pulling = heaviest(words, sign, 4)
    return "「" + "」「".join(pulling) + "」" + told if pulling else "整体" + told


def _folded(named: Iterable[Named]) -> dict[str, str]:
    """Alias as it looks in a normalised text → name."""
    return {read(alias).text: name for alias, name in aliases(named).items()}
