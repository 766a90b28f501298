"""Stored mentions and a look-up as the store does it, in memory: for the benches of ``dedupe``."""

from __future__ import annotations

from datetime import timedelta

from listener import dedupe
from listener.model import Mention
from listener.nlp.analyse import Analyser
from tests.factories import NOW, mention


class Index:
    """Texts said before, each by another author; ``original`` asks as the pipeline does for one that comes now."""

    def __init__(self, analyser: Analyser) -> None:
        self.analyser = analyser
        self.texts: list[str] = []
        self._by_print: dict[int, list[dedupe.Known]] = {}

    def add(self, text: str) -> None:
        number = len(self.texts)
        self.texts.append(text)
        said = mention(f"o{number}", text=text, thread_id="", published_at=NOW - timedelta(days=1))
        known = dedupe.Known(key=said.key, mention_id=number, text=text, author="a", happened_at=said.happened_at)
        for value in dedupe.fingerprints(said):
            self._by_print.setdefault(value, []).append(known)

    def original(self, text: str) -> int | None:
        said: Mention = mention("probe", text=text, author_id="other", published_at=NOW)
        prints = dedupe.fingerprints(said)
        found = {value: self._by_print.get(value, []) for value in prints}
        (decision,) = dedupe.decide([said], [prints], [self.analyser.analyse(text)], found)
        return int(decision.duplicate_of.native_id[1:]) if decision.duplicate_of else None
